"""What a change of a provider's hours would do, before anybody makes it."""
