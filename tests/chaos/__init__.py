"""Faults, seeded, and the proof that each message arrives exactly once.

messages     what is sent: films repeated, out of order, twice, and poison
expected     what an undisturbed batch in plain Python makes of that
delta_log    a Delta table read by hand: which files a reader sees, at each version
checker      whether lake, PostgreSQL and DuckDB hold exactly that
topics       who sends the messages, and what the broker holds
world        the folder, the servers and the commands; `running` one command, `points` the moments at which it is killed
storm        everything at once; `readers` look on
test_*       the faults

Sizes are small by default; TAQUILLA_CHAOS=full (`make chaos`) is what the README tells of. `messages`, `expected`,
`delta_log` and `checker` import nothing of taquilla: a fault that pipeline and checker share would stay unseen.
"""
