"""What the header Idempotency-Key promises: asked again with it, the same body gives the same order (I2)."""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from orderstream.access.callers import Caller
from orderstream.api.problems import Problem
from orderstream.domain.orders import OrderDraft
from orderstream.streams.placing import Placement

# Visible ASCII. No blank: it sets an order's number in a batch apart from its key. No comma: servers put it
# between the values of a header that was sent twice, and nobody can say which of them is meant.
KEY: Final = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,255}", re.ASCII)
HEADER: Final = "Idempotency-Key"


def placements(drafts: Sequence[OrderDraft], key: str | None, caller: Caller) -> list[Placement]:
    """One for each draft. The first has the key itself, so that single and batch cannot both use it."""
    if key is None:
        return [Placement(draft) for draft in drafts]
    if not KEY.fullmatch(key):
        message = _("Send it once, with 1 to 255 visible ASCII characters and no comma, such as a UUID.")
        detail = _("The header Idempotency-Key cannot be used.")
        raise Problem(422, detail, errors=[{"field": HEADER, "message": message}])
    digest = digest_of(drafts)
    return [
        Placement(draft, f"{key} {number}" if number else key, caller.scope, digest)
        for number, draft in enumerate(drafts)
    ]


def digest_of(drafts: Sequence[OrderDraft]) -> str:
    """Of what is asked for, not of its spelling: 4.50 is "4.5", and the order of the fields says nothing."""
    orders = [draft.wire() | {"price": f"{draft.price.normalize():f}"} for draft in drafts]
    return hashlib.sha256(json.dumps(orders, sort_keys=True).encode()).hexdigest()
