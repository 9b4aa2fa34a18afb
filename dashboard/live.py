"""What a page needs that renews its parts by itself: the feed's snapshot, and how htmx is to behave."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest

from dashboard import protocol, snapshots
from dashboard.shell import shell
from dashboard.viewers import Viewer
from orderstream.streams.lane import Lane

# The policy forbids what htmx would do by default: styles of its own, and code out of attributes.
HTMX: Final = json.dumps(
    {
        "includeIndicatorStyles": False,
        "allowEval": False,
        "allowScriptTags": False,
        "selfRequestsOnly": True,
        "historyEnabled": False,
        "timeout": 10_000,
    }
)


async def live(request: HttpRequest, viewer: Viewer, page: str) -> dict[str, Any]:
    """The context of templates/live.html; lets Redis's errors pass, as `page_for` expects."""
    snapshot = await snapshots.board()
    return {
        **shell(request, viewer, page),
        "snapshot": snapshot,
        "snapshot_json": json.loads(protocol.encode(snapshot)),
        "moment": datetime.fromtimestamp(snapshot.at / 1000, UTC),
        "htmx_config": HTMX,
        "has_keys": True,
    }


@dataclass(frozen=True, slots=True)
class Now:
    """In place of a snapshot, where a part needs to know only from when ages count."""

    at: int


async def part(lane: Lane) -> dict[str, Any]:
    """The context of a part that is asked for alone."""
    return {"snapshot": Now(await lane.now_ms())}
