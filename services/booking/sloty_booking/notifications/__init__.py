"""When reminders go out, and what became of each message."""
