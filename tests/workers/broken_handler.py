"""A module of handlers that cannot be imported, for a reason of its own."""

raise RuntimeError("this module needs a database of its own")
