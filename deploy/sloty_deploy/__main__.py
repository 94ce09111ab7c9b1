"""Starts the command line: python -m sloty_deploy COMMAND."""

import signal
import sys

if __name__ == "__main__":
    if sys.argv[1:2] == ["up"]:
        # From its first moment on, `up` ends well when it is asked to end.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: sys.exit(0))
    from sloty_deploy.commands import main

    main()
