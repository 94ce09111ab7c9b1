"""What Python's garbage collector looks at, in processes that live long."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# Lists of slots and batches of messages make thousands of objects, few of them in a cycle.
OBJECTS_BETWEEN_COLLECTIONS = 20_000


def leave_to_itself() -> None:
    """Have the collector pass over what there is by now, which lasts as long as the process does.

    Else a large answer makes it walk through all of that, which took longer than the answer.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


@contextmanager
def starting() -> Iterator[None]:
    """Collect nothing while a process imports what it is made of, and pass over it afterwards."""
    gc.disable()
    try:
        yield
    finally:
        leave_to_itself()
        gc.enable()
