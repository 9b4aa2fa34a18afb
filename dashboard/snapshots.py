"""The picture for a page's first paint, so that the page is right before its socket opens."""

import time

from dashboard import lobby
from dashboard.clock import ServerClock
from dashboard.cursors import START, Cursor
from dashboard.figures import FiguresReader
from dashboard.picture import Picture
from dashboard.protocol import Snapshot
from dashboard.renewal import renew
from orderstream import conf
from orderstream.streams.lane import Lane


async def board(placed: Cursor = START) -> Snapshot:
    """From the running feed where it knows of the order `placed`, which somebody has just seen accepted,
    else read from Redis; its AWAY errors pass through."""
    feed = lobby.here().feed
    if feed is not None and feed.picture.is_true and feed.picture.board.newest >= placed:
        return feed.picture.snapshot(feed.clock.tick())
    return await read(conf.lane(), conf.feed().rows)


async def read(lane: Lane, rows: int) -> Snapshot:
    picture, clock = Picture(rows), ServerClock()
    await renew(picture.board, lane)
    reading = await FiguresReader().read(lane, time.monotonic())
    clock.read(reading.now_ms)
    picture.show(reading.figures, reading.workers)
    return picture.snapshot(clock.tick())
