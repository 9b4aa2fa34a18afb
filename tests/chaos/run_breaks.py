"""The same of what was seen beside the orders: boards, processes, answers, and the looks at all of it."""

from tests.chaos.breaks import Break, a_hash_says_otherwise
from tests.chaos.facts import Astray, Breach, Happening, Level, Lifetime, Looks, Measured, Watched
from tests.chaos.history import Kind, Phase
from tests.chaos.ideal import BOARDS, Ideal
from tests.chaos.lasting import CONNECTIONS_MORE
from tests.chaos.on_the_way import FILES_MORE, MEMORY_MOST
from tests.chaos.processes import Death


def a_figure_did_not_add_up(ideal: Ideal) -> None:
    ideal.more["watched"] = Watched(BOARDS, BOARDS, unbalanced=["5 came, 4 are there"])


def nowhere_for_a_while(ideal: Ideal) -> None:
    ideal.more["astray"] = [Astray(1_000, 1_500, 3)]


def one_board_is_wrong(ideal: Ideal) -> None:
    ideal.more["watched"] = Watched(BOARDS, BOARDS - 1)


def a_board_went_back(ideal: Ideal) -> None:
    ideal.more["watched"] = Watched(BOARDS, BOARDS, backwards=["1-0 from version 4 to 3"])


def web_is_large(ideal: Ideal) -> None:
    ideal.more["processes"] = {"web-1": Measured(MEMORY_MOST + 1)}


def web_leaks_connections(ideal: Ideal) -> None:
    ideal.more["processes"] = {"web-2": Measured(1, 30, 31 + FILES_MORE)}


def keeper_leaks(ideal: Ideal) -> None:
    """A MB in twenty seconds, from when it is warm."""
    course = [(float(at), (80 << 20) + (max(0, at - 90) << 20) // 20) for at in range(0, 600, 2)]
    ideal.more["lifetimes"] = [Lifetime("keeper-1", 0, course)]


def keeper_leaks_in_spite_of_a_storm(ideal: Ideal) -> None:
    """Storms are no business of its: a MB in forty seconds, on either side of one."""
    course = [(float(at), (80 << 20) + (max(0, at - 90) << 20) // 40) for at in range(0, 600, 2)]
    ideal.more["lifetimes"] = [Lifetime("keeper-1", 0, course)]
    ideal.more["happenings"] = [Happening("storm", 320_000, 340_000)]


def web_leaks_after_a_storm(ideal: Ideal) -> None:
    course = [(float(at), (120 << 20) + (max(0, at - 300) << 20) // 15) for at in range(0, 800, 2)]
    ideal.more["lifetimes"] = [Lifetime("web-1", 0, course)]
    ideal.more["happenings"] = [Happening("storm", 250_000, 280_000)]


def a_consumer_stays_behind(ideal: Ideal) -> None:
    ideal.more["before"] = Level(0, 0, 5, 4, 60)
    ideal.more["after"] = Level(0, 0, 6, 4, 60)


def connections_stay_behind(ideal: Ideal) -> None:
    ideal.more["before"] = Level(0, 0, 5, 4, 60)
    ideal.more["after"] = Level(0, 0, 5, 4, 60 + CONNECTIONS_MORE + 1)


def answered_with_500(ideal: Ideal) -> None:
    line = ideal.lines[0]
    ideal.say(Phase.UNKNOWN, line.kind, line.key, line.references, status=500)


def a_look_was_answered_with_502(ideal: Ideal) -> None:
    ideal.say(Phase.FAIL, Kind.LOOK, "", ideal.lines[0].references, status=502)


def ended_by_itself(ideal: Ideal) -> None:
    ideal.more["deaths"] = [Death(0.0, "worker-1", 7, 1, is_asked=False, lived=60.0)]


def ended_badly_when_asked(ideal: Ideal) -> None:
    ideal.more["deaths"] = [Death(0.0, "worker-1", 7, 1, is_asked=True, lived=1.0)]


def had_no_ear_any_more(ideal: Ideal) -> None:
    ideal.more["deaths"] = [Death(0.0, "worker-1", 7, -15, is_asked=True, lived=60.0)]


def told_a_stack_trace(ideal: Ideal) -> None:
    ideal.more["traces"] = ["web-1: request failed path=/api/orders"]


def saw_it_broken(ideal: Ideal) -> None:
    ideal.more["breaches"] = [Breach("I12", "dashboards", "of 10 that never read 9 were closed")]


def never_quiet(ideal: Ideal) -> None:
    ideal.more["is_quiet"] = False


def went_on_while_it_was_read(ideal: Ideal) -> None:
    """Then hashes and events are of different moments, and nothing is said of them."""
    a_hash_says_otherwise(ideal)
    ideal.more["is_still"] = False


def seldom_looked_at(ideal: Ideal) -> None:
    ideal.more["looks"] = Looks(60.0, 40, 40)


def never_looked_for_what_is_astray(ideal: Ideal) -> None:
    ideal.more["looks"] = Looks(60.0, 240, 20)


def a_socket_ended_by_an_error(ideal: Ideal) -> None:
    ideal.more["watched"] = Watched(BOARDS, BOARDS, broken=["dashboard 3 at web-1"])


RUN_BREAKS: list[tuple[str, Break]] = [
    ("I1", never_quiet),
    ("I1", went_on_while_it_was_read),
    ("I7", a_figure_did_not_add_up),
    ("I7", seldom_looked_at),
    ("I9", never_looked_for_what_is_astray),
    ("I9", nowhere_for_a_while),
    ("I11", one_board_is_wrong),
    ("I11", a_board_went_back),
    ("I11", a_socket_ended_by_an_error),
    ("I12", saw_it_broken),
    ("I12", web_is_large),
    ("I12", web_leaks_connections),
    ("I12", keeper_leaks),
    ("I12", keeper_leaks_in_spite_of_a_storm),
    ("I12", web_leaks_after_a_storm),
    ("I12", a_consumer_stays_behind),
    ("I12", connections_stay_behind),
    ("I14", answered_with_500),
    ("I14", a_look_was_answered_with_502),
    ("I14", told_a_stack_trace),
    ("I16", ended_badly_when_asked),
    ("I16", had_no_ear_any_more),
    ("up", ended_by_itself),
]
