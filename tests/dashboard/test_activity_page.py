"""The audit log in words, a page at a time."""

import html
import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from dashboard import activity
from dashboard.activity import what_of
from orderstream.audit import latest_of, record, record_async
from orderstream.models import AuditEntry
from orderstream.streams.lane import Lane
from tests.access import people
from tests.dashboard.pages import html_of, signed_in, text_of
from tests.web import _cache_of_the_test_server, _nothing_left_open, _plain_http  # noqa: F401 # fixtures

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.mark.parametrize(
    ("action", "subject", "details", "words"),
    [
        ("paused", "", {}, "paused all processing"),
        ("resumed", "", {}, "let processing go on"),
        ("pause_asked", "nara-2", {}, "asked nara-2 to pause"),
        ("resume_asked", "nara-2", {}, "asked nara-2 to go on"),
        ("drain_asked", "nara-2", {}, "asked nara-2 to drain"),
        ("stop_asked", "nara-2", {}, "asked nara-2 to stop now"),
        ("forgotten", "nara-2", {}, "forgot the lost worker nara-2"),
        (
            "concurrency_asked",
            "nara-2",
            {"before": 16, "after": 8},
            "asked nara-2 for 8 orders at one time, before 16",
        ),
        (
            "concurrency_asked",
            "nara-2",
            {"before": None, "after": 8},
            "asked nara-2 for 8 orders at one time, before unknown",
        ),
        (
            "concurrency_asked",
            "nara-2",
            {"before": 8, "after": None},
            "gave nara-2 back the concurrency it was started with",
        ),
        ("orders_requeued", "", {"orders": 1_412, "done": 1_412}, "retried 1,412 dead letters"),
        ("orders_requeued", "", {"orders": 1, "done": 1}, "retried 1 dead letter"),
        ("orders_discarded", "", {"orders": 7, "done": 5}, "discarded 5 of 7 dead letters"),
        ("orders_cancelled", "", {"orders": 3, "done": 0}, "cancelled 0 of 3 orders"),
        ("orders_cancelled", "", {"orders": "x"}, "cancelled 0 orders"),
        (
            "configuration_changed",
            "processing",
            {"version": 3, "before": {"attempts": None}, "after": {"attempts": 3}},
            "changed the settings of processing: attempts from as shipped to 3",
        ),
        ("configuration_changed", "processing", {}, "changed the settings of processing"),
        ("group_changed", "group night", {"before": None, "after": {"name": "night"}}, "made group night"),
        ("group_changed", "group night", {"before": "night", "after": None}, "deleted group night"),
        (
            "user_changed",
            "user ada",
            {"before": {"is_active": True}, "after": {"is_active": False}},
            "changed user ada: is_active from True to False",
        ),
        (
            "group_changed",
            "group viewer",
            {"before": {"rights": ["read", "place"]}, "after": {"rights": []}},
            "changed group viewer: rights from read, place to nothing",
        ),
        ("configuration_changed", "product tea", {"before": {}, "after": {"stock": 3}}, "made product tea"),
        ("password_changed", "user ada", {}, "set a new password for user ada"),
        ("key_issued", "API key till", {"scopes": []}, "issued API key till"),
        ("key_revoked", "API key till", {}, "revoked API key till"),
        (
            "orders_repaired",
            "",
            {"restore": {"count": 1, "ids": ["5-0"]}, "totals": {"failed": 2, "pending": -1}},
            "repaired after an audit: 1 lost status hash (5-0); totals that were off: failed +2, pending -1",
        ),
        (
            "orders_repaired",
            "",
            {
                "repair": {"count": 1_204, "ids": ["5-0", "6-0", "7-0", "8-0"]},
                "sweep": {"count": 2, "ids": ["6-0", "7-0"]},
            },
            "repaired after an audit: 1,204 places in the indexes (5-0, 6-0, 7-0 …); "
            "2 entries to acknowledge (6-0, 7-0)",
        ),
        (
            "orders_repaired",
            "",
            {"totals": {f"took_{n}": -n for n in range(100, 112)}},
            "repaired after an audit: totals that were off: "
            f"{', '.join(f'took_{n} {-n}' for n in range(100, 110))} …",
        ),
        ("orders_repaired", "", {"100 %": {"count": 1}}, "repaired after an audit: 100 % 1"),
        ("orders_repaired", "", {"restore": 5, "totals": None}, "repaired nothing after an audit"),
        ("something_new", "page", {"b": 2, "a": 1}, "something_new page a=1 b=2"),
        ("something_new", "", {}, "something_new"),
        ("something_new", "", {"a": "x" * 999}, f"something_new a={'x' * 184}"),
    ],
)
def test_what_was_done_in_words(action: str, subject: str, details: dict[str, Any], words: str) -> None:
    assert what_of(AuditEntry(action=action, subject=subject, details=details)) == words


async def test_who_did_what_of_what_and_why(lane: Lane) -> None:
    await sync_to_async(people.person)(name="haruka", first_name="Haruka", last_name="Mori")
    await record_async("user:haruka", "drain_asked", "nara-2", "too slow")
    text = await text_of(await signed_in("manager"), "/activity/")
    assert "Haruka Mori asked nara-2 to drain: too slow" in text
    assert "What was done to one order stands on the order's own page." in text


async def test_nothing_done_is_said(lane: Lane) -> None:
    assert "Nobody has done anything yet" in await text_of(await signed_in("manager"), "/activity/")


async def test_the_log_comes_by_pages_newest_first(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "SHOWN", 3)
    for number in range(7):
        await record_async("user:x", "drain_asked", f"w-{number}")
    client, seen, path = await signed_in("manager"), [], "/activity/"
    while path:
        page = await html_of(client, path)
        seen += re.findall(r"asked (w-\d) to drain", page)
        older = re.search(r'href="(/activity/[^"]+)" rel="next"', page)
        path = html.unescape(older[1]) if older else ""
    assert seen == [f"w-{number}" for number in range(6, -1, -1)]


async def test_what_others_wrote_is_escaped(lane: Lane) -> None:
    await record_async("key:<b>", "drain_asked", "<i>", "<u>")
    page = await html_of(await signed_in("manager"), "/activity/now/")
    assert not re.search(r"<(b|i|u)>[^a-z]*</?(b|i|u)?", page.replace("<b>the key", ""))
    assert "API key &lt;b&gt;" in page


def test_the_last_deed_of_each_worker_is_found() -> None:
    record("user:a", "pause_asked", "ann")
    record("user:b", "drain_asked", "ann")
    record("user:c", "concurrency_asked", "ann")
    record("user:d", "drain_asked", "bob")
    found = latest_of(["ann", "zoe"], ["pause_asked", "drain_asked"])
    assert {name: entry.actor for name, entry in found.items()} == {"ann": "user:b"}
