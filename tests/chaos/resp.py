"""As much of the Redis protocol as a proxy needs: which whole commands some bytes consist of."""


class Incomplete(Exception):  # noqa: N818 an event: the rest is still on its way
    """The bytes end within a command."""


def commands(data: bytes) -> list[str]:
    """The names of the commands that `data` consists of, in upper case; Incomplete."""
    names, at = [], 0
    while at < len(data):
        parts, at = _parts(data, at)
        names.append(parts[0].decode("latin-1").upper())
    return names


def _parts(data: bytes, at: int) -> tuple[list[bytes], int]:
    """The words of the command that begins at `at`, and where it ends."""
    count, at = _number(data, at, b"*")
    parts = []
    for _ in range(count):
        length, at = _number(data, at, b"$")
        if len(data) < at + length + 2:
            raise Incomplete
        parts.append(data[at : at + length])
        at += length + 2
    return parts, at


def _number(data: bytes, at: int, sign: bytes) -> tuple[int, int]:
    """The number behind `sign`, and where its line ends."""
    end = data.find(b"\r\n", at)
    if end < 0:
        raise Incomplete
    if data[at : at + 1] != sign:
        raise ValueError(f"no {sign!r} at {at}: {data[at : at + 20]!r}")
    return int(data[at + 1 : end]), end + 2
