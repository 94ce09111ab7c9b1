"""The pages that links in mails lead to, where the booking API itself is the public address."""
