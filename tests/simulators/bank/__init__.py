"""A bank and a pay point without an API: people bring them payment files, and get files with results back.

They refuse what real ones refuse: a file that they have had before, one that does not add up, one that the standard's
schema refuses. They do not compare payments across files: what is ordered in two files is paid twice, and the ledger
shows it.
"""
