from . import payment_manager_wrapper
from . import payment_manager
from . import payment_manager_status_check
