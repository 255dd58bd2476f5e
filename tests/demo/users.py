"""The people of the story and what each may do. Passwords are those of a demo on this machine only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """One login."""

    role: str
    login: str
    name: str
    groups: tuple = ()

    @property
    def password(self):
        return self.login


ADMINISTRATOR = User("administrator", "admin", "Administrator", ("g2p_registry_base.group_g2p_admin",))
OFFICER = User(
    "officer",
    "officer",
    "Olive Officer",
    ("g2p_programs.g2p_program_manager", "g2p_registry_base.group_g2p_registrar"),
)
APPROVER = User(
    "approver",
    "approver",
    "Amos Approver",
    ("g2p_programs.g2p_program_cycle_approver", "g2p_programs.g2p_payment_releaser"),
)
FINANCE = User("finance", "finance", "Fiona Finance", ("g2p_programs.g2p_finance_validator",))
FINANCE_2 = User("finance 2", "finance2", "Felix Finance", ("g2p_programs.g2p_finance_validator",))
MADE = (OFFICER, APPROVER, FINANCE, FINANCE_2)
ALL = (*MADE, ADMINISTRATOR)


def make_users(admin, made):
    """Make the users of the story and give the administrator the registry too.

    :param admin: Actor, the administrator
    :param made: iterable of :class:`User`
    """
    admin("res.users", "create", [_values(admin, user) for user in made], context={"no_reset_password": True})
    admin(
        "res.users",
        "write",
        [admin.user_id],
        {"group_ids": [(4, find_id(admin, group)) for group in ADMINISTRATOR.groups]},
    )


def find_id(admin, xml_id):
    """Return the id behind an external id.

    :param admin: RPC caller of an administrator
    :param str xml_id: module.name
    """
    module, name = xml_id.split(".")
    [found] = admin(
        "ir.model.data", "search_read", [("module", "=", module), ("name", "=", name)], ["res_id"]
    )
    return found["res_id"]


def _values(admin, user):
    return {
        "name": user.name,
        "login": user.login,
        "password": user.password,
        # In the inbox of Odoo: the demo sends no e-mail.
        "notification_type": "inbox",
        "group_ids": [(4, find_id(admin, group)) for group in ("base.group_user", *user.groups)],
    }
