"""A tenant's own words for messages, instead of the built-in ones."""
