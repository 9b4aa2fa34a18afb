"""What a person may give as a place in a stream, and what that is to Redis."""

import pytest

from orderstream.follower.cursors import LARGEST, WrongCursor, cursor_of

PLACES = {
    "0": "0-0",
    "-": "0-0",
    "0-0": "0-0",
    "1795203724000-0": "1795203724000-0",
    " 1795203724000-7 ": "1795203724000-7",
    "5-010": "5-10",
    "1795203724000": f"1795203723999-{LARGEST}",
    "1970-01-01T00:00:00Z": "0-0",
    "1969-07-20T20:17:40Z": "0-0",
    "2026-11-20T19:02:04Z": f"1795201323999-{LARGEST}",
    "2026-11-20T20:02:04.500+01:00": f"1795201324499-{LARGEST}",
    f"{LARGEST}-{LARGEST}": f"{LARGEST}-{LARGEST}",
}


@pytest.mark.parametrize("text", PLACES)
def test_a_place_is_the_id_behind_which_to_read(text: str) -> None:
    assert cursor_of(text) == PLACES[text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "1-2-3",
        "1-",
        "-1",
        "$",
        ">",
        f"{LARGEST + 1}",
        f"1-{LARGEST + 1}",
        "١",
        "2026-11-20",
        "1" * 10_000,
    ],
)
def test_what_is_no_place_is_named_with_what_would_be_one(text: str) -> None:
    with pytest.raises(WrongCursor, match="is no place in a stream"):
        cursor_of(text)
