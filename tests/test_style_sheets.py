"""Rules about our style sheets: each rule stands once, and a page's own sheet says nothing of other pages."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHEETS = ROOT / "dashboard/static/dashboard/css"
TEMPLATES = ROOT / "templates"
# Sheets of one page, by the template that asks for them; the others are in console.css, for all pages.
OWN = {
    "account": "dashboard/account.html",
    "activity": "dashboard/activity/page.html",
    "alarms": "dashboard/board.html",
    "door": "door.html",
    "failed": "dashboard/failed/page.html",
    "order": "dashboard/order/page.html",
    "orders": "dashboard/orders/page.html",
    "stream": "dashboard/stream/page.html",
    "wall": "dashboard/board.html",
    "workers": "dashboard/workers/page.html",
}
OF_THE_ADMIN = "admin"
OF_ALL = "console"
# Pages whose parts have a folder to themselves.
WITH_A_FOLDER = ("activity", "failed", "order", "orders", "stream", "workers")


class Rule(NamedTuple):
    sheet: str
    around: tuple[str, ...]
    selector: str
    says: str


def rules_of(sheet: str) -> Iterator[Rule]:
    text = re.sub(r"(?s)/\*.*?\*/", "", (SHEETS / f"{sheet}.css").read_text("utf-8"))
    around: list[str] = []
    for before, bracket in re.findall(r"([^{}]*)([{}])", text):
        words = " ".join(before.split())
        if bracket == "{":
            around.append(words.rpartition(";")[2].strip())
        else:
            selector = around.pop()
            if words:
                yield Rule(sheet, tuple(around), selector, words)


NAMES = sorted(path.stem for path in SHEETS.glob("*.css") if path.stem != OF_ALL)
RULES = [rule for name in NAMES for rule in rules_of(name)]


def test_the_rules_are_found() -> None:
    assert {rule.sheet for rule in RULES} == set(NAMES)
    assert Rule("charts", ("@layer components",), ".key", "") in [r._replace(says="") for r in RULES]


def test_no_rule_is_said_again_at_another_place() -> None:
    said = Counter((rule.selector, rule.says) for rule in RULES if "@keyframes" not in str(rule.around))
    assert [selector for (selector, _), times in said.items() if times > 1] == []


def test_no_sheet_overrules_another_by_standing_behind_it() -> None:
    sheets: dict[tuple[tuple[str, ...], str], set[str]] = {}
    for rule in RULES:
        if rule.sheet != OF_THE_ADMIN:
            sheets.setdefault((rule.around, rule.selector), set()).add(rule.sheet)
    assert {selector: names for (_, selector), names in sheets.items() if len(names) > 1} == {}


def asked_for_by(template: str) -> list[str]:
    return re.findall(r"css/([\w-]+)\.css", (TEMPLATES / template).read_text("utf-8"))


def test_each_sheet_is_asked_for_once_by_whom_it_is_for() -> None:
    for_all = re.findall(
        r'^@import "\./([\w-]+)\.css";$', (SHEETS / f"{OF_ALL}.css").read_text("utf-8"), re.M
    )
    assert sorted([*for_all, *OWN, OF_THE_ADMIN]) == NAMES
    for template in {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.glob("**/*.html")}:
        asked_for = [name for name, by in OWN.items() if by == template]
        assert asked_for_by(template) == ([OF_ALL] if template == "base.html" else asked_for), template


def classes_in(path: Path) -> set[str]:
    """Also those that stand behind a condition."""
    found = re.findall(r'class="((?:\{%.*?%\}|\{\{.*?\}\}|[^"])*)"', path.read_text("utf-8"))
    return {word for text in found for word in re.sub(r"\{[%{].*?[%}]\}", " ", text).split()}


def selectors_of(rule: Rule) -> list[str]:
    """One by one; a comma within brackets divides none."""
    text, depth = "", 0
    for letter in rule.selector:
        depth += (letter == "(") - (letter == ")")
        text += "\n" if letter == "," and not depth else letter
    return [each.strip() for each in text.split("\n")]


# By its id or its name: there is no other.
OWN_ELEMENT = re.compile(r"#|\[id|(?<![\w.:-])[a-z]+-[a-z-]+")


@pytest.mark.parametrize("page", WITH_A_FOLDER)
def test_a_pages_own_sheet_says_nothing_of_other_pages(page: str) -> None:
    folder = TEMPLATES / "dashboard" / page
    elsewhere = {
        word
        for path in TEMPLATES.glob("**/*.html")
        if folder not in path.parents
        for word in classes_in(path)
    }
    lone = [
        selector
        for rule in RULES
        if rule.sheet == page
        for selector in selectors_of(rule)
        if not OWN_ELEMENT.search(selector) and set(re.findall(r"\.([A-Za-z][\w-]*)", selector)) <= elsewhere
    ]
    assert lone == []
