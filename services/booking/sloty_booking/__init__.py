"""The booking API: identity, catalogue, customers and appointments."""
