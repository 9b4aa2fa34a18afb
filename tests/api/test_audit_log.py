"""The audit log over the API: newest first, page by page."""

import pytest

from orderstream import audit
from orderstream.api import stream_schemas as schemas
from tests.api.conftest import Caller
from tests.api.test_problems import assert_problem

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


async def test_the_audit_log_is_read_newest_first_page_by_page(manager: Caller) -> None:
    for number in range(5):
        await audit.record_async("user:mori", "drain_asked", f"w-{number}", "slow", before="")
    first = (await manager.get("/api/audit?limit=2")).json()
    schemas.AuditOut.model_validate(first)
    assert [entry["subject"] for entry in first["entries"]] == ["w-4", "w-3"]
    second = (await manager.get(f"/api/audit?limit=2&before={first['next_before']}")).json()
    assert [entry["subject"] for entry in second["entries"]] == ["w-2", "w-1"]
    third = (await manager.get(f"/api/audit?limit=2&before={second['next_before']}")).json()
    assert [entry["subject"] for entry in third["entries"]] == ["w-0"]
    assert third["next_before"] is None
    [entry] = third["entries"]
    assert (entry["actor"], entry["action"], entry["reason"]) == ("user:mori", "drain_asked", "slow")
    assert entry["details"] == {"before": ""}
    assert entry["at"].endswith("Z")
    assert len((await manager.get("/api/audit")).json()["entries"]) == 5


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("before=x", "before"),
        ("before=-1", "before"),
        ("before=%D9%A1", "before"),
        ("before=" + "9" * 30, "before"),
        ("after=1", "after"),
    ],
)
async def test_a_wrong_parameter_is_named(manager: Caller, query: str, field: str) -> None:
    answer = await manager.get(f"/api/audit?{query}")
    assert_problem(answer, 422)
    assert answer.json()["errors"][0]["field"] == field
