"""How messages travel: a carrier for each channel."""
