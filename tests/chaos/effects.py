"""The table that planned handlers write their effects to. It has no constraint: what is done twice shows."""

from collections import Counter
from typing import Final

import psycopg
from django.db import connection

from orderstream.domain.orders import Order
from orderstream.effects import once

NAME: Final = "work"
_MAKE: Final = """
    CREATE TABLE IF NOT EXISTS chaos_effects
    (order_id text NOT NULL, round integer NOT NULL, attempt integer NOT NULL)
"""


def prepare(database_url: str) -> None:
    """After the migrations, before the first worker."""
    with psycopg.connect(database_url) as database:
        database.execute(_MAKE)


def happen(order: Order) -> None:
    """The effect of one order, in SQL, once however often it is asked for."""
    with once(order, NAME) as is_first:
        if is_first:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO chaos_effects (order_id, round, attempt) VALUES (%s, %s, %s)",
                    [order.id, order.round, order.attempt],
                )


def read(database_url: str) -> Counter[str]:
    """How often the effect of each order happened."""
    with psycopg.connect(database_url) as database:
        rows = database.execute("SELECT order_id FROM chaos_effects").fetchall()
    return Counter(order_id for (order_id,) in rows)
