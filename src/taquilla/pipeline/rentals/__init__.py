"""A shop's tables, from its database to the star schema: read, landed, cleaned, linked to the catalogue's films."""
