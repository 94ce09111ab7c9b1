"""The intake forms of services: their fields, the JSON Schema of a form, and checking answers."""
