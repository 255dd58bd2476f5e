"""Ways to pay, as the demo plays them: ``make demo RAIL=file``, ``make demo RAIL=interop MODE=sdk``.

What all of them offer is in ``rail.py``.
"""

import importlib

#: Name on the command line: {mode: (module, class)}. The first mode is the usual one; a rail that has none has one
#: without a name. A rail's module is loaded only when it is played.
RAILS = {
    "g2p_connect": {
        "sync": ("g2p_connect", "G2PConnectRail"),
        "async": ("g2p_connect_async", "G2PConnectAsyncRail"),
        "bridge": ("g2p_bridge", "BridgeRail"),
    },
    "file": {"": ("file", "FileRail")},
    "phee": {"": ("phee", "PHEERail")},
    "interop": {"pil": ("interop_pil", "LayerRail"), "sdk": ("interop_sdk", "AdapterRail")},
}


class UnknownRail(ValueError):
    """There is no such way to pay."""


def make_rail(name, mode=""):
    """Return the rail of this name.

    :param str name: a key of :data:`RAILS`
    :param str mode: one of its modes; empty for the usual one
    :return: rail.Rail
    :raise UnknownRail: when there is no such rail, or it has no such mode
    """
    if name not in RAILS:
        raise UnknownRail(f"there is no rail {name!r}: choose from {', '.join(sorted(RAILS))}")
    modes = RAILS[name]
    named = [one for one in modes if one]
    if mode and mode not in modes:
        choice = f"choose from {', '.join(named)}" if named else "it has no modes, leave MODE out"
        raise UnknownRail(f"rail {name} has no mode {mode!r}: {choice}")
    module, cls = modes[mode or next(iter(modes))]
    return getattr(importlib.import_module(f".{module}", __name__), cls)()
