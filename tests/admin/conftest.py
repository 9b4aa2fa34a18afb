"""Browsers of people with different rights, and a row of every table that the admin shows."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from orderstream import conf
from orderstream.access import keys
from orderstream.access.rights import Right
from orderstream.configuration.values import Stored
from orderstream.models import ApiKey, AuditEntry, Effect, FileImport, Processing, Product, Simulation
from tests.access.people import person
from tests.web import _cache_of_the_test_server, _plain_http  # noqa: F401 # fixtures

As = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _as_the_environment_says() -> Iterator[None]:
    yield
    conf.know(Stored())


@pytest.fixture
def rows(db: None) -> dict[type, int]:
    """The key of a row in each table."""
    keys.issue("till", ["orders:read"])
    Processing(attempts=4).save()
    Simulation(failure_rate=0.5).save()
    return {
        Processing: 1,
        Simulation: 1,
        Product: Product.objects.create(product_id="tea", name="Tea", stock=10, price="4.15").pk,
        ApiKey: ApiKey.objects.get().pk,
        Group: Group.objects.get(name="manager").pk,
        User: User.objects.create_user("somebody").pk,
        AuditEntry: AuditEntry.objects.latest("pk").pk,
        FileImport: FileImport.objects.create(
            digest="d", number=1, name="o.csv", meaning="", line=1, offset=0, keys_from_line=1
        ).pk,
        Effect: Effect.objects.create(order_id="1-0", name="reserve", round=1, attempt=1).pk,
    }


@pytest.fixture
def browser_of(db: None) -> As:
    def browser(who: str) -> Client:
        client = Client()
        if who != "nobody":
            client.force_login(user(who))
        return client

    return browser


def user(who: str) -> User:
    """A member of a group, or: staff (who may do nothing), configurer (who may do only that), root, gone."""
    match who:
        case "staff":
            return person(name=who, is_staff=True)
        case "configurer":
            return with_rights(person(name=who), Right.CONFIGURE)
        case "root":
            return User.objects.create_superuser(who)
        case "gone":
            gone = person("manager", name=who)
            gone.is_active = False
            gone.save()
            return gone
    return person(who, name=who)


def with_rights(someone: User, *rights: Right) -> User:
    for right in rights:
        someone.user_permissions.add(Permission.objects.get(codename=right.partition(".")[2]))
    return someone
