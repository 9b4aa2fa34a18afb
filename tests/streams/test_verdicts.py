"""The verdict comes back as it was written; what is none is unknown."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from orderstream.domain.histories import Harm, Violation
from orderstream.streams import outlook
from orderstream.streams.auditing.reports import Findings, Report
from orderstream.streams.lane import Lane
from orderstream.streams.outlook import Outlook
from orderstream.streams.verdicts import (
    IDS_MOST,
    TEXT_MOST,
    Broken,
    NotJudged,
    Verdict,
    read,
    verdict_of,
    write,
)

WHOLE = Verdict(
    audited_to_ms=1_795_152_368_000,
    begun_ms=1_795_152_000_000,
    rounds=7,
    events=12,
    orders=4,
    lost=1,
    lost_ids=("5-0",),
    doubled=1,
    doubled_ids=("6-0",),
    violations=(Broken("I3", 1, ("6-0",), "twice"), Broken("I6", 2, ("5-0", "7-0"), "gone"), Broken("I7", 1)),
    put_back=3,
    unjudged=(NotJudged("orders whose first events are gone from the log", 9),),
)


@pytest.mark.parametrize("verdict", [WHOLE, Verdict(), Verdict(share=0.25)], ids=["whole", "none", "begun"])
async def test_it_comes_back_as_it_was_beside_the_outlook(lane: Lane, verdict: Verdict) -> None:
    assert await read(lane) is None
    await write(lane, WHOLE)
    await write(lane, verdict)
    assert await read(lane) == verdict
    await outlook.write(lane, Outlook(7))
    assert (await read(lane), await outlook.read(lane)) == (verdict, Outlook(7))


def test_what_is_neither_lost_nor_doubled_is_counted_apart() -> None:
    assert (WHOLE.others, WHOLE.counts) == (2, {"I3": 1, "I6": 2, "I7": 1})
    assert WHOLE.ids == ("5-0", "6-0", "7-0")
    assert Verdict().is_clean
    assert not WHOLE.is_clean


def report(*violations: Violation) -> Report:
    found = Findings()
    for violation in violations:
        found.add(violation)
    return Report(
        audited_to_ms=1,
        cursor="1-0",
        events=12,
        orders=4,
        ledger={},
        violations=tuple(found.listed.values()),
        counts=dict(found.counts),
        lost=found.harms[Harm.LOST],
        lost_ids=found.ids(Harm.LOST),
        doubled=found.harms[Harm.DOUBLED],
        doubled_ids=found.ids(Harm.DOUBLED),
        swept=3,
        unjudged={"much": 9},
        is_whole=True,
    )


def test_it_is_made_of_what_an_audit_reports() -> None:
    found = report(
        Violation("I10", "9-0", "attempt 7 follows 1"),
        Violation("I6", "5-0", "its status hash is gone", Harm.LOST),
        Violation("I6", "7-0", "fence is 5"),
        Violation("I7", "", "failed is 3"),
        Violation("I3", "6-0", "twice", Harm.DOUBLED),
    )
    assert verdict_of(found, audited_to_ms=8, begun_ms=2, rounds=3) == Verdict(
        audited_to_ms=8,
        begun_ms=2,
        rounds=3,
        events=12,
        orders=4,
        lost=1,
        lost_ids=("5-0",),
        doubled=1,
        doubled_ids=("6-0",),
        violations=(
            Broken("I3", 1, ("6-0",), "twice"),
            Broken("I6", 2, ("5-0", "7-0"), "its status hash is gone"),
            Broken("I7", 1, (), "failed is 3"),
            Broken("I10", 1, ("9-0",), "attempt 7 follows 1"),
        ),
        put_back=3,
        unjudged=(NotJudged("much", 9),),
    )


def test_it_is_bounded() -> None:
    many = [Violation("I6", f"{n}-0", "x" * 10_000, Harm.LOST) for n in range(1, 3_000)]
    verdict = verdict_of(report(*many), audited_to_ms=8, begun_ms=2, rounds=3)
    assert verdict.lost == verdict.counts["I6"] == 2_999
    assert len(verdict.lost_ids) == len(verdict.violations[0].ids) == IDS_MOST
    assert len(verdict.violations[0].text) == TEXT_MOST


async def test_what_quotes_no_text_can_be_told(lane: Lane) -> None:
    await write(lane, replace(WHOLE, violations=(Broken("I6", 1, ("5-0",), "\udcff"),)))
    found = await read(lane)
    assert found is not None
    assert found.violations[0].text == "?"


@pytest.mark.parametrize(
    "part",
    [
        {"audited_to_ms": "5"},
        {"audited_to_ms": -5},
        {"lost": True},
        {"lost_ids": "5-0"},
        {"violations": [{"invariant": "I6"}]},
        {"share": float("nan")},
    ],
)
async def test_what_has_another_type_is_unknown(lane: Lane, part: dict[str, Any]) -> None:
    await lane.command("HSET", lane.keys.outlook, "verdict", json.dumps(asdict(WHOLE) | part))
    assert await read(lane) is None


@pytest.mark.parametrize("text", ["", "soon", "[1]", "7.5", "null"])
async def test_what_is_no_verdict_is_unknown(lane: Lane, text: str) -> None:
    await lane.command("HSET", lane.keys.outlook, "verdict", text)
    assert await read(lane) is None
