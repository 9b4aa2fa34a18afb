"""One terminal for many processes: every line carries the name of its writer, coloured on a tty only."""

from dataclasses import dataclass, field
from typing import TextIO

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)  # ANSI foregrounds legible on dark and light
OWN_NAME = "stack"


@dataclass(slots=True)
class Console:
    """Writes whole lines only, so that two processes never share one."""

    stream: TextIO
    coloured: bool
    width: int = len("worker-1")
    _colour_of: dict[str, int] = field(default_factory=dict)
    _is_gone: bool = False

    def line(self, name: str, text: str) -> None:
        self._write(f"{self._painted(name)} {text}\n")

    def say(self, text: str) -> None:
        """Something that the supervisor itself has to tell."""
        self.line(OWN_NAME, text)

    def block(self, text: str) -> None:
        """Several lines without a prefix, to be copied from."""
        self._write(f"\n{text}\n\n")

    def _painted(self, name: str) -> str:
        prefix = f"{name:<{self.width}} |"
        if not self.coloured:
            return prefix
        colour = self._colour_of.setdefault(name, COLOURS[len(self._colour_of) % len(COLOURS)])
        return f"\x1b[{colour}m{prefix}\x1b[0m"

    def _write(self, text: str) -> None:
        if self._is_gone:
            return
        try:
            self.stream.write(text)
            self.stream.flush()
        except OSError:
            # A closed terminal or pipe (`make run | head`) must not end what is being supervised.
            self._is_gone = True
