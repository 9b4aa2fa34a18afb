"""What the address of the stream page asks for, and the addresses of its parts and of other pages of them."""

from dataclasses import dataclass, fields, replace
from typing import Final, Self
from urllib.parse import urlencode

from django.http import Http404, QueryDict

from dashboard.moments import is_id
from orderstream.streams.inspection import StreamName
from orderstream.streams.lane import GROUP

NAME_MAX: Final = 256  # characters of a group's or consumer's name


@dataclass(frozen=True, slots=True)
class StreamQuery:
    """`cursor` pages through what is pending, `before` and `after` through the entries; empty is absent."""

    name: StreamName = StreamName.ORDERS
    group: str = GROUP
    consumer: str = ""
    cursor: str = ""
    find: str = ""
    zone: str = ""
    before: str = ""
    after: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> Self:
        """Http404 for what no link of ours says; what a person types is judged where it is shown."""
        try:
            name = StreamName(given.get("name") or StreamName.ORDERS)
        except ValueError:
            raise Http404 from None
        texts = {each.name: given.get(each.name, "") for each in fields(cls) if each.name != "name"}
        if any(texts[part] and not is_id(texts[part]) for part in ("cursor", "before", "after")):
            raise Http404
        if any(len(texts[part]) > NAME_MAX for part in ("group", "consumer", "zone")):
            raise Http404
        return cls(name, **texts | {"group": texts["group"] or GROUP})

    @property
    def is_at_the_end(self) -> bool:
        """Whether the newest entries are asked for, which move by themselves."""
        return not (self.find or self.before or self.after)

    def __str__(self) -> str:
        """As a query string; what is as usual is left out."""
        usual = StreamQuery()
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        asked = {name: value for name, value in given.items() if value != getattr(usual, name)}
        return f"?{urlencode(asked, errors='surrogateescape')}" if asked else "?"

    def of(self, name: StreamName) -> Self:
        """Another stream's page, from its beginning."""
        return type(self)(name)

    def with_(self, **changes: str) -> Self:
        return replace(self, **changes)  # type: ignore[arg-type] # never the name
