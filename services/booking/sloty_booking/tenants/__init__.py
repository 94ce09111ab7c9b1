"""The tenant's own description and settings."""
