"""What the two HTTP services share: conventions, and no feature."""
