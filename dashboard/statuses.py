"""The words of the statuses and of the workers' states, as pages show them."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

WORDS = (
    _("pending"), _("processing"), _("retrying"), _("completed"), _("failed"), _("cancelled"),
    _("alive"), _("paused"), _("draining"), _("lost"), _("unreadable"),
)  # fmt: skip


def status_word(status: str) -> str:
    return gettext(status) if status in WORDS else status
