"""Why an order is as it is: each situation has its sentence."""

from dataclasses import replace

import pytest

from dashboard.order_case import Case
from dashboard.order_reasons import reason_of
from orderstream.domain.status import OrderStatus
from orderstream.streams.codec import stored_order
from orderstream.streams.histories import History
from orderstream.streams.order_findings import Ahead, Holder
from tests.dashboard.cases import ENTRY, NAMES, ORDER_ID, PLACED_MS, Way, hashless, plain, said

NOBODY: dict[str, str] = {}
PARKED = Holder("@waiting", 5, 1)


def attempts_that_lost(*workers: str) -> Way:
    way = Way().placed()
    for number, worker in enumerate(workers):
        way.started(number * 10 + 1, worker).swept(number * 10 + 8, worker)
    return way


PENDING = {
    "behind others": (
        Way().placed().case(ahead=Ahead(31, True)),
        "Waits behind 31 others while 2 workers are at work.",
    ),
    "behind one, one works": (
        Way().placed().case(ahead=Ahead(1, True), workers={"kobe-1": "alive", "nara-2": "lost"}),
        "Waits behind 1 other while 1 worker is at work.",
    ),
    "behind very many": (
        Way().placed().case(ahead=Ahead(10_000, False)),
        "Waits behind more than 10,000 others while 2 workers are at work.",
    ),
    "next": (Way().placed().case(ahead=Ahead(0, True)), "Is next in line; 2 workers are at work."),
    "place unknown": (Way().placed().case(), "Waits for a free slot."),
    "no worker": (
        Way().placed().case(ahead=Ahead(31, True), workers={"nara-2": "lost"}),
        "No worker is running. It waits behind 31 others.",
    ),
    "paused": (
        Way().placed().case(ahead=Ahead(0, True), is_paused=True),
        "Paused. It is the next in line.",
    ),
    "in the hands of a living worker": (
        Way().placed().case(holder=Holder("kobe-1", 5, 1)),
        "Is in the hands of kobe-1, which begins it next.",
    ),
    "in the hands of a dead worker": (
        Way().placed().case(holder=Holder("nara-2", 50_000, 1)),
        "Late, because nara-2 was lost before it began it.",
    ),
    "sent back": (
        Way().placed().started(1, "kobe-1").failed(2, "kobe-1", "E").requeued(9).case(holder=PARKED),
        "Waits for a free slot, sent back by Ann Mori.",
    ),
    "handed back": (
        Way().placed().started(1, "nara-2").released(2, "nara-2").case(holder=PARKED),
        "Waits for another worker: nara-2 handed it back when it was stopped.",
    ),
    "not adopted": (hashless(with_log=False), "Waits to be adopted by the next worker."),
    "not adopted and no worker": (
        hashless(with_log=False, workers=NOBODY),
        "No worker is running. It waits.",
    ),
    "status lost": (hashless(with_log=True), "Unknown: its status is lost."),
}

PROCESSING = {
    "at work": (Way().placed().started(1, "kobe-1").case(2), "At work on kobe-1."),
    "again at work": (
        Way().placed().started(1, "kobe-1").raised(2, "kobe-1", "StockTimeout").started(5, "osaka-2").case(6),
        "Attempt 2 is at work on osaka-2.",
    ),
    "taken over": (
        attempts_that_lost("nara-2").started(10, "osaka-2").case(11),
        "osaka-2 took it over after nara-2 was lost.",
    ),
    "taken over from one that overran": (
        Way()
        .placed()
        .started(1, "nara-2")
        .swept(70, "nara-2", "DeadlinePassed")
        .started(72, "osaka-2")
        .case(73),
        "osaka-2 took it over after nara-2 had overrun.",
    ),
    "worker lost": (
        Way().placed().started(1, "nara-2").case(20, workers={"kobe-1": "alive", "nara-2": "lost"}),
        "Late, because nara-2 was lost with it in hand.",
    ),
    "worker retired": (
        Way().placed().started(1, "nara-2").case(20),
        "Late, because nara-2 was lost with it in hand.",
    ),
    "past its deadline": (
        Way().placed().started(1, "kobe-1").case(70),
        "Late, because attempt 1 on kobe-1 is past its deadline.",
    ),
    "cancel asked": (
        Way().placed().started(1, "kobe-1").cancel_asked(2).case(3),
        "Will be cancelled when its attempt on kobe-1 ends.",
    ),
}

RETRYING = {
    "rests after an error": (
        Way().placed().started(1, "osaka-2").raised(5, "osaka-2", "StockTimeout", pause=30).case(6),
        "Late, because attempt 1 ended in StockTimeout.",
    ),
    "rests after a loss": (
        attempts_that_lost("nara-2").case(8.5),
        "Late, because nara-2 was lost with it in hand.",
    ),
    "rests after an overrun": (
        Way().placed().started(1, "nara-2").swept(70, "nara-2", "DeadlinePassed").case(70.5),
        "Late, because attempt 1 on nara-2 overran its deadline.",
    ),
    "rests as its handler wished": (
        Way().placed().started(1, "kobe-1").raised(2, "kobe-1", "RetryLater", "shop closed", 600).case(3),
        "Waits, because its handler asked for a later attempt.",
    ),
    "due": (
        Way().placed().started(1, "kobe-1").raised(2, "kobe-1", "E", pause=1).case(9, ahead=Ahead(3, True)),
        "Its next attempt is due and waits for a free slot.",
    ),
    "due and paused": (
        Way().placed().started(1, "kobe-1").raised(2, "kobe-1", "E", pause=1).case(9, is_paused=True),
        "Paused. It waits.",
    ),
    "due and no worker": (
        Way().placed().started(1, "kobe-1").raised(2, "kobe-1", "E", pause=1).case(9, workers=NOBODY),
        "No worker is running. It waits.",
    ),
}

ENDED = {
    "completed": (
        Way().placed().started(0.2, "kobe-1").completed(4.1, "kobe-1").case(),
        "Completed in 4.1 s.",
    ),
    "completed later": (
        Way().placed().started(1, "kobe-1").raised(2, "kobe-1", "E")
        .started(5, "kobe-1").completed(7, "kobe-1").case(),
        "Completed in 7.0 s. It took 2 attempts.",
    ),
    "completed by another": (
        attempts_that_lost("nara-2").started(20, "kobe-1").completed(21.7, "kobe-1").case(),
        "Completed in 21.7 s. kobe-1 took it over after nara-2 was lost.",
    ),
    "completed in a second round": (
        Way().placed().started(1, "kobe-1").failed(2, "kobe-1", "E").requeued(9).started(10, "kobe-1")
        .completed(12, "kobe-1").case(),
        "Completed in 12.0 s. It had been sent back by hand.",
    ),
    "refused": (
        Way().placed().started(1, "kobe-1").failed(2, "kobe-1", "OrderRejected", "too many").case(),
        "Refused with OrderRejected.",
    ),
    "attempts used up": (
        Way().placed().started(1, "kobe-1").raised(2, "kobe-1", "E")
        .started(5, "kobe-1").failed(6, "kobe-1", "E").case(attempts_limit=2),
        "Failed after 2 attempts, the last with E.",
    ),
    "one attempt and no more": (
        Way().placed().started(1, "kobe-1").failed(6, "kobe-1", "E").case(attempts_limit=1),
        "Failed after 1 attempt, with E.",
    ),
    "killed its workers": (
        attempts_that_lost("nara-1", "nara-2").started(30, "nara-3").failed(40, "kobe-1", "WorkerLost")
        .case(attempts_limit=3),
        "It killed its workers: 3 in a row were lost with it in hand.",
    ),
    "entry lost": (
        Way().placed().started(1, "kobe-1").failed(6, "kobe-1", "EntryLost").case(),
        "Failed, because its entry is gone from the stream.",
    ),
    "no order": (
        Way().adopted("failed", error="InvalidOrder", text="price: Required.").case(),
        "This is no order. Somebody wrote it straight into the stream.",
    ),
    "cancelled": (Way().placed().cancelled(3, reason="customer rang").case(), "Cancelled by Ann Mori."),
    "cancelled at work": (
        Way().placed().started(1, "kobe-1").cancel_asked(2, reason="rang")
        .cancelled(3, "worker:kobe-1").case(),
        "Cancelled by Ann Mori.",
    ),
    "discarded": (
        Way().placed().started(1, "kobe-1").failed(2, "kobe-1", "E").cancelled(9, reason="test").case(),
        "Discarded by Ann Mori.",
    ),
}  # fmt: skip

ALL = PENDING | PROCESSING | RETRYING | ENDED


@pytest.mark.parametrize(("case", "text"), ALL.values(), ids=ALL)
def test_each_situation_has_its_sentence(case: Case, text: str) -> None:
    assert said(case) == text
    assert len(text.split()) <= 14


MORE = {
    "what led to it": (
        attempts_that_lost("nara-2")
        .started(20, "osaka-2").raised(24, "osaka-2", "StockTimeout")
        .started(27, "osaka-2").raised(31, "osaka-2", "StockTimeout", pause=32).case(33),
        "nara-2 was lost with it in hand, then 2 attempts ended in StockTimeout.",
    ),
    "the words of the last error": (ENDED["refused"][0], "too many. The handler refused it"),
    "how much of it was work": (ENDED["completed"][0], "1.4 s of it was work on kobe-1."),
    "who asked": (PROCESSING["cancel asked"][0], "Asked by Ann Mori."),
    "the reason of whoever asked": (ENDED["cancelled at work"][0], "“rang”"),
    "what would help": (PENDING["no worker"][0], "Start one with manage.py runworker_orders."),
    "that a retry is of no use": (ENDED["no order"][0], "price: Required. A retry will not help"),
    "what comes before it": (RETRYING["due"][0], "3 others are due before it."),
    "that it takes long": (
        Way().placed().started(1, "kobe-1").case(9, usual_seconds=2.4),
        "Longer than usual: 95 in 100 attempts of the last minute took at most 2.4 s.",
    ),
    "the calm after an outage": (
        Way().placed().started(1, "nara-2").case(20, calm_until_ms=PLACED_MS + 26_000),
        "Redis was away, or the lease was changed; so nobody is judged lost for another 6.0 s.",
    ),
    "that a cancel came too late": (
        Way().placed().started(1, "kobe-1").cancel_asked(2).completed(3, "kobe-1").case(),
        "A cancel was asked, but the work was done by then.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("case", "text"), MORE.values(), ids=MORE)
def test_the_second_line_says(case: Case, text: str) -> None:
    assert text in plain(reason_of(case, NAMES).more)


def test_what_is_usual_is_not_said() -> None:
    assert reason_of(Way().placed().started(1, "kobe-1").case(2, usual_seconds=2.4), NAMES).more == ""


@pytest.mark.parametrize("status", OrderStatus)
def test_every_status_can_be_told_without_any_event(status: OrderStatus) -> None:
    """So it is where the log is trimmed or too long to be looked through."""
    case = replace(
        Way().placed().case(),
        history=History((), is_whole=False),
        order=stored_order(ORDER_ID, ENTRY, {"status": status, "version": "7"}),
    )
    assert said(case)
