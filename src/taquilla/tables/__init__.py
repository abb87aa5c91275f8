"""What the data means: one file a subject, holding the contract of each table and the functions that make it."""
