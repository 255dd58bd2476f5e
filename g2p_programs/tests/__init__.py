from . import test_cycle_of_work
from . import test_money
from . import test_transport
