"""What is only read: the audit log, the imports of files, and the effects of orders."""

import json

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from orderstream.admin.pages import ReadOnly
from orderstream.models import AuditEntry


class AuditPage(ReadOnly):
    noun = "audit entry"
    list_display = ("at", "actor", "action", "subject", "reason")
    search_fields = ("actor", "action", "subject", "reason")
    search_help_text = _("Who, what, of what or why")
    fields = ("at", "actor", "action", "subject", "reason", "what_exactly")
    readonly_fields = ("what_exactly",)

    @admin.display(description=_("details"))
    def what_exactly(self, entry: AuditEntry) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(entry.details, indent=2, ensure_ascii=False))


class ImportPage(ReadOnly):
    noun = "file import"
    list_display = ("name", "number", "accepted", "refused", "started_at", "finished_at")
    search_fields = ("name",)
    ordering = ("-id",)


class EffectPage(ReadOnly):
    noun = "effect"
    list_display = ("order_id", "name", "at", "round", "attempt", "repeats")
    search_fields = ("order_id",)
    ordering = ("-id",)
