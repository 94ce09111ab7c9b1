"""What can be booked and where: locations and services."""
