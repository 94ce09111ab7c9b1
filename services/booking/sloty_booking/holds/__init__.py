"""Times that are kept for somebody who is about to book."""
