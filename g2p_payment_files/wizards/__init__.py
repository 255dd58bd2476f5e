from . import verify_wizard
