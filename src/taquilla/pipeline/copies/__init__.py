"""Copies of tables between databases, the lake, the warehouse and files: typed, in bulk, whole or not at all."""
