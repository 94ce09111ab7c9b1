"""What the platform's own administrators see and change of all businesses."""
