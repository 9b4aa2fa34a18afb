"""What the address of an order's page asks for: which steps, in which order, and what of Redis."""

from dataclasses import dataclass, replace
from typing import Final, Self
from urllib.parse import urlencode

from django.http import QueryDict

SHOWS: Final = ("all", "changes", "notes")
HOLDS: Final = ("status", "entry", "events", "pending")


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """What is as usual is left out of the address; what no link of ours says is as usual."""

    show: str = SHOWS[0]
    holds: str = HOLDS[0]
    is_newest_first: bool = False
    is_deep: bool = False

    @classmethod
    def read(cls, given: QueryDict) -> Self:
        show, holds = given.get("show", ""), given.get("holds", "")
        return cls(
            show=show if show in SHOWS else SHOWS[0],
            holds=holds if holds in HOLDS else HOLDS[0],
            is_newest_first=given.get("newest") == "first",
            is_deep=given.get("look") == "further",
        )

    def __str__(self) -> str:
        return f"?{urlencode(self._asked())}"

    def with_(self, **changes: str | bool) -> Self:
        return replace(self, **changes)  # type: ignore[arg-type] # only our own fields

    def renewal(self, seen: str, now_ms: int) -> str:
        """The address by which the part asks again: it says what it shows, and of when that is.

        Looking further is asked for once: every second it would read a million events.
        """
        asked = self.with_(is_deep=False)._asked()
        return f"?{urlencode({**asked, 'seen': seen, 'at': now_ms})}"

    def _asked(self) -> dict[str, str]:
        asked = {"show": self.show, "holds": self.holds}
        usual = {"show": SHOWS[0], "holds": HOLDS[0]}
        changed = {name: value for name, value in asked.items() if value != usual[name]}
        newest = {"newest": "first"} if self.is_newest_first else {}
        return changed | newest | ({"look": "further"} if self.is_deep else {})
