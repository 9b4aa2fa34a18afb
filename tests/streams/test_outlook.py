"""The outlook comes back as it was written; what is none is unknown."""

import json

import pytest

from orderstream.streams.lane import Lane
from orderstream.streams.outlook import ALARMS_MOST, MARKS_MOST, Alarm, Flow, Mark, Outlook, read, write

WHOLE = Outlook(
    at_ms=1_795_152_368_000,
    flow=Flow("behind", 1_795_152_327_000, by=0.6, why="lost", worker="nara-2"),
    alarms=(
        Alarm("worker_lost", 5, "nara-2", orders=4, heirs=("kobe-2", "osaka-1")),
        Alarm("memory", 6, share=0.91, is_full=True),
    ),
    marks=(Mark(5, "worker_lost", "nara-2"), Mark(6, "paused")),
)


@pytest.mark.parametrize("outlook", [WHOLE, Outlook(7)], ids=["whole", "empty"])
async def test_it_comes_back_as_it_was(lane: Lane, outlook: Outlook) -> None:
    assert await read(lane) is None
    await write(lane, WHOLE)
    await write(lane, outlook)
    assert await read(lane) == outlook


async def test_it_is_bounded(lane: Lane) -> None:
    alarms = tuple(Alarm("worker_lost", n, f"w-{n}") for n in range(ALARMS_MOST + 9))
    marks = tuple(Mark(n, "paused") for n in range(MARKS_MOST + 9))
    await write(lane, Outlook(7, alarms=alarms, marks=marks))
    found = await read(lane)
    assert found is not None
    assert (found.alarms, found.marks) == (alarms[:ALARMS_MOST], marks[9:])


async def test_another_versions_fields_are_passed_over(lane: Lane) -> None:
    await write(lane, WHOLE)
    flow = json.dumps({"kind": "idle", "since_ms": 9, "mood": "calm"})
    await lane.client.hset(lane.keys.outlook, "flow", flow)
    found = await read(lane)
    assert found is not None
    assert found.flow == Flow("idle", 9)


@pytest.mark.parametrize(
    ("field", "part"),
    [
        ("flow", {"kind": "idle", "since_ms": "9"}),
        ("flow", {"kind": "idle", "since_ms": 10**30}),
        ("flow", {"kind": "idle", "since_ms": -1}),
        ("flow", {"kind": "idle", "since_ms": True}),
        ("flow", {"kind": "idle", "since_ms": 9, "by": float("nan")}),
        ("flow", {"kind": "idle", "since_ms": 9, "until_ms": 7.5}),
        ("flow", {"kind": "idle", "since_ms": 9, "worker": 5}),
        ("flow", {"kind": "merry", "since_ms": 9}),
        ("alarms", [{"kind": "paused", "since_ms": 9, "heirs": "ann"}]),
        ("alarms", [{"kind": "paused", "since_ms": 9, "heirs": [5]}]),
        ("alarms", [{"kind": "paused", "since_ms": 9, "is_full": "yes"}]),
        ("alarms", [{"kind": ["paused"], "since_ms": 9}]),
        ("marks", [{"kind": "paused", "at_ms": None}]),
    ],
)
async def test_what_has_another_type_is_unknown(lane: Lane, field: str, part: object) -> None:
    await write(lane, WHOLE)
    await lane.client.hset(lane.keys.outlook, field, json.dumps(part))
    assert await read(lane) is None


async def test_a_name_that_is_no_text_can_be_told(lane: Lane) -> None:
    await write(lane, Outlook(7, marks=(Mark(5, "worker_lost", "\udcff"),)))
    assert await read(lane) == Outlook(7, marks=(Mark(5, "worker_lost", "?"),))


@pytest.mark.parametrize("field", ["at", "flow", "alarms", "marks"])
@pytest.mark.parametrize("text", ["", "soon", "[1]", '{"since_ms": 1}', "7.5"])
async def test_what_is_no_outlook_is_unknown(lane: Lane, field: str, text: str) -> None:
    await write(lane, WHOLE)
    await lane.client.hset(lane.keys.outlook, field, text)
    assert await read(lane) is None
