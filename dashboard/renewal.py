"""Reads the newest orders whole: at the start, after an outage, and when there is too much to fold."""

from dashboard.board import Board
from dashboard.cursors import Cursor
from dashboard.rows import ShownOrder
from orderstream.streams import figures
from orderstream.streams.lane import Lane
from orderstream.streams.orders_read import newest


async def renew(board: Board, lane: Lane) -> None:
    # The cursor first: what happens between the two reads is in the rows already and comes as events again.
    snapshot = await figures.snapshot(lane)
    orders = await newest(lane, board.size)
    arrived = snapshot.totals.get("n_placed", 0) + snapshot.totals.get("n_adopted", 0)
    board.renew(Cursor.parse(snapshot.cursor), arrived, map(ShownOrder.stored, orders))
