"""Placing an order again: its values in the form, and a note on each of the two that names the other."""

from collections.abc import Mapping

from dashboard.entry_lines import readable
from dashboard.viewers import Viewer
from orderstream import conf
from orderstream.access.rights import Right
from orderstream.domain.drafts import FIELDS
from orderstream.streams import browsing, operating
from orderstream.streams.codec import is_order_id


def values_of(entry: Mapping[str, str]) -> dict[str, str]:
    """What the form begins with; the person who sends it answers for it."""
    return {name: readable(entry[name]) for name in FIELDS if name in entry}


async def values_asked_for(order_id: str) -> dict[str, str]:
    """Those of an order that somebody wants again; empty where there is none of this id."""
    rows = await browsing.rows_of(conf.lane(), [order_id]) if is_order_id(order_id) else []
    return values_of(rows[0].entry) if rows else {}


async def note_both(old_id: str, new_id: str, viewer: Viewer) -> None:
    """Only by those who may write notes: whoever may place alone leaves no link."""
    if not is_order_id(old_id) or not viewer.caller.may(Right.OPERATE_ORDERS):
        return
    lane, actor = conf.lane(), viewer.caller.actor
    # Kept with the orders, so in one language whoever reads it; js/again.js writes the same.
    code, _version = await operating.note(lane, old_id, f"Placed again as {new_id}", actor=actor)
    if code == "noted":  # else there is no such order to name
        await operating.note(lane, new_id, f"Placed again from {old_id}", actor=actor)
