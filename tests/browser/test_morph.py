"""A part is renewed in place: what stayed the same is not touched, what somebody uses is not taken away."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.installation import Installation

Morph = Callable[..., Any]


@pytest.fixture(scope="module")
def page(browser: Browser, running: Installation) -> Page:
    """One for all: each test begins on an empty body."""
    page = browser.new_page(base_url=running.url)
    page.goto("/sign-in/")
    return page


@pytest.fixture
def morph(page: Page) -> Morph:
    """Shows `old`, does what `before` says, makes it like `fresh`, and evaluates what is asked then.

    In both, `place` is the element that was made; `whole` is what morph answered.
    """

    def run(old: str, fresh: str, asked: str, before: str = "") -> Any:
        return page.evaluate(
            f"""async ([old, fresh]) => {{
                const {{ morph }} = await import("/static/dashboard/js/morph.js");
                if (!customElements.get("its-own"))
                    customElements.define("its-own", class extends HTMLElement {{ isItsOwn = true; }});
                const made = (html) => {{
                    const template = document.createElement("template");
                    template.innerHTML = html;
                    return template.content.firstElementChild;
                }};
                document.body.innerHTML = old;
                const place = document.body.firstElementChild;
                const kept = (() => {{ {before} }})();
                const whole = morph(place, made(fresh));
                return {asked};
            }}""",
            [old, fresh],
        )

    return run


HTML = "place.outerHTML"


@pytest.mark.parametrize(
    ("old", "fresh"),
    [
        ("<p>a</p>", "<p>b</p>"),
        ('<p class="x" title="t">a</p>', '<p class="y">a</p>'),
        ("<ul><li>a</li><li>b</li></ul>", "<ul><li>b</li></ul>"),
        ("<ul><li>b</li></ul>", "<ul><li>a</li><li>b</li><li>c</li></ul>"),
        ("<div><p>a</p>text<b>c</b></div>", "<div><b>c</b>other<p>a</p></div>"),
        ("<div></div>", "<div><!-- x --><svg><use></use></svg></div>"),
    ],
)
def test_the_old_becomes_the_new(morph: Morph, old: str, fresh: str) -> None:
    assert morph(old, fresh, HTML) == fresh
    assert morph(old, fresh, "whole") is True


KEYED = '<ul><li data-key="a">1</li><li data-key="b">2</li><li data-key="c">3</li></ul>'


def test_rows_are_known_by_their_keys(morph: Morph) -> None:
    fresh = '<ul><li data-key="n">0</li><li data-key="c">3</li><li data-key="a">9</li></ul>'
    before = "return [...place.children]"
    assert morph(KEYED, fresh, HTML, before) == fresh
    same = (
        "place.children[1] === kept[2] && place.children[2] === kept[0] && !kept.includes(place.children[0])"
    )
    assert morph(KEYED, fresh, same, before)


def test_the_focus_and_what_was_typed_stay(morph: Morph) -> None:
    old = '<div><p>a</p><input value="one"></div>'
    before = "const i = place.querySelector('input'); i.focus(); i.value = 'typed'; i.setSelectionRange(1, 3)"
    fresh = '<div><h2>new</h2><p>b</p><input value="one"></div>'
    asked = "[document.activeElement.value, document.activeElement.selectionStart, place.innerText]"
    assert morph(old, fresh, asked, before)[:2] == ["typed", 1]


def test_the_focus_stays_on_a_row_that_moves(morph: Morph) -> None:
    old = '<ul><li data-key="a"><a href="#">1</a></li><li data-key="b"><a href="#">2</a></li></ul>'
    fresh = '<ul><li data-key="b"><a href="#">2</a></li><li data-key="a"><a href="#">1</a></li></ul>'
    asked = "document.activeElement === place.children[1].firstChild"
    assert morph(old, fresh, asked, "place.firstChild.firstChild.focus()")
    assert (
        morph(old, fresh, "document.activeElement.textContent", "place.lastChild.firstChild.focus()") == "2"
    )


SELECT = "getSelection().selectAllChildren(place.querySelector('{}'))"


def test_what_is_selected_stays_and_the_rest_changes(morph: Morph) -> None:
    old, fresh = "<div><p>1</p><b>one</b></div>", "<div><p>2</p><b>two</b></div>"
    select = SELECT.format("b")
    assert morph(old, fresh, HTML, select) == "<div><p>2</p><b>one</b></div>"
    assert morph(old, fresh, "[whole, getSelection().toString()]", select) == [False, "one"]


def test_a_selection_elsewhere_holds_nothing_back(morph: Morph) -> None:
    old, fresh = "<div><p>1</p><b>one</b></div>", "<div><p>2</p><b>one</b></div>"
    asked = "[whole, place.firstChild.textContent, getSelection().toString()]"
    assert morph(old, fresh, asked, SELECT.format("b")) == [True, "2", "one"]


def test_a_selected_row_is_not_taken_away(morph: Morph) -> None:
    fresh = '<ul><li data-key="a">1</li></ul>'
    select = SELECT.format("[data-key=b]")
    assert morph(KEYED, fresh, "[whole, place.innerText.split('\\n')]", select) == [False, ["1", "2"]]


def test_what_a_person_has_opened_or_ticked_stays_so(morph: Morph) -> None:
    old = "<div><details><summary>s</summary></details><input type=checkbox><button hidden>b</button></div>"
    before = """
        place.querySelector("details").open = true;
        place.querySelector("input").checked = true;
        place.querySelector("button").hidden = false;
    """
    asked = """[place.querySelector("details").open, place.querySelector("input").checked,
                place.querySelector("button").hidden]"""
    assert morph(old, old.replace(">s<", ">t<"), asked, before) == [True, True, False]


def test_an_element_that_fills_itself_is_exchanged_when_its_attributes_differ(morph: Morph) -> None:
    old = '<p><its-own ms="1">as rendered</its-own></p>'
    fill = "place.firstChild.textContent = 'filled'; place.firstChild.style.color = 'red';"
    before = f"{fill} return place.firstChild"
    assert morph(old, old, "[place.innerText, place.firstChild === kept]", before) == ["filled", True]
    assert morph(old, old.replace('"1"', '"2"'), "place.firstChild === kept", before) is False


def test_what_is_to_be_kept_is_left_alone(morph: Morph) -> None:
    old = '<div>1<section id="s" class="x">full</section></div>'
    fresh = '<div>2<section id="s" data-kept></section></div>'
    assert morph(old, fresh, HTML) == old.replace("1", "2")


def test_a_button_that_has_the_focus_never_becomes_another(morph: Morph) -> None:
    """Whoever drains a worker with Enter and presses Enter again would stop it."""
    old = '<div><button data-url="/drain">Drain</button><button data-url="/stop">Stop</button></div>'
    fresh = '<div><button data-url="/resume">Take up</button><button data-url="/stop">Stop</button></div>'
    asked = "[document.activeElement.localName, kept === place.lastElementChild, place.outerHTML]"
    before = "place.firstElementChild.focus(); return place.lastElementChild;"
    assert morph(old, fresh, asked, before) == ["body", True, fresh]
