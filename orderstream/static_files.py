"""Names static files by their content, so that browsers may keep them for ever and never mix two versions."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage
from servestatic.storage import CompressedManifestStaticFilesStorage

JOINED: Final = "dashboard/css/console.css"
_IMPORT: Final = re.compile(r'^@import "\./([\w-]+\.css)";$', re.MULTILINE)
_Source = tuple[Storage, str]


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # servestatic ships no types
    """Also rewrites the imports of ES modules, which Django leaves alone unless told, and joins style sheets:
    a page is painted when its last one is there.
    """

    support_js_module_import_aggregation = True

    def post_process(
        self, paths: dict[str, _Source], *args: Any, **kwargs: Any
    ) -> Iterator[tuple[str, str, bool]]:
        joined = {JOINED: _joined(paths)} if JOINED in paths else {}
        yield from super().post_process(paths | joined, *args, **kwargs)

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        """Only our own modules: scripts of other wheels name files in comments that they do not carry."""
        if name.endswith(".js") and not name.startswith("dashboard/"):
            return lambda match: match[0]
        converter: Callable[[re.Match[str]], str] = super().url_converter(name, hashed_files, template)
        return converter


def _joined(paths: dict[str, _Source]) -> _Source:
    """The sheet with those that it imports in their places, as one more file: relative links stay right."""
    folder = JOINED.rpartition("/")[0]

    def imported(match: re.Match[str]) -> str:
        return _text(paths[f"{folder}/{match[1]}"])

    memory = InMemoryStorage()
    memory.save(JOINED, ContentFile(_IMPORT.sub(imported, _text(paths[JOINED]))))
    return memory, JOINED


def _text(source: _Source) -> str:
    storage, path = source
    with storage.open(path) as file:
        return bytes(file.read()).decode("utf-8")
