"""The service: the JSON API and the page, over the warehouse, read-only."""
