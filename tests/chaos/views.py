"""What a dashboard has on its screen, by the rules of the board's protocol, and whether it ever went back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

SHOWN: Final = 50
STANDING: Final = ("lag", "in_hand", "waiting")
STATUSES: Final = ("pending", "processing", "retrying", "completed", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Truth:
    """What a board must show when all is quiet: version and status of the 50 greatest ids, the orders by
    status, and the lag, None where it is unknown; then nothing is in hand or waits."""

    rows: Mapping[str, tuple[int, str]]
    totals: Mapping[str, int]
    lag: int | None = 0

    @classmethod
    def of(
        cls, hashes: Mapping[str, Mapping[str, str]], totals: Mapping[str, int], lag: int | None = 0
    ) -> "Truth":
        newest = sorted(hashes, key=order_of_id, reverse=True)[:SHOWN]
        rows = {i: (int(hashes[i]["version"]), hashes[i]["status"]) for i in newest}
        return cls(rows, {status: totals.get(status, 0) for status in STATUSES}, lag)

    @property
    def standing(self) -> tuple[int | None, int, int]:
        """Lag, in hand, waiting."""
        return self.lag, 0, 0


@dataclass(slots=True)
class View:
    """`backwards` says where a version went back (I11), `unbalanced` where figures did not add up (I7)."""

    cursor: str = ""
    totals: Mapping[str, int] | None = None
    standing: tuple[int | None, ...] = ()
    rows: dict[str, tuple[int, str]] = field(default_factory=dict)
    messages: int = 0
    backwards: list[str] = field(default_factory=list)
    unbalanced: list[str] = field(default_factory=list)
    _highest: dict[str, int] = field(default_factory=dict)

    def apply(self, message: Mapping[str, Any]) -> None:
        self.messages += 1
        figures = message.get("figures") or {}
        # Of a web process without Redis a snapshot is old: as in the browser it adds rows and replaces none.
        is_whole = message["type"] == "snapshot" and figures.get("redis") != "away"
        if not is_whole and self.cursor and order_of_id(message["cursor"]) < order_of_id(self.cursor):
            return
        self.cursor = message["cursor"]
        if is_whole:
            self.rows = {}
        for row in message["orders"]:
            self._take(row["id"], row["version"], row["status"], is_whole)
        if len(self.rows) > SHOWN:
            newest = sorted(self.rows, key=order_of_id, reverse=True)[:SHOWN]
            self.rows = {i: self.rows[i] for i in newest}
        self._figures(figures.get("totals"))
        if figures:  # none are those of before
            self.standing = tuple(figures.get(name) for name in STANDING)

    def shows(self, truth: Truth) -> bool:
        shown, true = (self.rows, self.totals, self.standing), (truth.rows, truth.totals, truth.standing)
        return shown == true

    def _take(self, order_id: str, version: int, status: str, is_whole: bool) -> None:
        if is_whole and version < self._highest.get(order_id, 0):
            self.backwards.append(f"{order_id} from version {self._highest[order_id]} to {version}")
        if version > self.rows.get(order_id, (0, ""))[0]:
            self.rows[order_id] = (version, status)
        self._highest[order_id] = max(version, self._highest.get(order_id, 0))

    def _figures(self, totals: Mapping[str, int] | None) -> None:
        if totals is None:
            return
        self.totals = {status: totals[status] for status in STATUSES}
        came, are = totals["placed"] + totals["adopted"], sum(self.totals.values())
        if came != are:
            self.unbalanced.append(f"at {self.cursor}: {came} came, {are} are there")


def order_of_id(entry_id: str) -> tuple[int, int]:
    """Ids compare as two numbers."""
    ms, _, sequence = entry_id.partition("-")
    return int(ms), int(sequence)
