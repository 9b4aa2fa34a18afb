"""For each cause why a server cannot be used: what is wrong, and what to do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orderstream.streams.causes import Cause

Words = tuple[Promise, Promise]

WORDS: Final[Mapping[Cause, Words]] = MappingProxyType(
    {
        Cause.REFUSED: (
            _("Nothing listens at this address."),
            _(
                "Start the server, or mend REDIS_HOST and REDIS_PORT or REDIS_URL. In a container localhost "
                "is the container itself: name the service, as in REDIS_HOST=redis. A server that binds to "
                "127.0.0.1 alone is not reached from another machine."
            ),
        ),
        Cause.UNKNOWN_HOST: (
            _("There is no host of this name."),
            _(
                "Mend the name in REDIS_HOST or REDIS_URL. The name of a service of docker-compose is known "
                "only to the containers of the same network."
            ),
        ),
        Cause.NO_ROUTE: (
            _("No way leads to this address."),
            _("Look at the network, and at the firewall between here and the server."),
        ),
        Cause.NO_SOCKET: (
            _("There is no such unix socket."),
            _("Mend the path in REDIS_URL; the server makes it where its `unixsocket` says."),
        ),
        Cause.SOCKET_FORBIDDEN: (
            _("This process may not use the unix socket."),
            _("Let its user into the socket's group, and set `unixsocketperm 770` at the server."),
        ),
        Cause.TIMED_OUT: (
            _("The server does not answer in time."),
            _(
                "A firewall that drops packets looks so, and a server that is stopped or busy with one slow "
                "command: try `redis-cli PING` on its own machine."
            ),
        ),
        Cause.CLOSED: (
            _("The server ended the connection without a word."),
            _(
                "Its log says why. Is it Redis that listens there? A proxy, or a server that is about to "
                "stop, does the same."
            ),
        ),
        Cause.NO_REDIS: (
            _("Something else than Redis answers at this port."),
            _("Mend REDIS_PORT or REDIS_URL; Redis listens on 6379 unless it was told otherwise."),
        ),
        Cause.TOO_MANY_CLIENTS: (
            _("The server has as many clients as it takes."),
            _("Raise its `maxclients`, or look with `CLIENT LIST` for who keeps so many open."),
        ),
        Cause.PROTECTED: (
            _("The server is in protected mode and takes local connections only."),
            _("Give it a password (`requirepass`, or a user by ACL), and name that in REDIS_PASSWORD."),
        ),
        Cause.LOADING: (
            _("The server reads its data and is not ready yet."),
            _("Wait; `redis-cli INFO persistence` says how far it is."),
        ),
        Cause.PASSWORD_WANTED: (
            _("The server wants a password, and none is set."),
            _("Set REDIS_PASSWORD, or put user and password into REDIS_URL."),
        ),
        Cause.PASSWORD_WRONG: (
            _("The server refuses the user or the password."),
            _(
                "Mend REDIS_PASSWORD or REDIS_URL. In a URL the special signs of a password are written as "
                "%40 for @ and so on; a user made by ACL must be `on`."
            ),
        ),
        Cause.PASSWORD_NEEDLESS: (
            _("A password is set, and the server knows none for the default user."),
            _("Take it out of REDIS_PASSWORD or REDIS_URL, or give the server one, or name its user."),
        ),
        Cause.TLS_WANTED: (
            _("The server speaks TLS at this port, and we do not."),
            _("Use rediss:// in REDIS_URL, or REDIS_TLS=on beside REDIS_HOST."),
        ),
        Cause.TLS_NOT_SPOKEN: (
            _("We speak TLS, and the server does not at this port."),
            _("Use redis:// in REDIS_URL, or the port that its `tls-port` names."),
        ),
        Cause.TLS_FAILED: (
            _("The two sides do not agree on how to speak TLS."),
            _("TLS 1.2 or 1.3 is needed: look at the server's `tls-protocols` and `tls-ciphers`."),
        ),
        Cause.CERTIFICATE_UNTRUSTED: (
            _("The server's certificate is signed by nobody whom we trust."),
            _("Name the authority that signed it in REDIS_TLS_CA."),
        ),
        Cause.CERTIFICATE_OF_ANOTHER: (
            _("The server's certificate is made out to another name."),
            _("Use in REDIS_URL or REDIS_HOST the name that stands in it, or have one made for this name."),
        ),
        Cause.CERTIFICATE_EXPIRED: (
            _("The server's certificate has run out, or is not valid yet."),
            _("Have it renewed; or the clock of this machine is wrong."),
        ),
        Cause.OUR_CERTIFICATE_WANTED: (
            _("The server wants a certificate from us that it trusts."),
            _("Name one in REDIS_TLS_CERT and REDIS_TLS_KEY, signed by the server's `tls-ca-cert-file`."),
        ),
        Cause.OUR_FILE_UNFIT: (
            _("A file of ours cannot be used for TLS."),
            _("REDIS_TLS_CA, REDIS_TLS_CERT and REDIS_TLS_KEY are PEM, and the key is the certificate's."),
        ),
        Cause.NO_SUCH_DATABASE: (
            _("The server has no database of this number."),
            _("Use one that it has, 0 to 15 as it comes: REDIS_DB, or the path in REDIS_URL."),
        ),
        Cause.FORBIDDEN: (
            _("This user may not do what the application does."),
            _("Give it the commands and keys that docs/PRODUCTION.md lists under “Redis ACL”."),
        ),
        Cause.READ_ONLY: (
            _("This is a read-only replica."),
            _("Name the primary in REDIS_URL; `redis-cli INFO replication` says where it is."),
        ),
        Cause.MEMORY_FULL: (
            _("The server is at its memory limit and refuses writes."),
            _("Raise `maxmemory`; workers go on meanwhile and placing answers 503."),
        ),
        Cause.DISK_FAILS: (
            _("The server cannot write its data to disk and refuses writes."),
            _("Look at its log, and at the space and the rights of its `dir`."),
        ),
        Cause.TOO_FEW_REPLICAS: (
            _("The server has fewer replicas than it wants before it takes writes."),
            _("Bring them back, or lower `min-replicas-to-write`."),
        ),
        Cause.CLUSTER: (
            _("This is a node of a cluster."),
            _("One server, with or without replicas, is what is used: name such a one."),
        ),
        Cause.COMMAND_REFUSED: (
            _("The server refuses a command."),
            _("What it says stands above. Is it a proxy or a service that knows a part of Redis only?"),
        ),
    }
)
