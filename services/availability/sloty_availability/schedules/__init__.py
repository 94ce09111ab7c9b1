"""When providers are open: weekly rules and dated overrides."""
