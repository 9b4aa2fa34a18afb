"""The pages Processing and Simulation: one row each, every empty field with what the environment says."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from orderstream import conf
from orderstream.admin.pages import Page, actor_of
from orderstream.configuration.rules import seconds
from orderstream.models import ConfigurationVersion, Processing
from orderstream.models.configuration import ONLY, ConfigurationRow


class RowForm(forms.ModelForm):  # type: ignore[type-arg] # cannot be subscripted when it runs
    """Says at each field what holds while it is empty."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        defaults = conf.default_tuning()
        for name, field in self.fields.items():
            default = shown(getattr(defaults, name))
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", default), *((path, path) for path in conf.handlers())]
            field.widget.attrs["placeholder"] = default
            says = gettext("Empty: %(value)s, by %(setting)s.") % {
                "value": default,
                "setting": conf.SETTING_OF[name],
            }
            field.help_text = f"{field.help_text} {says}".strip()


class RowPage(Page):
    """The only row; the model itself checks, records and announces what is saved."""

    form = RowForm
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        return redirect(f"admin:orderstream_{self.opts.model_name}_change", ONLY)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return self.model.current() if object_id == str(ONLY) else None

    def save_model(self, request: HttpRequest, obj: ConfigurationRow, form: Any, change: bool) -> None:
        obj.changed_by = actor_of(request)
        obj.save()

    def subject(self, obj: Any) -> str:
        """As the model records it."""
        return self.noun

    def response_change(self, request: HttpRequest, obj: ConfigurationRow) -> HttpResponse:
        saved = gettext("Saved as version %(version)s. Running workers take it over within two seconds.")
        self.message_user(request, saved % {"version": ConfigurationVersion.current()}, messages.SUCCESS)
        return redirect(request.path)


class ProcessingPage(RowPage):
    noun = "processing"
    fieldsets = (
        (
            _("Attempts"),
            {
                "fields": ("handler", "time_limit", "attempts", "backoff_base", "backoff_cap"),
                "description": _("For orders begun from then on, in every running worker."),
            },
        ),
        (_("Bounds and targets"), {"fields": ("backlog_limit", "target_waiting", "target_processing")}),
        (
            _("Lost workers"),
            {
                "fields": ("lease",),
                "description": _(
                    "For all workers from the same moment on. After a change nobody is taken for lost for as "
                    "long as the new lease."
                ),
            },
        ),
        (_("With a restart only"), {"fields": ("from_the_environment",)}),
    )
    readonly_fields = ("from_the_environment",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        if db_field.name != "handler":
            return super().formfield_for_dbfield(db_field, request, **given)
        return forms.ChoiceField(
            label=capfirst(db_field.verbose_name),
            help_text=db_field.help_text,
            widget=UnfoldAdminSelectWidget(),
            required=False,
        )

    def from_the_environment(self, obj: Processing) -> str:
        """What belongs to each process."""
        fixed = conf.processing()
        return gettext(
            "Beat every %(beat)s, sweep every %(sweep)s, %(slots)s slots in a process, %(drain)s to drain."
        ) % {
            "beat": seconds(fixed.beat),
            "sweep": seconds(fixed.sweep_interval),
            "slots": fixed.concurrency,
            "drain": seconds(fixed.drain),
        }

    from_the_environment.short_description = _("As the environment says")  # type: ignore[attr-defined]


class SimulationPage(RowPage):
    noun = "simulation"
    fieldsets = (
        (
            None,
            {
                "fields": ("shortest", "longest", "failure_rate"),
                "description": _("What the handler workers.handlers.simulate pretends."),
            },
        ),
    )


def shown(value: object) -> str:
    match value:
        case timedelta():
            return seconds(value)
        case int():
            return f"{value:,}"
    return str(value)
