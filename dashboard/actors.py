"""Who did something, as pages name them: people by their names, programs by their keys."""

from collections.abc import Iterable, Mapping

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.utils.translation import gettext

Names = Mapping[str, str]


def who(actor: str, names: Names) -> str:
    """`names` gives people's names by their user names; without one the user name stands for itself."""
    kind, _, name = actor.partition(":")
    match kind:
        case "user":
            return names.get(name) or name
        case "key":
            return gettext("API key %(name)s") % {"name": name}
        case "command":
            return gettext("the command %(name)s") % {"name": name}
        case "keeper":
            return gettext("the keeper")
        case "worker":
            return name
    return actor


@sync_to_async
def names_of(actors: Iterable[str]) -> Names:
    """The full names of those among them who are people and have one. Asks SQL once, or not at all."""
    wanted = {actor.removeprefix("user:") for actor in actors if actor.startswith("user:")}
    if not wanted:
        return {}
    model = get_user_model()
    users = model.objects.filter(**{f"{model.USERNAME_FIELD}__in": wanted})
    return {user.get_username(): user.get_full_name() for user in users if user.get_full_name()}
