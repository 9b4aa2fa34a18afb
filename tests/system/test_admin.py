"""The admin on a real PostgreSQL: its pages open, what they save is there, odd questions are no errors."""

import json

import pytest

from tests.postgres import running_postgres
from tests.system.databases import Database

pytestmark = [pytest.mark.console, pytest.mark.system, pytest.mark.timeout(90)]

VISIT = """
import json
from django.contrib.auth.models import Group, User
from django.test import Client
from orderstream.models import AuditEntry, Processing, Product

mori = User.objects.create_user("mori")
mori.groups.add(Group.objects.get(name="manager"))
client = Client(headers={"host": "localhost"})
client.force_login(mori)
statuses = {}
for name in ("product", "apikey", "auditentry", "fileimport", "effect"):
    for query in ("", "?q=tea", "?q=%00", "?o=-1", "?p=99999999999999999999", "?id__exact=" + "9" * 30):
        statuses[f"{name}{query}"] = client.get(f"/admin/orderstream/{name}/{query}").status_code
    action = {"action": "delete_selected", "_selected_action": "9" * 18, "post": "yes"}
    statuses[f"{name} action"] = client.post(f"/admin/orderstream/{name}/", action).status_code
statuses["key"] = client.get("/admin/orderstream/product/99999999999999999999/change/").status_code
given = {"product_id": "tea", "name": "Tea", "stock": "5", "price": "4.15"}
client.post("/admin/orderstream/product/add/", given)
tea = Product.objects.get()
given = {"name": "Tea", "price": "4.15", "difference": "-2"}
client.post(f"/admin/orderstream/product/{tea.pk}/change/", given)
client.post("/admin/orderstream/processing/1/change/", {"time_limit": "2.5"})
tea.refresh_from_db()
print("told", json.dumps({
    "statuses": statuses,
    "stock": tea.stock,
    "seconds": Processing.current().time_limit.total_seconds(),
    "recorded": [entry.subject for entry in AuditEntry.objects.order_by("pk")],
}))
"""


def test_pages_open_and_save_on_postgresql(redis_url: str, namespace: str) -> None:
    with running_postgres() as url:
        database = Database(url, redis_url, namespace)
        said = database.run(VISIT, ORDERSTREAM_HTTPS="off", ALLOWED_HOSTS="localhost")
    told = json.loads(said.split("told ")[1].splitlines()[0])
    odd = {name: status for name, status in told["statuses"].items() if status not in {200, 302, 400}}
    assert odd == {}
    assert {status for name, status in told["statuses"].items() if name.isalpha() and name != "key"} == {200}
    assert (told["stock"], told["seconds"]) == (3, 2.5)
    assert told["recorded"] == ["product tea", "product tea", "processing"]
