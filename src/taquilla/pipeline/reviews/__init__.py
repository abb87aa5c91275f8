"""Reviews and ratings, from files of JSON to the star schema: landed, cleaned, scored, loaded, recommended from."""
