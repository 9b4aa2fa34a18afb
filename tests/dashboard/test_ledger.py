"""What the ledger in the board's head says: counts, how far they go, and the lines behind them."""

from dataclasses import replace

import pytest

from dashboard.judgements import FRESH_MS, Broken, Verdict, verdict_of
from dashboard.ledger import CLOCK_MOST_MS, Ledger, ledger_of
from orderstream.streams import verdicts

AT = 1_795_152_368_000  # 05:26:08 UTC
CLEAN = Verdict(
    audited_to=AT - 900,
    since=AT - 68_000,
    rounds=61,
    lost=0,
    lost_ids=(),
    doubled=0,
    doubled_ids=(),
    others=0,
    broken=(),
    put_back=0,
    unjudged=0,
    share=None,
)
DRIFT = Broken("I7", 1, (), "failed is 3, the events say 1")
GONE = Broken("I6", 2, ("5-0", "6-0"), "its status hash is gone")


def ledger(**given: object) -> Ledger:
    return ledger_of(replace(CLEAN, **given), AT)


@pytest.mark.parametrize(
    ("found", "status", "icon", "said"),
    [
        (ledger_of(None, AT), "cancelled", "clock", "Not audited yet"),
        (ledger(audited_to=None), "cancelled", "clock", "Not audited yet"),
        (ledger(audited_to=None, share=0.434), "cancelled", "clock", "First audit, 43 % read"),
        (ledger(), "completed", "completed", "0 lost, 0 doubled, audited to 05:26:07"),
        (
            ledger(audited_to=AT - FRESH_MS),
            "completed",
            "completed",
            "0 lost, 0 doubled, audited to 05:25:53",
        ),
        (
            ledger(audited_to=AT - FRESH_MS - 1),
            "warning",
            "clock",
            "0 lost, 0 doubled, audited only to 05:25:52",
        ),
        (
            ledger(audited_to=AT - CLOCK_MOST_MS - 1),
            "warning",
            "clock",
            "0 lost, 0 doubled, last audited 12 h ago",
        ),
        (
            ledger(others=1, broken=(DRIFT,)),
            "warning",
            "alert",
            "0 lost, 0 doubled, 1 other fault, audited to 05:26:07",
        ),
        (
            ledger(lost=1, others=1_204, broken=(GONE,)),
            "critical",
            "alert",
            "1 lost, 0 doubled, 1,204 other faults, audited to 05:26:07",
        ),
        (ledger(doubled=2, broken=(GONE,)), "critical", "alert", "0 lost, 2 doubled, audited to 05:26:07"),
        (
            ledger(unjudged=1_204),
            "warning",
            "alert",
            "0 lost, 0 doubled, 1,204 not judged, audited to 05:26:07",
        ),
        (
            ledger(others=1, broken=(DRIFT,), unjudged=1),
            "warning",
            "alert",
            "0 lost, 0 doubled, 1 other fault, 1 not judged, audited to 05:26:07",
        ),
        (
            ledger(lost=1, broken=(GONE,), unjudged=1),
            "critical",
            "alert",
            "1 lost, 0 doubled, 1 not judged, audited to 05:26:07",
        ),
    ],
    ids=lambda case: case.said if isinstance(case, Ledger) else "",
)
def test_what_it_says(found: Ledger, status: str, icon: str, said: str) -> None:
    assert (found.status, found.icon) == (status, icon)
    assert found.said.replace("\u00a0", " ") == said


def test_faults_stay_named_when_the_keeper_is_away() -> None:
    found = ledger(lost=1, broken=(GONE,), audited_to=AT - 61_000)
    assert (found.status, found.said) == ("critical", "1 lost, 0 doubled, audited only to 05:25:07")


def test_the_lines_behind_it() -> None:
    found = ledger(
        lost=2, lost_ids=("5-0", "6-0"), others=1, broken=(GONE, DRIFT), put_back=1, unjudged=9, share=0.5
    )
    lines = [(line.key, line.label, line.text.replace("\u00a0", " "), line.ids) for line in found.lines]
    assert lines == [
        ("lost", "Lost", "2", ("5-0", "6-0")),
        ("doubled", "Doubled", "0", ()),
        ("I6", "I6", "2: its status hash is gone", ("5-0", "6-0")),
        ("I7", "I7", "1: failed is 3, the events say 1", ()),
        ("to", "Audited to", "05:26:07", ()),
        ("since", "Begun anew", "at 05:25:00, 61 rounds since", ()),
        ("put_back", "Put back", "1 order that nobody had", ()),
        ("unjudged", "Not judged", "9; manage.py audit_orders says why", ()),
        ("share", "New audit", "50 % of the log is read", ()),
    ]
    assert "--repair" in found.help
    assert ledger().help == ""


def test_only_ids_of_orders_are_linked() -> None:
    stored = verdicts.Verdict(
        audited_to_ms=5, violations=(verdicts.Broken("I9", 2, ("'odd'", "007-0", "7-0"), "in the index"),)
    )
    found = verdict_of(stored)
    assert found is not None
    assert (found.broken[0].ids, found.others) == (("7-0",), 2)
