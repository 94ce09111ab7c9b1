"""The availability API: when providers are open, and which slots are free."""
