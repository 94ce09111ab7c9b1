"""What is copied into every client as it is: the call itself, and problems as errors."""
