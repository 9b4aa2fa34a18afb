"""Gives the groups viewer, operator and manager their rights."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

READ, PLACE = ("read_orders", "Can watch and read orders"), ("place_orders", "Can place orders")
OPERATE = ("operate_orders", "Can cancel, requeue and discard orders")
STREAM = ("operate_stream", "Can pause, drain and trim")
CONFIGURE = ("configure", "Can change the configuration and API keys")
GROUPS = {
    "viewer": (READ,),
    "operator": (READ, PLACE, OPERATE),
    "manager": (READ, PLACE, OPERATE, STREAM, CONFIGURE),
}


def make_groups(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Makes the permissions too: Django adds them only after the last migration, and then keeps these."""
    alias = schema_editor.connection.alias
    content_types = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    groups = apps.get_model("auth", "Group").objects.using(alias)
    content_type, _ = content_types.get_or_create(app_label="orderstream", model="right")
    for name, rights in GROUPS.items():
        group, _ = groups.get_or_create(name=name)
        for codename, words in rights:
            right, _ = permissions.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": words}
            )
            group.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = (
        ("orderstream", "0001_first"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    )
    # Groups are not taken away again: people may have been put into them.
    operations = (migrations.RunPython(make_groups, migrations.RunPython.noop),)
