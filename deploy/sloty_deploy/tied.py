"""Becomes the given command, tied to the life of the process that started it.

Run by path, before any package is importable: tied.py PARENT_PID SIGNAL UID:GID|- COMMAND...
On Linux the kernel sends SIGNAL when the parent dies. UID:GID gives root's identity up, but
keeps the right to pass closed folders, so that a checkout below a private home still works.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
COMMAND_NOT_RUN = 127


def main() -> None:
    parent, signal_number, identity, *command = sys.argv[1:]
    on_linux = sys.platform == "linux"
    libc = ctypes.CDLL(None, use_errno=True)
    if identity != "-":
        user, group = (int(part) for part in identity.split(":"))
        if on_linux:
            libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
        if on_linux:
            keep_passing_closed_folders(libc)
    if on_linux:
        # A change of identity clears this, so it comes last.
        libc.prctl(PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(0)  # The parent died before the tie was made.
    os.execv(command[0], command)  # noqa: S606 - The command comes from the parent, as a list.


def keep_passing_closed_folders(libc: ctypes.CDLL) -> None:
    """Hand CAP_DAC_OVERRIDE on to the command; without it the command just runs as anybody."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    wanted = 1 << CAP_DAC_OVERRIDE
    # Effective, permitted and inheritable sets, low and high words.
    sets = (ctypes.c_uint32 * 6)(wanted, wanted, wanted, 0, 0, 0)
    if libc.capset(header, sets) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


if __name__ == "__main__":
    try:
        main()
    except OSError as problem:
        sys.stderr.write(f"{sys.argv[4]}: {problem.strerror}\n")
        sys.exit(COMMAND_NOT_RUN)
