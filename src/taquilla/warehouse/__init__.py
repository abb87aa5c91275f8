"""The relational model, how it is loaded, and `sql/`: one mart a file."""
