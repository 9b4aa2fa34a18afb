"""What keeps a stack from starting, in the one sentence that the person at the terminal reads."""


class StackError(Exception):
    """The stack cannot start or go on; the text says why and what to do."""
