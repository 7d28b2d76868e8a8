"""A person's own data: what is erased, and how (RULES 4.4, 4.5)."""
