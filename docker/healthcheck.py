"""Asks /healthz of the web process in the same container; ends with 1 if it does not answer 200.

With the first of ALLOWED_HOSTS for a name: Django answers to no other.
"""

import http.client
import os
import sys

PORT = 8000


def main() -> int:
    hosts = os.environ.get("ALLOWED_HOSTS", "").replace(",", " ").split() or ["localhost"]
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT") or PORT), timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": hosts[0].removeprefix(".")})
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
