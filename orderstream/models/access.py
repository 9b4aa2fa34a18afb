"""Who may do what: the permissions, API keys, sessions and sign-in links."""

from typing import TYPE_CHECKING, Literal

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from orderstream.access.session_store import SessionStore


class Right(models.Model):  # noqa: DJ008 # has no rows
    """No table: only what the permissions of orderstream/access/rights.py hang on."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = (
            ("read_orders", _("Can watch and read orders")),
            ("place_orders", _("Can place orders")),
            ("operate_orders", _("Can cancel, requeue and discard orders")),
            ("operate_stream", _("Can pause, drain and trim")),
            ("configure", _("Can change the configuration and API keys")),
        )


class ApiKey(models.Model):
    """A program's way in. The key itself is shown once and not stored."""

    name = models.CharField(_("name"), max_length=64)
    # SHA-256 in hex. Keys are 256 random bits, so that a slow hash would add nothing.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("runs out"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    # Written at most once a minute, after the answer.
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("API key")
        constraints = (
            # The name is the actor in events: two living keys must not share it.
            models.UniqueConstraint(
                fields=("name",), condition=Q(revoked_at__isnull=True), name="one_living_key_of_a_name"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def state(self) -> Literal["living", "revoked", "run out"]:
        if self.revoked_at is not None:
            return "revoked"
        has_run_out = self.expires_at is not None and self.expires_at <= timezone.now()
        return "run out" if has_run_out else "living"


class Session(AbstractBaseSession):
    """Django's, and what its owner wants to know of it: all but the user and the mark may be unknown."""

    # Stands for the session in pages and messages, for its key opens it.
    mark = models.CharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    signed_in_at = models.DateTimeField(_("signed in"), null=True)
    # To the minute: not each request writes it.
    seen_at = models.DateTimeField(_("last access"), null=True)
    address = models.CharField(_("address"), max_length=64, blank=True)
    agent = models.CharField(_("browser"), max_length=255, blank=True)

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.mark

    @classmethod
    def get_session_store_class(cls) -> "type[SessionStore]":
        from orderstream.access.session_store import SessionStore  # it needs this model

        return SessionStore


class SignInLink(models.Model):
    """Signs one person in, once; deleted by its use."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name = _("sign-in link")

    def __str__(self) -> str:
        return str(self.user)
