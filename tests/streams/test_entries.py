"""Raw entries page by page, in both directions, of any stream."""

from orderstream.streams.entries import EntryPage, Span, entries
from orderstream.streams.inspection import StreamName
from tests.streams.scene import Scene


async def page_of(scene: Scene, span: Span, limit: int = 3) -> EntryPage:
    return await entries(scene.lane, StreamName.ORDERS, span, limit)


def ids_of(page: EntryPage) -> list[str]:
    return [entry.id for entry in page.entries]


async def test_the_newest_first_and_then_older_ones(scene: Scene) -> None:
    ids = await scene.placed(7)
    first = await page_of(scene, Span())
    assert (ids_of(first), first.has_older, first.has_newer) == (ids[:3:-1], True, False)
    second = await page_of(scene, Span(before=ids[4]))
    assert (ids_of(second), second.has_older, second.has_newer) == (ids[3:0:-1], True, True)
    last = await page_of(scene, Span(before=ids[1]))
    assert (ids_of(last), last.has_older) == (ids[:1], False)


async def test_and_back_to_newer_ones(scene: Scene) -> None:
    ids = await scene.placed(7)
    page = await page_of(scene, Span(after=ids[0]))
    assert (ids_of(page), page.has_newer) == (ids[3:0:-1], True)
    page = await page_of(scene, Span(after=ids[3]))
    assert (ids_of(page), page.has_newer) == (ids[:3:-1], False)


async def test_a_span_includes_its_ends(scene: Scene) -> None:
    ids = await scene.placed(7)
    page = await page_of(scene, Span(since=ids[1], until=ids[3]))
    assert (ids_of(page), page.has_older) == (ids[3:0:-1], False)
    assert ids_of(await page_of(scene, Span(until="5"))) == []


async def test_any_stream_has_entries(scene: Scene) -> None:
    await scene.placed(2)
    found = await entries(scene.lane, StreamName.EVENTS, Span(), 10)
    assert [entry.fields["type"] for entry in found.entries] == ["order.placed"] * 2
    assert (await entries(scene.lane, StreamName.METRICS, Span(), 10)).entries == []
