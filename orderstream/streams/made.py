"""Makes values of ours out of JSON that anybody may have written, where each field is what it must be."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, get_args, get_origin, get_type_hints

Value = TypeVar("Value")
# Beyond it neither a browser nor a script of ours holds a whole number exactly.
_BOUND: Final = 2**53


def made(kind: Callable[..., Value], given: Any) -> Value:
    """A dataclass, its tuples from lists. What it does not know is passed over: another version writes more.

    TypeError or ValueError where a field is missing or is not what the class says.
    """
    types, parts = _types(kind), _only(dict, given)
    return kind(**{name: _checked(types[name], part) for name, part in parts.items() if name in types})


@cache
def _types(kind: Callable[..., Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def _checked(kind: Any, part: Any) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple:
        return tuple(_checked(args[0], one) for one in _only(list, part))
    if origin is UnionType:
        return None if part is None and NoneType in args else _checked(args[0], part)
    if origin is Literal:
        return args[args.index(_only(str, part))]
    return _READERS[kind](part) if kind in _READERS else made(kind, part)


def _only(kind: type[Value], part: object) -> Value:
    if not isinstance(part, kind):
        raise TypeError(f"{kind.__name__} wanted")
    return part


def _whole(part: object) -> int:
    number = _only(int, part)
    if isinstance(part, bool) or not 0 <= number < _BOUND:
        raise ValueError("a whole number that is none of ours")
    return number


def _real(part: object) -> float:
    number = part if isinstance(part, float) else _only(int, part)
    if isinstance(part, bool) or not math.isfinite(number) or abs(number) >= _BOUND:
        raise ValueError("a number that is none of ours")
    return number


def _text(part: object) -> str:
    """JSON can spell lone surrogates, which no answer can carry."""
    return _only(str, part).encode("utf-8", "replace").decode()


def _truth(part: object) -> bool:
    return _only(bool, part)


_READERS: Final[Mapping[type, Callable[[object], object]]] = MappingProxyType(
    {int: _whole, float: _real, str: _text, bool: _truth}
)
