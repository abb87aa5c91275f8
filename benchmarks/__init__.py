"""What Taquilla costs: each benchmark prints ratios of one run, because seconds of another machine say little."""
