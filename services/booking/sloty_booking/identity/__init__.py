"""Signing up, logging in and out, and who one is."""
