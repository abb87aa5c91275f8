"""The revisions of the PostgreSQL warehouse: what each changes, and how to go back."""
