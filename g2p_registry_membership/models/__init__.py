from . import group_membership_kind
from . import group_membership
from . import group_membership_sql
from . import res_partner
