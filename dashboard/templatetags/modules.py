"""{% module_preloads "page.js" %}: all modules of a page at once, not each found only by reading another."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from django import template
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

import dashboard

register = template.Library()
FOLDER: Final = Path(dashboard.__file__).parent / "static" / "dashboard" / "js"
_IMPORTED: Final = re.compile(r'^import (?:[^"]* from )?"\./([^"]+)";$', re.MULTILINE)


@register.simple_tag
def module_preloads(*entries: str) -> SafeString:
    urls = ((static(f"dashboard/js/{name}"),) for name in modules_of(*entries))
    return format_html_join("\n  ", '<link rel="modulepreload" href="{}">', urls)


@cache
def modules_of(*entries: str) -> tuple[str, ...]:
    """These and what they import, and so on; the files do not change while the process lives."""
    return tuple(sorted(set(_reached(list(entries)))))


def _reached(waiting: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            yield name
            # Not FOLDER / name: what a template says is a SafeString, which pathlib does not take.
            waiting += _IMPORTED.findall(Path(f"{FOLDER}/{name}").read_text("utf-8"))
