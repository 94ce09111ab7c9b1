"""Who comes along to an appointment."""
