"""What an audit is at within a round, and what moves in it, for whoever watches."""

from dataclasses import dataclass
from enum import StrEnum


class Doing(StrEnum):
    READ = "read"
    REREAD = "reread"
    COMPARE = "compare"
    WALK_STREAM = "walk_stream"
    WALK_LISTS = "walk_lists"
    LOOK_AGAIN = "look_again"
    TAKE_STOCK = "take_stock"


@dataclass(frozen=True, slots=True)
class Stage:
    """`looked`: how many events or entries were gone through in it. `left`: orders
    that are to be compared or looked at again, as far as is known."""

    doing: Doing
    looked: int = 0
    left: int = 0
