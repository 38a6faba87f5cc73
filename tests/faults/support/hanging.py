"""A process whose threads hang, but for its first one: so looks a writer whose disk no longer answers (ptrace(2))."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

WALL = 0x40000000  # wait(2): for threads of somebody else's as well
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207


@contextmanager
def hanging(process: int) -> Iterator[list[int]]:
    """While it lasts, every thread of the process stands still but the first, which runs its event loop."""
    threads = [int(each.name) for each in Path(f"/proc/{process}/task").iterdir() if int(each.name) != process]
    for thread in threads:
        _ptrace(PTRACE_SEIZE, thread)
        _ptrace(PTRACE_INTERRUPT, thread)
    try:
        yield threads
    finally:
        for thread in threads:
            _let_go(thread)


def _let_go(thread: int) -> None:
    try:
        _ptrace(PTRACE_DETACH, thread)
    except ProcessLookupError:  # it has gone with its process; until it is waited for it keeps that from being gone
        with suppress(ChildProcessError):
            os.waitpid(thread, WALL)


def _ptrace(request: int, thread: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if libc.ptrace(request, thread, None, None):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
