"""What the migrations wrote, kept and put back: tests with transactions of their own empty every table."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# By table: the names of its columns, and its rows.
Rows = Mapping[str, tuple[Sequence[str], Sequence[Sequence[Any]]]]
APPLIED = "django_migrations"  # is never emptied


def rows_of(connection: BaseDatabaseWrapper) -> Rows:
    kept = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 our own tables
            rows = cursor.fetchall()
            if rows and table != APPLIED:
                kept[table] = [column[0] for column in cursor.description], rows
    return kept


def put_back(connection: BaseDatabaseWrapper, kept: Rows) -> None:
    quote = connection.ops.quote_name
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for table, (columns, rows) in kept.items():
            names, places = ", ".join(map(quote, columns)), ", ".join(["%s"] * len(columns))
            # The first test of a run finds them still there.
            insert = f"INSERT INTO {quote(table)} ({names}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608
            cursor.executemany(insert, rows)
