"""Who did what to which record."""
