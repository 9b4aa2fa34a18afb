"""Says in a few words which browser a User-Agent header stands for; what is no browser keeps its own."""

import re
from typing import Final

from django.utils.translation import gettext

# In this order: nearly all of them also call themselves Safari, and many Chrome.
BROWSERS: Final = (
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/(\d+)")),
    ("Opera", re.compile(r"OPR/(\d+)")),
    ("Samsung Internet", re.compile(r"SamsungBrowser/(\d+)")),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"(?:Chrome|CriOS|Chromium)/(\d+)")),
    ("Safari", re.compile(r"Version/(\d+)\S* (?:Mobile/\S+ )?Safari/")),
)
# Before Linux: Android says that, too; before macOS: an iPad says "like Mac OS X".
SYSTEMS: Final = (
    ("Windows", "Windows NT"),
    ("iOS", "iPhone"),
    ("iPadOS", "iPad"),
    ("Android", "Android"),
    ("macOS", "Macintosh"),
    ("ChromeOS", "CrOS"),
    ("Linux", "Linux"),
)


def described(agent: str) -> str:
    browser = next((f"{name} {found[1]}" for name, mark in BROWSERS if (found := mark.search(agent))), None)
    system = next((name for name, mark in SYSTEMS if mark in agent), None)
    if browser and system:
        return gettext("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or agent or gettext("unknown")
