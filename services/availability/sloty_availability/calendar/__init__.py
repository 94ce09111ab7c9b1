"""What a provider's time looks like: open, blocked and booked."""
