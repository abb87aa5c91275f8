"""The JSON API: what is asked, the query, and the typed answer."""
