"""Names static files by their content, so that browsers may keep them for ever and never mix two versions."""

import re
from collections.abc import Callable

from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # servestatic ships no types
    """Also rewrites the imports of ES modules, which Django leaves alone unless told."""

    support_js_module_import_aggregation = True

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        """Only our own modules: scripts of other wheels name files in comments that they do not carry."""
        if name.endswith(".js") and not name.startswith("dashboard/"):
            return lambda match: match[0]
        converter: Callable[[re.Match[str]], str] = super().url_converter(name, hashed_files, template)
        return converter
