"""What recommends films and places: likes, candidates, their measurement on later likes, the answers with reasons."""
