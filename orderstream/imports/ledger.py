"""What is committed of each file, in SQL, by the digest of its bytes; written after each batch."""

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from orderstream.imports.records import Position, UnreadableFile
from orderstream.imports.sources import Batch, Source
from orderstream.models import FileImport


class AlreadyPlaced(Exception):  # noqa: N818 not an error: everything is there
    """Every line of this file was placed before."""

    def __init__(self, run: FileImport) -> None:
        assert run.finished_at is not None, "raised for finished runs only"  # noqa: S101 narrows the type
        when = date_format(timezone.localtime(run.finished_at), "DATETIME_FORMAT")
        super().__init__(
            _("This file was placed already (%(when)s; orders: %(orders)s); --again places it once more.")
            % {"when": when, "orders": f"{run.accepted:,}"}
        )
        self.run = run


@sync_to_async
def latest_run(source: Source) -> FileImport | None:
    return FileImport.objects.filter(digest=source.digest).order_by("-number").first()


def unfinished_run(source: Source, latest: FileImport | None, *, again: bool) -> FileImport | None:
    """The run to go on with, None for a new one. Only the holder of the file's lock may act on it."""
    if latest is None:
        return None
    if latest.finished_at is not None:
        if again:
            return None
        raise AlreadyPlaced(latest)
    if latest.meaning == source.meaning:
        if again:
            raise UnreadableFile(
                _("An import of this file was cut short at line %(line)s; finish it first, without --again.")
                % {"line": latest.line}
            )
        return latest
    if again:
        return None
    raise UnreadableFile(
        _(
            "An import of this file was cut short at line %(line)s with another mapping (%(meaning)s); "
            "finish it with that one, or place all lines once more with --again."
        )
        % {"line": latest.line, "meaning": latest.meaning}
    )


@sync_to_async
def new_run(source: Source, after: FileImport | None, rejects_path: str, rejects_size: int) -> FileImport:
    start = source.start
    return FileImport.objects.create(
        digest=source.digest,
        number=after.number + 1 if after else 1,
        name=source.path.name[:200],
        meaning=source.meaning,
        line=start.line,
        offset=start.offset,
        keys_from_line=start.line,
        rejects_path=rejects_path,
        rejects_size=rejects_size,
    )


@sync_to_async
@transaction.atomic
def commit(run: FileImport, batch: Batch, rejects_path: str, rejects_size: int) -> None:
    """The batch is placed. UnreadableFile when somebody else moved this run on: the locks were not shared."""
    changed = FileImport.objects.filter(pk=run.pk, offset=run.offset, finished_at=None).update(
        # The keys of these lines may still be in Redis: whoever goes on forgets them first.
        keys_from_line=run.line,
        line=batch.after.line,
        offset=batch.after.offset,
        accepted=F("accepted") + len(batch.orders),
        refused=F("refused") + len(batch.refused),
        rejects_path=rejects_path,
        rejects_size=rejects_size,
        updated_at=timezone.now(),
    )
    if not changed:
        raise UnreadableFile(_("Another import of the same file is running; let it finish."))
    run.refresh_from_db()


@sync_to_async
def finish(run: FileImport) -> None:
    run.finished_at = timezone.now()
    run.save(update_fields=["finished_at"])


def position(run: FileImport) -> Position:
    return Position(run.line, run.offset)
