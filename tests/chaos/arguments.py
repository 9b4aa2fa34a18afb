"""What both commands of the kit take, and how they speak and end."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

GOOD: Final = 0
VIOLATED: Final = 1
MISUSED: Final = 2
TROUBLE: Final = 3
INTERRUPTED: Final = 130


def at_least(least: int) -> Callable[[str], int]:
    """A whole number, for argparse."""

    def whole(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is too few; use {least} or more")
        return number

    return whole


def minutes(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes") from None
    if not 0 < number < 10_000:
        raise argparse.ArgumentTypeError(f"{text} minutes cannot be had; use more than 0")
    return number


def new_file(text: str) -> Path:
    """Where something can be written; said before anything is run, not after."""
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text} cannot be written: name a file in a folder that is there")
    return path


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def ignore(_text: str) -> None:
    pass
