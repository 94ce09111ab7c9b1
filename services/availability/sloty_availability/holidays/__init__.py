"""Public holidays as overrides."""
