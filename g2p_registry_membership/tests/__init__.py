from . import test_concurrency
from . import test_group_heads
from . import test_group_membership
from . import test_membership_kind
from . import test_set_based
