"""The users of a tenant: inviting them, and what each may do."""
