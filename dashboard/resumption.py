"""Where a client that comes back with a cursor stands: at that cursor, or nowhere and needs the whole."""

from typing import Final

from dashboard.cursors import START, Cursor
from dashboard.picture import Picture, Seen
from orderstream.streams.connection import AWAY
from orderstream.streams.events_log import is_beyond_end, is_trimmed, read_events
from orderstream.streams.lane import Lane

# Events. Who missed more has little left of what was on the board, and reading more would hold up the others.
MISSED_MOST: Final = 500


async def resumed(lane: Lane, picture: Picture, cursor: Cursor) -> Seen | None:
    """What it missed is told from the view's own memory, which the log is asked to lengthen where it can."""
    epoch, base = picture.board.epoch, picture.board.base
    if epoch == 0 or cursor == START:
        return None
    try:
        if cursor > picture.board.cursor:
            is_known = not await is_beyond_end(lane, str(cursor))
        elif cursor < base:
            is_known = await _extended(lane, picture, cursor, base)
        else:
            is_known = True
    except AWAY:
        return None
    # The truth may have gone back while we asked; then no cursor of before means anything.
    return Seen(epoch, cursor) if is_known and picture.board.epoch == epoch else None


async def _extended(lane: Lane, picture: Picture, cursor: Cursor, base: Cursor) -> bool:
    """Lengthen the view's memory back to `cursor`; False when the log has not all of it, or too much."""
    events = await read_events(lane, str(cursor), MISSED_MOST)
    # Not by their number: what is no event of ours fills the page and is left out of it.
    if not events or Cursor.parse(events[-1].id) < base:
        return False
    # After the read: what is trimmed while we read may be missing from it.
    if await is_trimmed(lane, str(cursor)):
        return False
    if picture.board.base <= base:
        picture.board.extend_back(cursor, events)
    return picture.board.base <= cursor
