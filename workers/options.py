"""The options of runworker_orders as checked, frozen values; a wrong one is named with its remedy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from orderstream import conf
from orderstream.conf import ProcessingConf
from orderstream.streams.liveness import CONCURRENCY_MAX
from workers import handlers, names

PROCESSES_MAX: Final = 64


class WrongOption(Exception):  # noqa: N818 names what is wrong, as the operator reads it
    """An option or a setting cannot be used."""


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """`name` is the given one; the name of this start is made from it."""

    name: str
    concurrency: int
    processes: int
    handler: handlers.Handler
    # Given on the command line: no change of the configuration exchanges it.
    is_handler_fixed: bool
    once: bool
    parent: int | None
    processing: ProcessingConf


def options_from(given: Mapping[str, Any]) -> WorkerOptions:
    """WrongOption says in one sentence which option is wrong and what to give instead."""
    processing = conf.processing()
    if misfit := conf.misfit():
        text = _(
            "The lease that was chosen for all workers %(words)s. %(remedy)s Choose another, or change these."
        )
        raise WrongOption(text % {"words": misfit.words, "remedy": misfit.remedy})
    name = given["name"] or ""
    if name and not names.is_name(name):
        raise WrongOption(
            _("--name %(name)r: use 1 to 48 letters, digits, dots, dashes or underscores.") % {"name": name}
        )
    return WorkerOptions(
        name=name,
        concurrency=_number(given, "concurrency", processing.concurrency, CONCURRENCY_MAX),
        processes=_number(given, "processes", 1, PROCESSES_MAX),
        handler=_handler(given["handler"] or processing.handler),
        is_handler_fixed=bool(given["handler"]),
        once=bool(given["once"]),
        parent=given["parent"],
        processing=processing,
    )


def _number(given: Mapping[str, Any], option: str, default: int, most: int) -> int:
    number = default if given[option] is None else int(given[option])
    if not 1 <= number <= most:
        raise WrongOption(
            _("--%(option)s %(number)s: give a whole number from 1 to %(most)s.")
            % {"option": option, "number": number, "most": most}
        )
    return number


def _handler(path: str) -> handlers.Handler:
    try:
        return handlers.load(path)
    except handlers.NoSuchHandler as error:
        raise WrongOption(
            _("--handler: %(why)s Give the dotted path of a function that takes an order.") % {"why": error}
        ) from error
