"""The dispatch engine in plain Python: what a rail may say, how it is asked, how the network is used.

Nothing in this package touches the ORM except :mod:`.cursors`, :mod:`.guard` and :mod:`.sets`, which the models call.
A rail addon imports :mod:`.outcome`, :mod:`.rail`, :mod:`.transport`, :mod:`.tokens` and :mod:`.access`.
"""
