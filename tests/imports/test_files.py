"""A file is placed once, wherever an import of it dies, however often it is run."""

from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path

import pytest

from orderstream.imports.ledger import AlreadyPlaced
from orderstream.imports.mappings import BY_NAME, PRESETS
from orderstream.imports.placer import Interrupted, Placer
from orderstream.imports.records import Records, UnreadableFile, header
from orderstream.imports.sources import Source
from orderstream.models import FileImport
from orderstream.streams.lane import Lane
from orderstream.streams.placing import Placement
from tests.imports.importing import (
    EXAMPLE,
    imported,
    keys_left,
    made_orders,
    once,
    placer_of,
    real_file,
    references,
    write_orders,
)

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
RETAIL = PRESETS["online-retail"]


class Died(BaseException):
    """The process ends here."""


class Mortal(Placer):
    """Survives `lives` batches, then dies where its kind dies."""

    lives = 0

    def die_if_due(self) -> None:
        self.lives -= 1
        if self.lives < 0:
            raise Died


class DiesBeforePlacing(Mortal):
    async def place(self, placements: Sequence[Placement]) -> None:
        self.die_if_due()
        await super().place(placements)


class DiesWithinABatch(Mortal):
    async def place(self, placements: Sequence[Placement]) -> None:
        await super().place(placements[: len(placements) // 2])
        self.die_if_due()
        await super().place(placements)


class DiesWhenPlaced(Mortal):
    async def place(self, placements: Sequence[Placement]) -> None:
        await super().place(placements)
        self.die_if_due()


class DiesBeforeForgetting(Mortal):
    async def forget(self, scope: str, keys: Iterable[str]) -> None:
        if waiting := list(keys):
            self.die_if_due()
            await super().forget(scope, waiting)


class DiesWhileForgetting(Mortal):
    async def forget(self, scope: str, keys: Iterable[str]) -> None:
        if waiting := list(keys):
            await super().forget(scope, waiting[::2])
            self.die_if_due()
            await super().forget(scope, waiting)


DEATHS = [DiesBeforePlacing, DiesWithinABatch, DiesWhenPlaced, DiesBeforeForgetting, DiesWhileForgetting]


def mortal(lane: Lane, kind: type[Mortal], lives: int = 0) -> Mortal:
    placer = kind(lane, "command:test", 0, lambda _sentence: None)
    placer.lives = lives
    return placer


async def test_every_line_of_the_real_file_is_placed_or_refused(lane: Lane, tmp_path: Path) -> None:
    path, accepted, refused = real_file()

    counts = await imported(lane, path, RETAIL, batch=200, rejects=tmp_path / "r.csv")

    assert (counts.placed, counts.accepted, counts.refused) == (accepted, accepted, refused)
    assert await lane.client.xlen(lane.keys.stream) == accepted
    assert int(await lane.client.hget(lane.keys.totals, "n_placed") or 0) == accepted
    assert await keys_left(lane) == []


async def test_the_example_is_counted_as_its_script_says(lane: Lane, tmp_path: Path) -> None:
    script = made_orders()

    counts = await imported(lane, EXAMPLE, RETAIL, batch=100, rejects=tmp_path / "r.csv")

    assert (counts.accepted, counts.refused) == (script.ACCEPTED, script.REFUSED)
    assert counts.accepted + counts.refused == 2_000


def test_the_example_is_what_its_script_writes() -> None:
    assert EXAMPLE.read_bytes() == made_orders().content()


async def test_running_twice_places_nothing(lane: Lane, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 20)
    await imported(lane, path)

    with pytest.raises(AlreadyPlaced, match="orders: 20"):
        await imported(lane, path)
    assert await references(lane) == once(20)


async def test_the_content_makes_a_file_the_same_not_its_name(lane: Lane, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 20)
    await imported(lane, path)
    copy = tmp_path / "copy.csv"
    copy.write_bytes(path.read_bytes())

    with pytest.raises(AlreadyPlaced):
        await imported(lane, copy)

    write_orders(path, 21)
    assert (await imported(lane, path)).placed == 21


async def test_again_places_all_of_it_once_more(lane: Lane, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 20, bad_lines=[3])
    first = await imported(lane, path)

    second = await imported(lane, path, again=True)

    assert await references(lane) == once(20, bad_lines=[3]) + once(20, bad_lines=[3])
    assert (first.run, second.run) == (1, 2)
    assert (first.rejects, second.rejects) == (tmp_path / "o.rejects.csv", tmp_path / "o.rejects-2.csv")


@pytest.mark.parametrize("death", DEATHS)
async def test_an_import_that_dies_anywhere_is_finished_by_the_next(
    death: type[Mortal], lane: Lane, tmp_path: Path
) -> None:
    bad = [2, 9, 10, 31]
    path = write_orders(tmp_path / "o.csv", 30, bad_lines=bad)

    deaths = 0
    for lives in count():
        try:
            await imported(lane, path, placer=mortal(lane, death, lives))
        except Died:
            deaths += 1
        else:
            break

    assert deaths >= 2
    assert await references(lane) == once(30, bad_lines=bad)
    assert await keys_left(lane) == []
    assert refused_lines(tmp_path / "o.rejects.csv") == bad


async def test_a_batch_that_sql_did_not_remember_is_placed_under_its_keys(lane: Lane, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 30)
    with pytest.raises(Died):
        await imported(lane, path, placer=mortal(lane, DiesWhenPlaced), batch=10)

    assert len(await keys_left(lane)) == 10
    # Other batches than before: it is the line that counts.
    assert (await imported(lane, path, batch=4)).accepted == 30
    assert await references(lane) == once(30)


async def test_refused_lines_stand_in_the_rejects_file_with_number_and_reason(
    lane: Lane, tmp_path: Path
) -> None:
    path = write_orders(tmp_path / "o.csv", 5, bad_lines=[3])
    counts = await imported(lane, path, rejects=tmp_path / "mine.csv")

    assert counts.rejects == tmp_path / "mine.csv"
    assert (tmp_path / "mine.csv").read_text().splitlines() == [
        "line,reason,customer_id,product_id,quantity,price,reference",
        "3,customer_id: Required.,,P-1,2,4.15,3",
    ]


async def test_a_mended_rejects_file_is_imported_with_the_same_mapping(lane: Lane, tmp_path: Path) -> None:
    counts = await imported(
        lane, write_orders(tmp_path / "o.csv", 5, bad_lines=[3]), rejects=tmp_path / "mine.csv"
    )
    assert counts.rejects is not None
    counts.rejects.write_text(counts.rejects.read_text().replace("Required.,,", "Required.,C-9,"))

    assert (await imported(lane, counts.rejects)).placed == 1
    assert await references(lane) == once(5)


async def test_no_refused_line_leaves_no_rejects_file(lane: Lane, tmp_path: Path) -> None:
    counts = await imported(lane, write_orders(tmp_path / "o.csv", 5))

    assert counts.rejects is None
    assert not (tmp_path / "o.rejects.csv").exists()


async def test_a_rejects_file_that_is_gone_is_begun_anew(lane: Lane, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 30, bad_lines=[2, 31])
    with pytest.raises(Died):
        await imported(lane, path, placer=mortal(lane, DiesBeforeForgetting))
    (tmp_path / "o.rejects.csv").unlink()

    counts = await imported(lane, path)

    assert counts.refused == 2
    assert refused_lines(tmp_path / "o.rejects.csv") == [31]


async def test_the_rest_of_the_refused_lines_may_go_elsewhere(lane: Lane, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 30, bad_lines=[2, 31])
    with pytest.raises(Died):
        await imported(lane, path, placer=mortal(lane, DiesBeforeForgetting))

    counts = await imported(lane, path, rejects=tmp_path / "rest.csv")

    assert counts.rejects == tmp_path / "rest.csv"
    assert refused_lines(tmp_path / "o.rejects.csv") == [2]
    assert refused_lines(tmp_path / "rest.csv") == [31]


def test_a_file_of_refused_lines_only_is_read_in_pieces(tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 30, bad_lines=range(2, 32))
    source = Source.opened(path, BY_NAME, ",")

    with source.file:
        sizes = [len(batch.refused) for batch in source.batches(source.start, 8)]

    assert sizes == [8, 8, 8, 6]


async def test_an_unfinished_import_goes_on_only_with_its_own_mapping(lane: Lane, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 30)
    with pytest.raises(Died):
        await imported(lane, path, placer=mortal(lane, DiesBeforeForgetting))
    other = BY_NAME.with_changes(["note=reference"])

    with pytest.raises(UnreadableFile, match="another mapping"):
        await imported(lane, path, other)
    with pytest.raises(UnreadableFile, match="without --again"):
        await imported(lane, path, again=True)
    assert (await imported(lane, path, other, again=True)).accepted == 30


async def test_a_file_that_is_changed_while_it_is_read_is_given_up(lane: Lane, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 30)

    class Scribbles(Placer):
        async def place(self, placements: Sequence[Placement]) -> None:
            await super().place(placements)
            with path.open("a") as file:
                file.write("C-1,P-1,1,1,late\n")

    with pytest.raises(UnreadableFile, match="was changed"):
        await imported(lane, path, placer=placer_of(lane, Scribbles))


async def test_asked_to_stop_it_stops_among_refused_lines_too(lane: Lane, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 30, bad_lines=range(2, 32))
    placer = placer_of(lane)
    placer.stop.set()

    with pytest.raises(Interrupted):
        await imported(lane, path, placer=placer)


async def test_an_import_that_somebody_else_moved_on_stops(lane: Lane, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "o.csv", 30)

    class Overtaken(Placer):
        async def place(self, placements: Sequence[Placement]) -> None:
            await super().place(placements)
            await FileImport.objects.aupdate(offset=10**6)

    with pytest.raises(UnreadableFile, match="Another import"):
        await imported(lane, path, placer=placer_of(lane, Overtaken))


def refused_lines(path: Path) -> list[int]:
    with path.open("rb") as file:
        first = header(file)
        return [int(record.cells[0]) for record in Records(file, first.after)]
