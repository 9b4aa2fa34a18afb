"""What became of an order's earlier attempts, as one sentence: those that ended alike are told together."""

from collections.abc import Sequence
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboard.attempts import Attempt, End
from dashboard.numerals import count

# More would be the timeline again.
CLAUSES_MOST = 3
STOPS = (".", "!", "?", "…", "。")


def story_of(attempts: Sequence[Attempt]) -> str:
    """Of attempts that have ended, oldest first; empty for none."""
    groups = [list(alike) for _key, alike in groupby(attempts, _kind)]
    clauses = [_clause(alike) for alike in groups[-CLAUSES_MOST:]]
    if not clauses:
        return ""
    text = _(", then ").join(clauses)
    if len(groups) > CLAUSES_MOST:
        return _("At last %(story)s.") % {"story": text}
    # A worker's name is spelled as it is.
    is_name = attempts[0].end in {End.LOST, End.RELEASED}
    return f"{text}." if is_name else f"{text[0].upper()}{text[1:]}."


def _kind(attempt: Attempt) -> tuple[End | None, str, str]:
    return attempt.end, attempt.error, attempt.worker if attempt.end is End.LOST else ""


def _clause(alike: Sequence[Attempt]) -> str:
    first, number = alike[0], len(alike)
    values = {"count": count(number), "worker": first.worker, "number": first.number, "error": first.error}
    match first.end:
        case End.LOST:
            return _("%(worker)s was lost with it in hand") % values
        case End.OVERRAN:
            text = ngettext(
                "attempt %(number)s overran its deadline",
                "%(count)s attempts overran their deadlines",
                number,
            )
        case End.RELEASED:
            text = ngettext(
                "%(worker)s handed it back when it was stopped", "%(count)s workers handed it back", number
            )
        case End.PUT_OFF:
            text = ngettext(
                "attempt %(number)s asked to be made later",
                "%(count)s attempts asked to be made later",
                number,
            )
        case End.CANCELLED:
            text = ngettext("attempt %(number)s was cut short", "%(count)s attempts were cut short", number)
        case _:
            text = ngettext(
                "attempt %(number)s ended in %(error)s", "%(count)s attempts ended in %(error)s", number
            )
    return text % values


def joined(*sentences: str) -> str:
    """Those that say something, one behind the other; what a handler said may lack its full stop."""
    return " ".join(said if said.endswith(STOPS) else f"{said}." for said in sentences if said)
