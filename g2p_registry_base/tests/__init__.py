from . import test_access
from . import test_bank_account
from . import test_configuration
from . import test_phone_number
from . import test_reg_id
from . import test_reg_rel
from . import test_registrant
from . import test_set_based
