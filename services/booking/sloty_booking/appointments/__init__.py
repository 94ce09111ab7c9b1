"""Booking, and the life of an appointment."""
