from . import test_signing
