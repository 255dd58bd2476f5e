from . import test_access
from . import test_cycle_of_work
from . import test_jobs
from . import test_money
from . import test_recurrence
from . import test_speed
from . import test_transport
