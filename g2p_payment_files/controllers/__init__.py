from . import download
from . import open_payments
