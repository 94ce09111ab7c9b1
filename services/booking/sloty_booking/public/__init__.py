"""What a business offers to whoever comes along."""
