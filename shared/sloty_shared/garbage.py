"""What Python's garbage collector looks at, in processes that live long."""

import gc

# Lists of slots and batches of messages make thousands of objects, few of them in a cycle.
OBJECTS_BETWEEN_COLLECTIONS = 20_000


def leave_to_itself() -> None:
    """Have the collector pass over what there is by now, which lasts as long as the process does.

    Else a large answer makes it walk through all of that, which took longer than the answer.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
