"""Our settings have one reader, conf.py, and conf.py gives what they say."""

import re
from dataclasses import FrozenInstanceError
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as all_settings
from pytest_django import Settings

from orderstream import conf

ROOT = Path(__file__).resolve().parent.parent
OURS = re.compile(r"settings\.(ORDERSTREAM_\w+|REDIS_\w+)")
READERS = {Path("orderstream/conf.py"), Path("orderstream/settings.py")}


def test_nobody_else_reads_our_settings() -> None:
    sources = [
        path for part in ("orderstream", "workers", "dashboard") for path in (ROOT / part).rglob("*.py")
    ]
    assert len(sources) > 50
    found = {path.relative_to(ROOT) for path in sources if OURS.search(path.read_text())}
    assert found - READERS == set()


def test_every_setting_of_ours_is_read_by_somebody() -> None:
    used = (ROOT / "orderstream/conf.py").read_text() + (ROOT / "orderstream/settings.py").read_text()
    for name in dir(all_settings):
        if name.startswith("ORDERSTREAM_"):
            assert len(re.findall(rf"\b{name}\b", used)) > 2, (
                f"{name} is read from the environment for nobody"
            )


def test_values_follow_the_settings_and_cannot_be_changed(settings: Settings) -> None:
    settings.ORDERSTREAM_LEASE_SECONDS = timedelta(seconds=20)
    settings.ORDERSTREAM_BACKLOG_LIMIT = 7
    settings.ORDERSTREAM_SIMULATE_SECONDS = (timedelta(0), timedelta(seconds=1))
    settings.ORDERSTREAM_KEY_PREFIX = "shop-2:"
    assert conf.processing().lease == timedelta(seconds=20)
    assert conf.limits().backlog == 7
    assert conf.simulation().longest == timedelta(seconds=1)
    assert conf.stream().keys.stream == "shop-2:orders:stream"
    with pytest.raises(FrozenInstanceError):
        conf.processing().lease = timedelta()  # type: ignore[misc]


async def test_a_lane_is_shared_within_an_event_loop_and_follows_the_settings(settings: Settings) -> None:
    first = conf.lane()
    assert conf.lane() is first
    settings.ORDERSTREAM_KEY_PREFIX = "other:"
    assert conf.lane() is not first
    assert conf.lane().keys.stream == "other:orders:stream"
    await conf.close_lanes()
    assert conf.lane() is not first
    await conf.close_lanes()


async def test_at_the_level_replicated_a_lane_waits_for_replicas(settings: Settings) -> None:
    assert conf.lane().replication is None
    settings.ORDERSTREAM_DURABILITY = "replicated"
    settings.ORDERSTREAM_REPLICAS = 2
    settings.ORDERSTREAM_REPLICA_WAIT_SECONDS = timedelta(seconds=0.0001)
    replication = conf.lane().replication
    assert replication is not None
    # 0 ms would be for ever.
    assert replication.words == ("WAIT", 2, 1)
    # Whoever waits takes no connection from whoever reads.
    assert replication.client.connection_pool is not conf.lane().client.connection_pool
    await conf.close_lanes()
