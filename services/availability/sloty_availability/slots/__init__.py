"""Which times can be booked."""
