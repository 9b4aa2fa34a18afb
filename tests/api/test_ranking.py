"""GET /api/ranking: what the keeper counted, exact amounts, and nothing at all where nobody counts."""

import pytest

from orderstream.api import schemas
from orderstream.streams.lane import Lane
from orderstream.streams.ranking import Place, Top, write_top
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

TOP = Top(
    since_ms=1_795_200_000_000,
    until_ms=1_795_203_724_000,
    is_exact=False,
    missed=12,
    products_by_orders=(Place("85123A", 1_204, "12480.50"), Place("森", 3, "8.30")),
    customers_by_amount=(Place("C-1", 2, "99999999999999.9999"),),
)


async def test_places_come_as_they_were_counted(program: Caller, lane: Lane) -> None:
    await write_top(lane, TOP)
    answer = await program.get("/api/ranking")
    assert answer.status_code == 200
    found = answer.json()
    schemas.RankingOut.model_validate(found)
    assert (found["since"], found["until"]) == ("2026-11-20T18:40:00.000Z", "2026-11-20T19:42:04.000Z")
    assert (found["is_exact"], found["missed"]) == (False, 12)
    assert found["products"]["by_orders"][0] == {"id": "85123A", "orders": 1_204, "amount": "12480.50"}
    assert found["products"]["by_orders"][1]["id"] == "森"
    assert found["customers"]["by_amount"][0]["amount"] == "99999999999999.9999"


async def test_without_a_keeper_there_is_none(program: Caller, lane: Lane) -> None:
    found = (await program.get("/api/ranking")).json()
    assert (found["until"], found["products"]) == (None, {"by_orders": [], "by_amount": []})


async def test_it_takes_no_parameters(program: Caller, lane: Lane) -> None:
    answer = await program.get("/api/ranking?since=1")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "since"
