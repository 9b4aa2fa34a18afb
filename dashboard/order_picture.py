"""Puts together what an order's page shows: sentence, spans, timeline, facts, deeds, and what Redis holds."""

from collections.abc import Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from dashboard.actors import names_of
from dashboard.histories import Histories
from dashboard.order_case import case_of
from dashboard.order_deeds import deeds_of
from dashboard.order_facts import entry_of, facts_of
from dashboard.order_held import held, remark_of
from dashboard.order_query import HOLDS, OrderQuery
from dashboard.order_reasons import reason_of
from dashboard.order_spans import stretch_of
from dashboard.order_standing import standing_of
from dashboard.order_steps import Step
from dashboard.order_way import way_of
from dashboard.protocol import Snapshot
from dashboard.sentences import Sentence
from dashboard.statuses import status_word
from dashboard.viewers import Viewer
from orderstream import conf
from orderstream.domain.status import UNFINISHED
from orderstream.streams.codec import stored_order
from orderstream.streams.histories import PAGES, PAGES_DEEP, History
from orderstream.streams.lane import Lane
from orderstream.streams.order_findings import Findings
from orderstream.streams.verbatim import typed

_histories: Final = Histories()


async def picture_of(
    lane: Lane, findings: Findings, query: OrderQuery, snapshot: Snapshot, viewer: Viewer
) -> dict[str, Any]:
    """The context of templates/dashboard/order/order.html."""
    attempts = conf.processing().attempts
    # Where the status cannot be read, the log is looked through as if there were none.
    order = findings.order or stored_order(findings.id, findings.entry or {}, {})
    history = await _histories.of(lane, order, PAGES_DEEP if query.is_deep else PAGES)
    case = case_of(findings, history, snapshot, attempts)
    names = await names_of({event.actor for event in history.events} | {order.cancel_asked_by or ""})
    steps = way_of(history.records, findings.order, names, attempts)
    status = findings.status.get("status", "")
    return {
        "order_id": findings.id,
        "part_url": reverse("order", args=[findings.id]) + query.renewal(_seen(findings), findings.now_ms),
        "is_unfinished": findings.order is not None and findings.order.status in UNFINISHED,
        **_shape(findings, history),
        "sentence": _broken(findings) if case is None else reason_of(case, names),
        "standing": standing_of(findings.order, attempts) if findings.order else None,
        "deeds": deeds_of(findings.order, viewer) if findings.order else (),
        "stretch": stretch_of(history.events, findings.now_ms),
        "steps": _chosen(steps, query),
        "tabs": _tabs(steps, query),
        "query": query,
        "turned": query.with_(is_newest_first=not query.is_newest_first),
        "further": None if history.is_whole or history.pages >= PAGES_DEEP else query.with_(is_deep=True),
        "is_whole": history.is_whole,
        "facts": facts_of(order, entry_of(findings, history)),
        "has_entry": findings.entry is not None,
        "mend": _mend(lane, findings, history),
        "held": await held(lane, query.holds, findings.id, status, history),
        "held_tabs": _held_tabs(query),
        "held_remark": remark_of(query.holds, history),
    }


def _seen(findings: Findings) -> str:
    """As order_views compares it with what is stored then."""
    return f"{findings.status.get('status', '')}-{findings.status.get('version', '')}"


def _shape(findings: Findings, history: History) -> dict[str, str]:
    """Shape, colour and word of the status. Of an order that has lost its status nobody knows it."""
    order = findings.order
    if order is None:
        return {"icon": "alert", "colour": "critical", "word": _("unreadable")}
    if not order.version and history.records:
        return {"icon": "alert", "colour": "warning", "word": _("unknown")}
    return {"icon": order.status, "colour": order.status, "word": status_word(order.status)}


def _broken(findings: Findings) -> Sentence:
    body, head = _("what Redis holds as its status, no step of ours has written."), _("Unreadable:")
    return Sentence(body, findings.fault, head, "critical")


def _mend(lane: Lane, findings: Findings, history: History) -> dict[str, Any] | None:
    """What to do about a status that cannot be read: lines for redis-cli, and what comes of them."""
    if findings.order is not None:
        return None
    key = lane.keys.status(findings.id)
    remark = _("The log tells nothing of it: whoever reads the entry next takes it for a new one.")
    if history.events:
        remark = _("Then add a note: with the next deed the status is written anew, from the order's events.")
    return {"lines": [typed("TYPE", key), typed("DEL", key)], "remark": remark}


def _chosen(steps: Sequence[Step], query: OrderQuery) -> list[Step]:
    chosen = [step for step in steps if query.show == "all" or step.is_note == (query.show == "notes")]
    return chosen[::-1] if query.is_newest_first else chosen


def _tabs(steps: Sequence[Step], query: OrderQuery) -> list[tuple[str, int, OrderQuery, bool]]:
    """Label, number, address, and whether it is this one."""
    notes = sum(step.is_note for step in steps)
    changes = sum(not step.is_note and step.due_ms is None for step in steps)
    numbers = {
        "all": (_("All"), notes + changes),
        "changes": (_("Changes"), changes),
        "notes": (_("Notes"), notes),
    }
    return [
        (label, number, query.with_(show=show), show == query.show)
        for show, (label, number) in numbers.items()
    ]


def _held_tabs(query: OrderQuery) -> list[tuple[str, OrderQuery, bool]]:
    labels = {"status": _("Status"), "entry": _("Entry"), "events": _("Events"), "pending": _("Pending")}
    return [(labels[holds], query.with_(holds=holds), holds == query.holds) for holds in HOLDS]
