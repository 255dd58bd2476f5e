"""How quick each stage is, as a ratio to plain SQL in the same run: ``make bench N=20000``."""
