"""Offering times that have come free to whoever waits for them, in the order of joining."""
