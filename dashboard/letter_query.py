"""What the address of the dead letters asks for: groups or one by one, of which error, which page."""

import re
from dataclasses import dataclass, replace
from typing import Final, Self
from urllib.parse import urlencode

from django.http import QueryDict

from orderstream.domain.errors import ERROR_CODE_BYTES
from orderstream.streams.codec import is_order_id

_PAGE: Final = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)
DEEDS: Final = ("requeue", "discard")
ORDERS_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class LetterQuery:
    """`error` None: of whatever error; empty: of those whose status cannot be read."""

    is_one_by_one: bool = False
    error: str | None = None
    page: int = 1

    @classmethod
    def read(cls, given: QueryDict) -> Self:
        """What no link of ours says is as usual."""
        page = given.get("page", "")
        return cls(
            is_one_by_one=given.get("view") == "letters",
            error=_error(given),
            page=int(page) if _PAGE.fullmatch(page) else 1,
        )

    def __str__(self) -> str:
        view = {"view": "letters"} if self.is_one_by_one else {}
        error = {} if self.error is None else {"error": self.error}
        page = {"page": self.page} if self.page > 1 else {}
        return f"?{urlencode(view | error | page, errors='replace')}"

    def grouped(self) -> Self:
        return type(self)()

    def one_by_one(self, error: str | None = None) -> Self:
        return type(self)(True, error)

    def turned(self, pages: int) -> Self:
        return replace(self, page=self.page + pages)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which letters a deed is meant for: these orders, or else all of an error (None: of any)."""

    deed: str
    orders: tuple[str, ...] = ()
    error: str | None = None
    is_first_round: bool = False

    @classmethod
    def read(cls, given: QueryDict) -> Self:
        deed = given.get("deed", "")
        orders = [each for each in given.get("orders", "").split(",") if is_order_id(each)]
        return cls(
            deed=deed if deed in DEEDS else DEEDS[0],
            orders=tuple(dict.fromkeys(orders))[:ORDERS_MOST],
            error=_error(given),
            is_first_round=given.get("rounds") == "first",
        )


def _error(given: QueryDict) -> str | None:
    error = given.get("error")
    return None if error is None else error[:ERROR_CODE_BYTES]
