from . import test_client
from . import test_const
from . import test_reading
from . import test_reading_anything
