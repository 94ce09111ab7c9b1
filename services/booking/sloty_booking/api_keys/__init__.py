"""Keys for programs that act for a tenant."""
