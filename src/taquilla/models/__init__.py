"""What can be told of a film before its release, how well, and what only seems so; reads the warehouse."""
