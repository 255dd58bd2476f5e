from . import test_client
from . import test_const
from . import test_manager_open
from . import test_manager_settings
from . import test_prepare_payments
from . import test_reading
from . import test_reading_anything
