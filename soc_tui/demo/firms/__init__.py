"""Made firms by seed: a week of ordinary work and an intrusion each, to measure rules on.

None is like the demo's company: other people, naming, software, countries and hours by seed. The
kinds of work stand in the text files; `week` puts a firm's week together.
"""
