"""Customers who wait for a time to come free, and what they are offered."""
