from . import payment_manager
from . import payment_manager_token
from . import payment_manager_refusals
from . import payment_manager_wrapper
