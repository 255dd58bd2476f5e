from . import verify_wizard
from . import payment_file_preview
