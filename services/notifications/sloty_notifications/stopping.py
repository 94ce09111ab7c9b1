"""Whether this worker is being stopped, known to its main process and to the pool's children."""

import mmap
from typing import Any

# One byte of memory that children forked from the main process share with it.
_flag = mmap.mmap(-1, 1)


def announce_stop(**_: Any) -> None:
    _flag[0] = 1


def is_stopping() -> bool:
    return _flag[0] == 1
