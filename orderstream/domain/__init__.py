"""The order core in pure Python: what an order is, how it may move, what became of an attempt.

No Django, no Redis, no clock.
"""
