"""Tells from an error why a server cannot be used; the words for it stand in orderstream/checkup/words.py."""

import errno
import socket
import ssl
from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from redis.exceptions import (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterError,
    ConnectionError,
    InvalidResponse,
    MovedError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    TimeoutError,
)


class Cause(StrEnum):
    """Found in the error, or by `checkup.probing` where the error does not say it."""

    REFUSED = "refused"
    UNKNOWN_HOST = "unknown-host"
    NO_ROUTE = "no-route"
    NO_SOCKET = "no-socket"
    SOCKET_FORBIDDEN = "socket-forbidden"
    TIMED_OUT = "timed-out"
    CLOSED = "closed"
    NO_REDIS = "no-redis"
    TOO_MANY_CLIENTS = "too-many-clients"
    PROTECTED = "protected"
    LOADING = "loading"
    PASSWORD_WANTED = "password-wanted"  # noqa: S105 # no password
    PASSWORD_WRONG = "password-wrong"  # noqa: S105
    PASSWORD_NEEDLESS = "password-needless"  # noqa: S105
    TLS_WANTED = "tls-wanted"
    TLS_NOT_SPOKEN = "tls-not-spoken"
    TLS_FAILED = "tls-failed"
    CERTIFICATE_UNTRUSTED = "certificate-untrusted"
    CERTIFICATE_OF_ANOTHER = "certificate-of-another"
    CERTIFICATE_EXPIRED = "certificate-expired"
    OUR_CERTIFICATE_WANTED = "our-certificate-wanted"
    OUR_FILE_UNFIT = "our-file-unfit"
    NO_SUCH_DATABASE = "no-such-database"
    FORBIDDEN = "forbidden"
    READ_ONLY = "read-only"
    MEMORY_FULL = "memory-full"
    DISK_FAILS = "disk-fails"
    TOO_FEW_REPLICAS = "too-few-replicas"
    CLUSTER = "cluster"
    COMMAND_REFUSED = "command-refused"


WRITES_REFUSED: Final = frozenset({Cause.MEMORY_FULL, Cause.DISK_FAILS, Cause.TOO_FEW_REPLICAS})
"""The server takes nothing in for a while; what it holds can be read."""

_BY_TYPE: Final = (
    (NoPermissionError, Cause.FORBIDDEN),
    (ReadOnlyError, Cause.READ_ONLY),
    (OutOfMemoryError, Cause.MEMORY_FULL),
    (BusyLoadingError, Cause.LOADING),
    ((MovedError, AskError, ClusterError), Cause.CLUSTER),
    (InvalidResponse, Cause.NO_REDIS),
    (TimeoutError, Cause.TIMED_OUT),
)
_BY_REFUSAL: Final = (
    ("DB index is out of range", Cause.NO_SUCH_DATABASE),
    ("SELECT is not allowed in cluster mode", Cause.CLUSTER),
    ("MISCONF", Cause.DISK_FAILS),
    ("NOREPLICAS", Cause.TOO_FEW_REPLICAS),
    ("MOVED", Cause.CLUSTER),
    ("CLUSTERDOWN", Cause.CLUSTER),
)
_BY_ERRNO: Final = {
    errno.ECONNREFUSED: Cause.REFUSED,
    errno.ENOENT: Cause.NO_SOCKET,
    errno.EACCES: Cause.SOCKET_FORBIDDEN,
    errno.EHOSTUNREACH: Cause.NO_ROUTE,
    errno.ENETUNREACH: Cause.NO_ROUTE,
    errno.ETIMEDOUT: Cause.TIMED_OUT,
}
# X509_V_ERR_* of OpenSSL.
_EXPIRED: Final = frozenset({9, 10})
_OF_ANOTHER: Final = frozenset({62, 64})


def cause_of(error: BaseException) -> Cause:
    for kind, cause in _BY_TYPE:
        if isinstance(error, kind):
            return cause
    if isinstance(error, AuthenticationError):
        return _of_authentication(str(error))
    if isinstance(error, ResponseError):
        return next((cause for part, cause in _BY_REFUSAL if part in str(error)), Cause.COMMAND_REFUSED)
    for inner in _chain(error):
        if (found := _of_socket(inner)) is not None:
            return found
    return Cause.CLOSED if isinstance(error, ConnectionError | OSError) else Cause.COMMAND_REFUSED


def _of_authentication(text: str) -> Cause:
    if "Authentication required" in text:
        return Cause.PASSWORD_WANTED
    return Cause.PASSWORD_NEEDLESS if "without any password" in text else Cause.PASSWORD_WRONG


def _of_socket(error: BaseException) -> Cause | None:
    match error:
        case socket.gaierror():
            return Cause.UNKNOWN_HOST
        case ssl.SSLCertVerificationError():
            return _of_certificate(error.verify_code)
        case ssl.SSLError():
            return _of_tls(error)
        case OSError():
            return _BY_ERRNO.get(error.errno or 0)
    return None


def _of_certificate(code: int) -> Cause:
    if code in _OF_ANOTHER:
        return Cause.CERTIFICATE_OF_ANOTHER
    return Cause.CERTIFICATE_EXPIRED if code in _EXPIRED else Cause.CERTIFICATE_UNTRUSTED


def _of_tls(error: ssl.SSLError) -> Cause:
    text = str(error)
    if "CERTIFICATE_REQUIRED" in text or "HANDSHAKE_FAILURE" in text:
        return Cause.OUR_CERTIFICATE_WANTED
    if "ALERT" in text and ("CERTIFICATE" in text or "UNKNOWN_CA" in text):
        return Cause.OUR_CERTIFICATE_WANTED  # one was shown, and not believed
    if "WRONG_VERSION_NUMBER" in text:
        return Cause.TLS_NOT_SPOKEN
    came_over_the_wire = "ALERT" in text or (error.library == "SSL" and error.reason)
    return Cause.TLS_FAILED if came_over_the_wire else Cause.OUR_FILE_UNFIT


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """redis-py wraps what the socket said."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
