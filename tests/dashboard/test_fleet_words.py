"""The workers page's first sentence, over the whole table: simple, true, and at most twelve words."""

import pytest

from dashboard.fleet import Fleet, Looked
from dashboard.fleet_words import sentence_of, states_line
from dashboard.hands import Loss
from dashboard.numerals import NBSP
from tests.dashboard.fleets import fleet_of, observed, with_looked

LOST = observed("nara-2-c3f8", state="lost", in_hand=0)
SLOW = observed("osaka-2-e44a", p95_ms=4_800)
QUICK = [observed("kobe-1-7f3a", p95_ms=1_900), observed("kobe-2-b91c", p95_ms=1_900)]
STALLED = observed("osaka-1-02de", in_hand=4, late=4, rate=0.0)
PAUSED = observed("nara-1-5d07", asked="pause", state="paused")
DRAINING = observed("nara-3-1111", asked="drain", state="draining")

CASES: dict[str, tuple[Fleet, str, str]] = {
    "nobody": (fleet_of(), "critical", "No worker is running."),
    "all lost": (fleet_of(LOST), "critical", "No worker is running. 1 worker is lost."),
    "all paused": (
        fleet_of(*QUICK, all_paused=True),
        "warning",
        "All processing is paused. Nothing new is begun.",
    ),
    "one lost": (fleet_of(LOST, *QUICK), "critical", "1 worker is lost. 2 are at work."),
    "lost is louder than slow": (
        fleet_of(LOST, SLOW, *QUICK),
        "critical",
        "1 worker is lost. 3 are at work.",
    ),
    "one stalled": (
        fleet_of(STALLED, *QUICK),
        "warning",
        "osaka-1-02de ends nothing. 2 others are at work.",
    ),
    "the only one stalled": (
        fleet_of(STALLED),
        "critical",
        "osaka-1-02de ends nothing. No other is at work.",
    ),
    "one slow": (
        fleet_of(SLOW, *QUICK),
        "warning",
        "osaka-2-e44a is slow: 4.8 s an order, the others 1.9 s.",
    ),
    "two slow": (
        fleet_of(SLOW, observed("nara-9", p95_ms=4_000), *QUICK, observed("kobe-3", p95_ms=1_900)),
        "warning",
        "2 workers are slow, osaka-2-e44a with 4.8 s an order.",
    ),
    "one drains": (fleet_of(DRAINING, *QUICK), "", "1 of 3 workers takes nothing new."),
    "two rest": (fleet_of(DRAINING, PAUSED, *QUICK), "", "2 of 4 workers take nothing new."),
    "nobody takes": (fleet_of(DRAINING, PAUSED), "warning", "No worker takes new orders."),
    "one, well": (fleet_of(QUICK[0]), "", "1 worker is at work and needs no look."),
    "all well": (fleet_of(*QUICK), "", "2 workers are at work and none needs a look."),
}


@pytest.mark.parametrize("case", CASES)
def test_the_sentence_says_the_loudest_that_is_true(case: str) -> None:
    fleet, status, text = CASES[case]
    sentence = sentence_of(fleet)
    said = f"{sentence.head} {sentence.body}".strip().replace(NBSP, " ")
    assert (sentence.status, said) == (status, text)
    assert len(said.split()) <= 12


def test_the_line_below_says_what_became_of_the_orders_and_what_is_free() -> None:
    loss = Loss(pending=0, orders=(), count=4, is_whole=True)
    fleet = with_looked([Looked(LOST, "lost", loss=loss), Looked(QUICK[0], None)], waiting=31)
    more = sentence_of(fleet).more
    assert more == "4 orders were taken over; none is lost. 4 of 16 slots are in use. 31 orders wait."


def test_what_is_still_pending_for_a_lost_one_is_said_first() -> None:
    loss = Loss(pending=2, orders=(), count=4, is_whole=True)
    more = sentence_of(with_looked([Looked(LOST, "lost", loss=loss)])).more
    assert more.startswith("2 orders are still in lost hands; the sweep puts them back.")
    assert more.endswith("Start one with manage.py runworker_orders.")


def test_the_states_are_counted_in_one_line() -> None:
    workers = fleet_of(LOST, SLOW, *QUICK, DRAINING, PAUSED).workers
    assert states_line(workers) == "1 lost, 1 slow, 1 draining, 1 paused"
    assert states_line(fleet_of(*QUICK).workers) == ""
