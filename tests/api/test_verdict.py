"""GET /api/verdict: what the keeper's audit found, and nothing invented where none has audited."""

from dataclasses import replace

import pytest

from orderstream.api import stream_schemas as schemas
from orderstream.streams.lane import Lane
from orderstream.streams.verdicts import Verdict, write
from tests.api.conftest import Caller
from tests.streams.test_verdicts import WHOLE

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


async def test_it_comes_as_the_keeper_wrote_it(program: Caller, lane: Lane) -> None:
    await write(lane, WHOLE)
    answer = await program.get("/api/verdict")
    assert answer.status_code == 200
    found = answer.json()
    schemas.VerdictOut.model_validate(found)
    assert (found["audited_to"], found["begun"]) == ("2026-11-20T05:26:08.000Z", "2026-11-20T05:20:00.000Z")
    assert (found["clean"], found["lost"], found["lost_ids"]) == (False, 1, ["5-0"])
    assert (found["doubled"], found["doubled_ids"], found["put_back"]) == (1, ["6-0"], 3)
    assert found["violations"][1] == {
        "invariant": "I6",
        "count": 2,
        "order_ids": ["5-0", "7-0"],
        "text": "gone",
    }
    assert found["unjudged"] == [{"what": "orders whose first events are gone from the log", "count": 9}]
    assert (found["rounds"], found["events"], found["orders"], found["share"]) == (7, 12, 4, None)


async def test_what_could_not_all_be_judged_is_not_called_clean(program: Caller, lane: Lane) -> None:
    sound = Verdict(audited_to_ms=WHOLE.audited_to_ms)
    for verdict, clean in (
        (sound, True),
        (replace(sound, unjudged=WHOLE.unjudged), None),
        (replace(sound, unjudged=WHOLE.unjudged, violations=WHOLE.violations), False),
    ):
        await write(lane, verdict)
        assert (await program.get("/api/verdict")).json()["clean"] is clean


async def test_before_a_first_audit_is_through_nothing_is_known(program: Caller, lane: Lane) -> None:
    found = (await program.get("/api/verdict")).json()
    assert (found["audited_to"], found["begun"], found["clean"], found["share"]) == (None, None, None, None)
    await write(lane, Verdict(share=0.43))
    found = (await program.get("/api/verdict")).json()
    assert (found["audited_to"], found["share"]) == (None, 0.43)


async def test_it_takes_no_parameters(program: Caller, lane: Lane) -> None:
    answer = await program.get("/api/verdict?since=1")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "since"
