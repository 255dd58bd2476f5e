from . import payment_manager_wrapper
from . import payment_manager_test_steps
from . import payment_manager_test_single
from . import payment_manager_test_file
from . import payment_manager_test_lane
from . import payment_manager_test_envelope
