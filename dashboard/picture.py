"""What the feed knows at this moment, and the message that brings a client from what it has seen to that."""

from dataclasses import dataclass

from dashboard.board import Board
from dashboard.cursors import Cursor
from dashboard.protocol import Figures, Frame, Snapshot, WorkerRow


@dataclass(frozen=True)
class Seen:
    """How far one client is. `arrived` None: it came back with a cursor of which nobody knows the count."""

    epoch: int
    cursor: Cursor
    arrived: int | None = None
    figures: int = -1
    workers: int = -1


class Picture:
    """Orders, figures and workers, the latter two with a number that grows when they change."""

    def __init__(self, rows: int) -> None:
        self.board = Board(rows)
        self.figures = Figures(redis="away")
        self.workers: tuple[WorkerRow, ...] = ()
        self._figures_number = self._workers_number = 0

    def show(self, figures: Figures, workers: tuple[WorkerRow, ...]) -> None:
        self._figures_number += figures != self.figures
        self._workers_number += workers != self.workers
        self.figures, self.workers = figures, workers

    @property
    def is_true(self) -> bool:
        """Read, and Redis there to correct it."""
        return self.board.epoch > 0 and self.figures.redis == "ok"

    def now(self) -> Seen:
        """What a client has seen that has everything."""
        board = self.board
        return Seen(board.epoch, board.cursor, board.arrived, self._figures_number, self._workers_number)

    def message_for(self, seen: Seen | None, at: int) -> Snapshot | Frame | None:
        """A frame with what is new, or the whole; None for a client that is ahead of this process.

        A client that changed servers may know the log a few milliseconds further than we have read it.
        """
        board = self.board
        if seen is None or seen.epoch != board.epoch:
            return self.snapshot(at)
        if seen.cursor > board.cursor:
            return None
        changes = board.changes_since(seen.cursor, seen.arrived)
        if changes is None:
            return self.snapshot(at)
        return Frame(
            cursor=board.cursor,
            at=at,
            orders=changes.orders,
            left_out=changes.left_out,
            figures=self.figures if seen.figures != self._figures_number else None,
            workers=self.workers if seen.workers != self._workers_number else None,
        )

    def snapshot(self, at: int) -> Snapshot:
        return Snapshot(self.board.cursor, at, self.figures, self.workers, self.board.rows())


@dataclass(frozen=True)
class Encoded:
    """A message as text, and what a client has seen once it has it."""

    text: str
    at: int
    seen: Seen
