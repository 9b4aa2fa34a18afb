"""What browsers and callers may use up of a web process, as frozen values."""

from dataclasses import dataclass
from datetime import timedelta

from orderstream.streams.limits import Rate


@dataclass(frozen=True, slots=True)
class FeedConf:
    """Bounds of the live feed in each web process."""

    frames_per_second: int = 10
    # Rows on the board, and so at most in one frame.
    rows: int = 50
    # A socket that acknowledged nothing for this long is closed.
    silence: timedelta = timedelta(seconds=30)
    # How often rights are looked up again, in case the message that they changed was lost.
    rights_age: timedelta = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class RatesConf:
    """How often one caller may do something; None: as often as they like."""

    sign_ins: Rate | None
    handshakes: Rate | None
    reading: Rate | None
    placing: Rate | None
    operating: Rate | None
