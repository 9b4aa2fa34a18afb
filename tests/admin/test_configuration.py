"""The pages Processing and Simulation: empty fields say what holds, the impossible is refused with why."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from orderstream.models import AuditEntry, ConfigurationVersion, Processing, Simulation
from tests.admin.conftest import As

pytestmark = pytest.mark.django_db

PROCESSING = "/admin/orderstream/processing/1/change/"
SIMULATION = "/admin/orderstream/simulation/1/change/"


@pytest.fixture
def browser(browser_of: As) -> Client:
    return browser_of("manager")


def test_an_empty_page_says_what_the_environment_gives(browser: Client, settings: Settings) -> None:
    settings.ORDERSTREAM_TIME_LIMIT_SECONDS = timedelta(seconds=47)
    page = browser.get(PROCESSING).content.decode()
    assert 'placeholder="47 s"' in page
    assert "Empty: 47 s, by ORDERSTREAM_TIME_LIMIT_SECONDS." in page
    assert "Empty: 10 s, by ORDERSTREAM_LEASE_SECONDS." in page
    assert "Beat every 1 s, sweep every 2 s" in page
    assert not Processing.objects.exists()  # looking writes nothing


def test_the_list_leads_to_the_only_row(browser: Client) -> None:
    assert browser.get("/admin/orderstream/processing/")["Location"] == PROCESSING
    assert browser.get("/admin/orderstream/processing/2/change/").status_code == 302
    assert browser.get("/admin/orderstream/processing/x/change/").status_code == 302


def test_what_is_saved_is_recorded_as_of_the_person_and_said(browser: Client) -> None:
    given = {"handler": "workers.handlers.reserve_stock", "time_limit": "1.5", "attempts": "3"}
    answer = browser.post(PROCESSING, given, follow=True)
    assert "Saved as version 1." in answer.content.decode()
    row = Processing.objects.get()
    assert (row.handler, row.time_limit, row.attempts) == (
        "workers.handlers.reserve_stock",
        timedelta(seconds=1.5),
        3,
    )
    assert row.backlog_limit is None
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.subject) == (
        "user:manager",
        "configuration_changed",
        "processing",
    )
    assert entry.details["after"]["time_limit"] == 1.5
    assert 'value="1.5"' in answer.content.decode()


def test_emptied_fields_are_the_environments_again(browser: Client) -> None:
    Processing(attempts=3, handler="workers.handlers.reserve_stock").save()
    browser.post(PROCESSING, {})
    assert Processing.current().given() == {}


@pytest.mark.parametrize(
    ("path", "given", "words"),
    [
        (PROCESSING, {"handler": "os.system"}, "Select a valid choice"),
        (PROCESSING, {"attempts": "0"}, "from 1 to 100"),
        (PROCESSING, {"attempts": "many"}, "Enter a whole number"),
        (PROCESSING, {"attempts": str(10**30)}, "from 1 to 100"),
        (PROCESSING, {"lease": "4.9"}, "Lease is 4.9 s. Use 5 seconds to an hour"),
        (PROCESSING, {"time_limit": "0"}, "no time at all"),
        (PROCESSING, {"time_limit": "-1"}, "more than 0"),
        (PROCESSING, {"time_limit": "1e400"}, "number of seconds"),
        (PROCESSING, {"time_limit": "nan"}, "number of seconds"),
        (PROCESSING, {"backoff_base": "500"}, "is 500 s and its cap 300 s"),
        (PROCESSING, {"backoff_base": "5", "backoff_cap": "2"}, "is 5 s and its cap 2 s"),
        (PROCESSING, {"backlog_limit": "0"}, "Use a whole number"),
        (PROCESSING, {"target_waiting": "soon"}, "Enter a number"),
        (SIMULATION, {"shortest": "4", "longest": "2"}, "not below the shortest"),
        (SIMULATION, {"failure_rate": "1.01"}, "from 0 to 1"),
        (SIMULATION, {"failure_rate": "inf"}, "Enter a number"),
    ],
)
def test_the_impossible_is_refused_and_changes_nothing(
    browser: Client, path: str, given: dict[str, str], words: str
) -> None:
    answer = browser.post(path, given)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Processing.objects.exists()
    assert not Simulation.objects.exists()
    assert ConfigurationVersion.current() == 0


def test_only_the_handlers_of_the_list_are_offered(browser: Client, settings: Settings) -> None:
    settings.ORDERSTREAM_HANDLERS = ["workers.handlers.reserve_stock"]
    page = browser.get(PROCESSING).content.decode()
    assert '<option value="workers.handlers.reserve_stock"' in page
    assert '<option value="" selected>workers.handlers.simulate' in page.replace("\n", "")


def test_the_history_is_the_audit_log(browser: Client) -> None:
    browser.post(SIMULATION, {"failure_rate": "0.5"})
    answer = browser.get("/admin/orderstream/simulation/1/history/", follow=True)
    assert answer.redirect_chain[0][0] == "/admin/orderstream/auditentry/?q=simulation"
    assert "user:manager" in answer.content.decode()
