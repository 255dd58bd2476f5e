"""Ways to pay, as the demo plays them: ``make demo RAIL=file``. What all of them offer is in ``rail.py``."""

import importlib

#: Name on the command line: (module, class). A rail's module is loaded only when it is played.
RAILS = {
    "g2p_connect": ("g2p_connect", "G2PConnectRail"),
    "file": ("file", "FileRail"),
    "phee": ("phee", "PHEERail"),
}


def make_rail(name):
    """Return the rail of this name.

    :param str name: a key of :data:`RAILS`
    :return: rail.Rail
    """
    module, cls = RAILS[name]
    return getattr(importlib.import_module(f".{module}", __name__), cls)()
