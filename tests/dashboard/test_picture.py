"""Which message brings a client from what it has seen to what is known."""

from dataclasses import replace

import pytest

from dashboard.cursors import START, Cursor
from dashboard.picture import Picture, Seen
from dashboard.protocol import Figures, Frame, Snapshot

AT = 7


@pytest.fixture
def picture() -> Picture:
    picture = Picture(3)
    picture.board.renew(Cursor(10, 0), 0, [])
    picture.show(Figures(lag=1), ())
    return picture


def test_who_has_seen_nothing_gets_the_whole(picture: Picture) -> None:
    assert isinstance(picture.message_for(None, AT), Snapshot)


def test_who_has_seen_another_truth_gets_the_whole(picture: Picture) -> None:
    seen = picture.now()
    picture.board.renew(Cursor(9, 0), 0, [])
    assert isinstance(picture.message_for(seen, AT), Snapshot)


def test_who_is_before_all_that_is_known_gets_the_whole(picture: Picture) -> None:
    assert isinstance(picture.message_for(replace(picture.now(), cursor=START), AT), Snapshot)


def test_who_is_ahead_of_us_waits(picture: Picture) -> None:
    assert picture.message_for(replace(picture.now(), cursor=Cursor(11, 0)), AT) is None


def test_who_has_seen_all_gets_an_empty_frame(picture: Picture) -> None:
    assert picture.message_for(picture.now(), AT) == Frame(Cursor(10, 0), AT, ())


def test_only_what_changed_is_in_a_frame(picture: Picture) -> None:
    seen = picture.now()
    picture.show(Figures(lag=2), ())
    frame = picture.message_for(seen, AT)
    assert isinstance(frame, Frame)
    assert (frame.figures, frame.workers) == (Figures(lag=2), None)


def test_who_comes_back_gets_all_figures(picture: Picture) -> None:
    frame = picture.message_for(Seen(picture.board.epoch, Cursor(10, 0)), AT)
    assert isinstance(frame, Frame)
    assert (frame.figures, frame.workers) == (Figures(lag=1), ())
