"""Static files under hashed names: collected, and every module importing the modules of its own version."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMPORT = re.compile(r"""(?:from|import)\s*["'](\./[^"']+)["']""")


def manage(*words: str, static_root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=os.environ | {"ORDERSTREAM_STATIC_ROOT": str(static_root)},
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )


SHEETS = ROOT / "dashboard/static/dashboard/css"


def test_modules_import_each_other_by_the_names_they_were_collected_under(tmp_path: Path) -> None:
    refused = manage("check", static_root=tmp_path)
    assert "orderstream.E012" in refused.stderr
    collected = manage("collectstatic", "--noinput", static_root=tmp_path)
    assert collected.returncode == 0, collected.stderr
    assert manage("check", static_root=tmp_path).returncode == 0
    assert list((tmp_path / "ninja").glob("swagger-ui-bundle.????????????.js"))
    hashed = list((tmp_path / "dashboard" / "js").glob("*.????????????.js"))
    assert hashed
    imports = [(module.parent / name) for module in hashed for name in IMPORT.findall(module.read_text())]
    assert imports
    for imported in imports:
        assert imported.is_file(), imported
        assert re.search(r"\.[0-9a-f]{12}\.js$", imported.name), imported
    # The sheets of all pages are one file, in their order, with every rule as it is written.
    (joined,) = (tmp_path / "dashboard" / "css").glob("console.????????????.css")
    named = re.findall(r'@import "\./(.+)";', (SHEETS / "console.css").read_text())
    together = "\n".join((SHEETS / name).read_text() for name in named)
    assert len(named) > 10
    assert joined.read_text().partition("*/\n")[2] == f"{together}\n"
