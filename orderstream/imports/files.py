"""One run over a file: place a batch, keep its refused lines, remember it in SQL, forget its keys, and so on.

It may die between any two lines: what was placed but not remembered is placed again under the same keys,
which changes nothing; its refused lines are written again; whoever goes on forgets the keys left."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from orderstream.domain.orders import OrderDraft
from orderstream.imports import ledger
from orderstream.imports.placer import Placer
from orderstream.imports.progress import Progress
from orderstream.imports.rejects import RejectsFile, free_path
from orderstream.imports.sources import Batch, Source
from orderstream.models import FileImport
from orderstream.streams.placing import Placement


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run came to: `placed` by this start of it, `accepted` and `refused` by all its starts."""

    placed: int
    accepted: int
    refused: int
    run: int
    rejects: Path | None

    @classmethod
    def of_finished(cls, run: FileImport) -> Self:
        """Nothing was left to place."""
        return cls(0, run.accepted, run.refused, run.number, _kept(run))


@dataclass(frozen=True, slots=True)
class FileOptions:
    """How to import: orders per call, where refused lines go (None: beside the file), all of it once more."""

    batch: int
    rejects: Path | None = None
    again: bool = False


async def import_file(source: Source, options: FileOptions, placer: Placer, progress: Progress) -> Counts:
    """Place every line that is not placed yet. Only the holder of the file's lock may call it.

    AlreadyPlaced when there is none; UnreadableFile, Interrupted and RedisAway when it ends too early.
    """
    async with _opened_run(source, options) as (run, rejects):
        already = run.accepted
        progress.begin(source.size, run.offset)
        await _forget_last_batch(run, placer)
        for batch in source.batches(ledger.position(run), options.batch):
            placer.check_stop()
            source.check_unchanged()
            await placer.place([_placement(run, *order) for order in batch.orders])
            rejects.add(batch.refused)
            await ledger.commit(run, batch, str(rejects.path), rejects.size)
            await _forget(run, batch, placer)
            progress.show(run.offset, run.accepted - already, run.refused)
        await ledger.finish(run)
        return Counts(run.accepted - already, run.accepted, run.refused, run.number, _kept(run))


def count_lines(source: Source, options: FileOptions, progress: Progress) -> Counts:
    """What an import would accept and refuse, from the first line on; neither Redis nor SQL is asked."""
    rejects = RejectsFile.create(options.rejects, source.names, source.delimiter) if options.rejects else None
    accepted = refused = 0
    for batch in source.batches(source.start, options.batch):
        accepted += len(batch.orders)
        refused += len(batch.refused)
        if rejects:
            rejects.add(batch.refused)
        progress.show(batch.after.offset, 0, refused)
    if rejects:
        rejects.close()
    return Counts(0, accepted, refused, 0, options.rejects)


@asynccontextmanager
async def _opened_run(source: Source, options: FileOptions) -> AsyncIterator[tuple[FileImport, RejectsFile]]:
    latest = await ledger.latest_run(source)
    run = ledger.unfinished_run(source, latest, again=options.again)
    rejects = _rejects_of(run, source, options)
    try:
        if run is None:
            run = await ledger.new_run(source, latest, str(rejects.path), rejects.size)
        yield run, rejects
    finally:
        # A file with nothing but its header says nothing.
        rejects.close(remove=run is None or not run.refused)


def _rejects_of(run: FileImport | None, source: Source, options: FileOptions) -> RejectsFile:
    """The run's own file as it was at the last remembered batch, or a new one."""
    if run is not None and options.rejects in {None, Path(run.rejects_path)}:
        found = RejectsFile.reopen(Path(run.rejects_path), run.rejects_size, source.delimiter)
        if found is not None:
            return found
    path = options.rejects or free_path(source.path.absolute())
    return RejectsFile.create(path, source.names, source.delimiter)


def _kept(run: FileImport) -> Path | None:
    return Path(run.rejects_path) if run.refused else None


def _scope(run: FileImport) -> str:
    return f"import:{run.digest}:{run.number}"


def _placement(run: FileImport, line: int, draft: OrderDraft) -> Placement:
    # The line of this very file is what makes an order the same, not what it says: so the digest is constant.
    return Placement(draft, key=str(line), scope=_scope(run), digest="line")


async def _forget(run: FileImport, batch: Batch, placer: Placer) -> None:
    await placer.forget(_scope(run), [str(line) for line, _ in batch.orders])


async def _forget_last_batch(run: FileImport, placer: Placer) -> None:
    lines = range(run.keys_from_line, run.line)
    await placer.forget(_scope(run), map(str, lines))
