"""What happens to all appointments of a provider on one day."""
