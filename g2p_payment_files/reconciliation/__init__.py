"""Reconciliation by file: what the lines of a bank's or a pay point's file mean for the payments in the books.

``judge.py`` is plain Python: one line and one payment in, an effect and problems out. ``known.py`` reads the payments
as sets. ``stages.py`` does long imports in transactions of their own.
"""
