"""A look at any server, as the command takes it."""

from collections.abc import Awaitable, Callable

import pytest

from orderstream.checkup.examining import examine
from orderstream.checkup.findings import Finding, Report
from orderstream.streams.connection import connect
from orderstream.streams.keys import Keys
from orderstream.streams.lane import Lane

Examine = Callable[[str], Awaitable[Report]]


@pytest.fixture
def report_on(keys: Keys) -> Examine:
    async def look(url: str) -> Report:
        client = connect(url)
        try:
            return await examine(Lane(client, keys), url)
        finally:
            await client.aclose()

    return look


def found(report: Report, check: str) -> Finding:
    [finding] = [each for each in report.findings if each.check == check]
    return finding
