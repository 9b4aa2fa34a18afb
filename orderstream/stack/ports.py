"""Which TCP ports are free on this machine."""

import errno
import socket

HIGHEST = 65_535


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now; a port that only lingers in TIME_WAIT is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def first_free(host: str, wanted: int, tries: int = 100) -> int:
    """`wanted`, or the next port above it on which a server could listen."""
    for port in range(wanted, min(wanted + tries, HIGHEST + 1)):
        if is_free(host, port):
            return port
    raise OSError(errno.EADDRINUSE, f"no free port on {host} from {wanted} on")
