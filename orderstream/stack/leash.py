"""Ties a command to the process that started it: run as a script, it asks the kernel for a signal at the
parent's death and becomes the command. So not even kill -9 of the supervisor leaves a process behind."""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>; survives exec


def leashed(command: Sequence[str], last_signal: signal.Signals) -> list[str]:
    """The command that becomes `command`, to which `last_signal` comes when the caller dies.

    A script instead of `preexec_fn`: that one runs Python between fork and exec, which may deadlock
    when the caller has threads (asyncio waits for children in threads).
    """
    return [sys.executable, "-I", "-S", __file__, str(int(last_signal)), str(os.getpid()), *command]


def main(arguments: Sequence[str]) -> None:
    last_signal, parent, command = int(arguments[0]), int(arguments[1]), list(arguments[2:])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, last_signal)
    # The parent may have died before the kernel knew of our wish.
    if os.getppid() != parent:
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  no shell is wanted; the command is ours


if __name__ == "__main__":
    main(sys.argv[1:])
