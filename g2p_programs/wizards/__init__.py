from . import create_program_wizard
from . import assign_to_program_wizard
from . import payment_release_wizard
from . import choose_payment_manager_wizard
from . import base_partner_merge
