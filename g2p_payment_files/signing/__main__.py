"""``python g2p_payment_files/signing``: runs without Odoo, so without importing the addon around this folder."""

import importlib.util
import sys
from pathlib import Path

NAME = "g2p_signing"


def load():
    """Return the ``command`` module of this folder, loaded as a package of its own.

    Nothing of the addon comes on the import path: a file of it could hide a library.
    """
    folder = Path(__file__).resolve().parent
    sys.path[:] = [path for path in sys.path if not path or Path(path).resolve() != folder]
    spec = importlib.util.spec_from_file_location(
        NAME, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)
    return importlib.import_module(f"{NAME}.command")


if __name__ == "__main__":
    sys.exit(load().main())
