from . import test_signing
from . import test_verify_command
from . import test_encryption_provider
from . import test_verify_wizard
from . import test_result_judge
from . import test_result_import
from . import test_result_export_http
