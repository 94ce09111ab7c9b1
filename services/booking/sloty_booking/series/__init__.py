"""Series: appointments that recur by one rule, and what becomes of many at once."""
