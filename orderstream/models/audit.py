"""The audit log; only orderstream/audit.py writes it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """What somebody did to the installation, or to many orders; what is done to one stands in its events.

    Never changed, but for the counts of a deed on many orders while its portions come.
    """

    at = models.DateTimeField(_("time"), auto_now_add=True, db_index=True)
    # user:<name>, key:<name> or command:<name>, as in events.
    actor = models.CharField(_("who"), max_length=200)
    # A verb in the past: paused, resumed, drain_asked, configuration_changed.
    action = models.CharField(_("what"), max_length=64)
    # A worker, a page of the configuration; empty: the whole installation.
    subject = models.CharField(_("of what"), max_length=200, blank=True)
    reason = models.CharField(_("why"), max_length=500, blank=True)
    # What it was before and after, or what was asked for; JSON.
    details = models.JSONField(_("details"), default=dict, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.subject}".rstrip()
