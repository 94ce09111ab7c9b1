"""The one error that the command line shows as a single line, without a traceback."""


class Refusal(Exception):
    """Something outside the program is not as it must be; the message is the line to show."""
