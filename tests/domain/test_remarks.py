"""Reasons and notes: what is taken, and what is wrong with the rest."""

import pytest

from orderstream.domain.remarks import InvalidRemark, note_from, reason_from


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, ""),
        ({"reason": None}, ""),
        ({"reason": "  "}, ""),
        ({"reason": " typing error "}, "typing error"),
        ({"reason": "one\r\ntwo\nthree"}, "one\ntwo\nthree"),
        ({"reason": "山" * 166}, "山" * 166),
        ({"reason": "a" * 500}, "a" * 500),
    ],
)
def test_a_reason_may_be_absent_and_have_lines(given: dict[str, object], reason: str) -> None:
    assert reason_from(given) == reason


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (5, "type"),
        (True, "type"),
        (["x"], "type"),
        ("a" * 501, "too_long"),
        ("山" * 167, "too_long"),  # 501 bytes
        ("a\x00b", "character"),
        ("a\tb", "character"),
        ("a\rb", "character"),
        ("a\x85b", "character"),
        ("\ud800", "character"),
    ],
)
def test_a_wrong_reason_is_named(reason: object, code: str) -> None:
    with pytest.raises(InvalidRemark, match="reason:") as wrong:
        reason_from({"reason": reason})
    assert wrong.value.problem.code == code


@pytest.mark.parametrize("text", ["x", " x ", "one\ntwo", "one\ttwo", "山" * 500])
def test_a_note_is_kept_as_it_is(text: str) -> None:
    assert note_from({"text": text}) == text.strip()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n", "empty"),
        (None, "type"),
        (1, "type"),
        ("x" * 501, "too_long"),
        ("\x1b", "character"),
    ],
)
def test_a_wrong_note_is_named(text: object, code: str) -> None:
    with pytest.raises(InvalidRemark, match="text:") as wrong:
        note_from({"text": text})
    assert wrong.value.problem.code == code


def test_a_note_that_is_not_there_is_empty() -> None:
    with pytest.raises(InvalidRemark, match="1 to 500 characters"):
        note_from({})
