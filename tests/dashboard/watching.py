"""A watcher: a socket without a network, and a view that follows the protocol as a browser must."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dashboard.clients import Client
from dashboard.cursors import START, Cursor
from dashboard.lobby import Lobby
from dashboard.protocol import AcknowledgeCursor
from tests.waiting import wait_until


@dataclass
class View:
    """What is on the screen, by the rules in dashboard/protocol.py."""

    cursor: Cursor = START
    figures: dict[str, Any] = field(default_factory=dict)
    workers: list[dict[str, Any]] = field(default_factory=list)
    rows: dict[Cursor, dict[str, Any]] = field(default_factory=dict)

    def apply(self, message: dict[str, Any]) -> None:
        cursor = Cursor.parse(message["cursor"])
        if message["type"] == "frame" and cursor < self.cursor:
            return
        if message["type"] == "snapshot":
            self.rows = {}
        self.cursor = cursor
        self.figures = message.get("figures", self.figures)
        self.workers = message.get("workers", self.workers)
        for row in message["orders"]:
            known = self.rows.get(Cursor.parse(row["id"]))
            if known is None or row["version"] > known["version"]:
                self.rows[Cursor.parse(row["id"])] = row
        self.rows = dict(sorted(self.rows.items(), reverse=True)[:50])

    @property
    def orders(self) -> list[dict[str, Any]]:
        return list(self.rows.values())

    def status_of(self, order_id: str) -> str | None:
        row = self.rows.get(Cursor.parse(order_id))
        return row["status"] if row else None


class Watcher:
    """Applies and acknowledges at once unless told not to."""

    def __init__(
        self, lobby: Lobby, *, acknowledges: bool = True, session_key: str = "s-1", user_id: int = 1
    ) -> None:
        self._lobby = lobby
        self.acknowledges = acknowledges
        self.texts: list[str] = []
        self.messages: list[dict[str, Any]] = []
        self.view = View()
        self.closed: int | None = None
        self.client = Client(self._take, self._close, session_key, user_id)

    async def enter(self, cursor: str | None = None) -> "Watcher":
        await self._lobby.enter(self.client, Cursor.parse(cursor) if cursor else None)
        return self

    async def leave(self) -> None:
        await self._lobby.leave(self.client)

    async def _take(self, text: str) -> None:
        self.texts.append(text)
        message = json.loads(text)
        self.messages.append(message)
        if message["type"] in {"snapshot", "frame"}:
            self.view.apply(message)
            if self.acknowledges:
                self.acknowledge()

    async def _close(self, code: int) -> None:
        self.closed = code

    def acknowledge(self) -> None:
        last = [m for m in self.messages if "cursor" in m][-1]
        self.client.window.acknowledge(AcknowledgeCursor(Cursor.parse(last["cursor"]), last["at"]))

    def types(self) -> list[str]:
        return [message["type"] for message in self.messages]

    async def sees(self, condition: Callable[[View], bool], timeout: float = 5) -> None:
        await wait_until(lambda: condition(self.view), timeout)
