"""What is said to somebody who lacks the right to a page."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orderstream.access.callers import Caller
from orderstream.access.rights import Right

_WORDS: Final[Mapping[Right, Promise]] = MappingProxyType(
    {
        Right.READ_ORDERS: _("You may not look at the orders"),
        Right.PLACE_ORDERS: _("You may not place orders"),
        Right.OPERATE_ORDERS: _("You may not cancel, retry or discard orders"),
        Right.OPERATE_STREAM: _("You may not operate the stream"),
        Right.CONFIGURE: _("You may not change the settings"),
    }
)
_WORDS_FOR_READERS: Final[Mapping[Right, Promise]] = MappingProxyType(
    {
        Right.PLACE_ORDERS: _("You may look, but not place orders"),
        Right.OPERATE_STREAM: _("You may look at the orders, but not operate the stream"),
    }
)


def refusal(caller: Caller, missing: Right) -> Promise:
    if caller.may(Right.READ_ORDERS):
        return _WORDS_FOR_READERS.get(missing, _WORDS[missing])
    return _WORDS[missing]
