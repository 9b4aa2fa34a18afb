"""Holds a live system against its own log of events: statuses, entries, pending list, indexes, totals."""
