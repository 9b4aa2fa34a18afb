"""The text and the JSON of a seed's run."""

import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, Protocol

from tests.chaos.checker import Verdict
from tests.chaos.figures import Figures

SHOWN: Final = 8
"""Violations of one rule that are told in words; the JSON has all."""


class Options(Protocol):
    @property
    def seed(self) -> int: ...


class Struck(Protocol):
    """A fault that was tried. `failure`: why the kit itself could not do it."""

    @property
    def name(self) -> str: ...
    @property
    def failure(self) -> str: ...
    @property
    def has_hit(self) -> bool: ...
    @property
    def what(self) -> str: ...


class Run(Protocol):
    @property
    def options(self) -> Options: ...
    @property
    def verdict(self) -> Verdict: ...
    @property
    def struck(self) -> Sequence[Struck]: ...
    @property
    def is_good(self) -> bool: ...
    @property
    def trouble(self) -> str: ...
    @property
    def seconds(self) -> float: ...
    @property
    def late(self) -> float: ...
    @property
    def quiet_after(self) -> float | None:
        """Seconds from the last fault's end until nothing was left to be done, None when it never was."""


def text(run: Run) -> str:
    """What a person reads after a run."""
    head = f"seed {run.options.seed}, commit {commit()}: {_verdict(run)}"
    quiet = "never" if run.quiet_after is None else f"{run.quiet_after:.1f} s after load and faults"
    took = f"took {run.seconds:.0f} s, itself at most {run.late:.1f} s late; all was quiet {quiet}"
    faults = [*_faults(run.struck, run.verdict.figures.recovery), *_failures(run.struck)]
    return "\n".join([head, took, *_figures(run.verdict.figures), *faults, *_violations(run.verdict)])


def as_json(run: Run) -> dict[str, Any]:
    """The same for a program, all violations included."""
    return {
        "seed": run.options.seed,
        "commit": commit(),
        "is_good": run.is_good,
        "trouble": run.trouble,
        "seconds": round(run.seconds, 1),
        "late": round(run.late, 1),
        "quiet_after": run.quiet_after and round(run.quiet_after, 1),
        "faults": [
            {"name": each.name, "what": each.what or each.failure, "has_hit": each.has_hit}
            for each in run.struck
        ],
        **asdict(run.verdict),
    }


def _verdict(run: Run) -> str:
    said = "all holds" if run.verdict.is_good else "VIOLATED"
    return f"{said}, and it PROVES NOTHING: {run.trouble}" if run.trouble else said


def commit() -> str:
    """Short, with a + when the working tree differs from it; where there is no repository, nobody knows."""
    name = _git("rev-parse", "--short", "HEAD") or "unknown"
    return name + ("+" if _git("status", "--porcelain", "-uno") else "")


def _git(*words: str) -> str:
    try:
        return subprocess.run(["git", *words], capture_output=True, text=True).stdout.strip()
    except FileNotFoundError:
        return ""


def _figures(f: Figures) -> Iterator[str]:
    yield f"accepted {f.accepted} of {f.asked}; duplicates refused {f.duplicates_refused}"
    yield (
        f"unknown {f.unknown}: {f.unknown_placed} had been placed, {f.unknown_not_placed} had not, "
        f"{f.unknown_for_ever} unknown still"
    )
    yield (
        f"completed {f.completed}, cancelled {f.cancelled}, failed as planned {f.failed_as_planned}, "
        f"failed unplanned {f.failed_unplanned}"
    )
    yield (
        f"lost {f.lost}, doubled effects {f.doubled_effects}; "
        f"executions per order {f.executions_per_order:.2f}, at most {f.executions_most}"
    )
    yield (
        f"stale outcomes refused {f.stale_refused}, swept {f.swept}; {f.takeover.count} taken over within "
        f"p50 {f.takeover.p50:.1f} s, p99 {f.takeover.p99:.1f} s, at most {f.takeover.most:.1f} s"
    )
    yield (
        f"dashboards equal to the truth {f.converged}/{f.dashboards}; {f.looks.totals} looks at the totals, "
        f"{f.looks.astray} of them also for what is astray"
    )
    if f.levels:
        yield "before and in the end: " + ", ".join(f"{name} {a} {b}" for name, (a, b) in f.levels.items())
    if f.warm_mb:
        yield "memory when warm and what it grew to: " + ", ".join(
            f"{name} {warm} {last} MB" for name, (warm, last) in f.warm_mb.items()
        )
    yield "largest memory: " + ", ".join(f"{name} {mb} MB" for name, mb in f.memory_mb.items())


def _faults(struck: Sequence[Struck], recovery: Mapping[str, float]) -> Iterator[str]:
    hits = sum(each.has_hit for each in struck)
    yield f"faults {len(struck)}, {hits} of them met something; seconds from the end to the next completion:"
    for name, count in sorted(Counter(each.name for each in struck).items()):
        took = recovery.get(name)
        yield f"  {count:3} {name}: {'none came after it' if took is None else f'{took:.2f} s'}"
    for each in struck:
        if not each.has_hit and not each.failure:
            yield f"  met nothing: {each.name}: {each.what}"


def _failures(struck: Sequence[Struck]) -> Iterator[str]:
    for each in struck:
        if each.failure:
            yield f"  could not be done: {each.name}: {each.failure}"


def _violations(verdict: Verdict) -> Iterator[str]:
    counts = Counter(violation.invariant for violation in verdict.violations)
    for invariant, count in sorted(counts.items()):
        yield f"{invariant} violated {count} times"
        told = [v for v in verdict.violations if v.invariant == invariant]
        yield from (f"  {v.subject}: {v.text}" for v in told[:SHOWN])
        if count > SHOWN:
            yield f"  and {count - SHOWN} more"
