"""Imports a file in this process, and looks at what came of it."""

import io
import os
from collections import Counter
from collections.abc import Iterable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from orderstream.imports.files import Counts, FileOptions, import_file
from orderstream.imports.mappings import BY_NAME, FieldColumns
from orderstream.imports.placer import Placer
from orderstream.imports.progress import Progress
from orderstream.imports.sources import Source
from orderstream.streams.lane import Lane

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "orders.csv"


def placer_of(lane: Lane, kind: type[Placer] = Placer, **given: Any) -> Placer:
    options: dict[str, Any] = {"actor": "command:test", "backlog_limit": 0, "say": lambda _sentence: None}
    return kind(lane, **(options | given))


async def imported(
    lane: Lane,
    path: Path,
    mapping: FieldColumns = BY_NAME,
    *,
    placer: Placer | None = None,
    batch: int = 7,
    rejects: Path | None = None,
    again: bool = False,
) -> Counts:
    """Place the file's orders, as the command does once it holds the lock."""
    source = Source.opened(path, mapping, ",")
    with source.file:
        options = FileOptions(batch, rejects, again)
        return await import_file(source, options, placer or placer_of(lane), Progress(io.StringIO()))


def write_orders(path: Path, count: int, *, bad_lines: Iterable[int] = ()) -> Path:
    """Line N (the header is 1) has the reference N; a bad line has no customer."""
    bad = set(bad_lines)
    lines = ["customer_id,product_id,quantity,price,reference"]
    lines += [f"{'' if n in bad else 'C-1'},P-1,2,4.15,{n}" for n in range(2, count + 2)]
    path.write_text("\n".join(lines) + "\n")
    return path


async def references(lane: Lane) -> Counter[str]:
    """How often each reference stands in the stream."""
    entries = await lane.client.xrange(lane.keys.stream)
    return Counter(fields.get("reference", "") for _id, fields in entries)


def once(count: int, *, bad_lines: Iterable[int] = ()) -> Counter[str]:
    """What `references` is when every line of `write_orders` was placed once."""
    return Counter(str(n) for n in range(2, count + 2) if n not in set(bad_lines))


async def keys_left(lane: Lane) -> list[str]:
    """Idempotency keys that nobody has forgotten: they would stay for ever."""
    names = [name async for name in lane.client.scan_iter(lane.keys.idempotency("*", "*"))]
    return [name for name in names if await lane.client.ttl(name) == -1]


def made_orders() -> Any:
    """The script that writes the example; it lies beside it and in no package."""
    spec = spec_from_file_location("make_orders", EXAMPLE.with_name("make_orders.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def real_file() -> tuple[Path, int, int]:
    """The file that ORDERS_CSV names, or the example, with what must become of its lines."""
    if named := os.environ.get("ORDERS_CSV"):
        return ROOT / named, 18_261, 1_739
    script = made_orders()
    return EXAMPLE, script.ACCEPTED, script.REFUSED
