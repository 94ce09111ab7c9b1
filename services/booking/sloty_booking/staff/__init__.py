"""The people who give appointments."""
