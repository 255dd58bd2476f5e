from . import test_signing
from . import test_verify_command
from . import test_encryption_provider
from . import test_verify_wizard
