"""Addresses of the tenant's own that are told of what happens to appointments."""
