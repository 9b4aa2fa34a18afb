"""`write_fields`: what the keeper and operators say is written whole, on a full server too."""

from redis import Redis

from orderstream.streams.codec import pairs
from orderstream.streams.controlling import pause, resume
from orderstream.streams.figures import set_control
from tests.streams.scene import Scene


async def test_fields_are_written_together_and_others_stay(scene: Scene) -> None:
    key, words = scene.lane.keys.outlook, ["at", 6, "flow", "idle"]
    assert await scene.lane.run("write_fields", keys=[key], args=["at", 5, "verdict", "x"]) == 2
    assert await scene.lane.run("write_fields", keys=[key], args=words) == 1
    assert pairs(await scene.lane.command("HGETALL", key)) == {"at": "6", "verdict": "x", "flow": "idle"}


async def test_a_full_server_can_be_paused_and_told_to_refuse(scene: Scene, fill: Redis) -> None:
    fill.config_set("maxmemory", 1)
    await pause(scene.lane)
    await set_control(scene.lane, {"full": "1"})
    control = pairs(await scene.lane.command("HGETALL", scene.lane.keys.control))
    assert (control["paused"], control["full"]) == ("1", "1")
    await resume(scene.lane)
    assert await scene.lane.command("HEXISTS", scene.lane.keys.control, "paused") == 0
