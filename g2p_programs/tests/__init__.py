from . import test_transport
