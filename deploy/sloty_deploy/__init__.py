"""Runs Sloty: command line, embedded PostgreSQL and broker, mailbox, supervisor and demo."""
