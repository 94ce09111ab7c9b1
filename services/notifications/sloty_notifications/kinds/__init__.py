"""What messages say: whether each kind is still true, its facts, its words, its letter."""
