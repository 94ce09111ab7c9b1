"""A provider's appointments as a calendar that other programs subscribe to."""
