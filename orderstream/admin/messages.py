"""Carries what the admin says after a redirect, in a signed cookie."""

from typing import Any

from django.contrib.messages.middleware import MessageMiddleware


class Messages(MessageMiddleware):
    """Django's would take two hops to another thread, of every request and every call of the API.

    With messages in a cookie there is nothing in it that waits, so it may run where it is.
    """

    async def __acall__(self, request: Any) -> Any:
        self.process_request(request)
        answering: Any = self.get_response(request)
        return self.process_response(request, await answering)
