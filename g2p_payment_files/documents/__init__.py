"""What a document shows, and in which format: plain Python, no environment, no ORM.

``facts.py`` is what may be shown, ``layout.py`` how it was asked to look; one file for each format makes bytes of
the two. A document is made in parts of some hundred payments, each alone and again if need be, which are joined at
the end.
"""
