"""The people in front of the screens, and what each may do: least rights, one job each."""

from tests.demo.users import User, find_id

ADMINISTRATOR = User("administrator", "admin", "Administrator", ("g2p_registry_base.group_g2p_admin",))
OFFICER = User(
    "officer",
    "olive",
    "Olive Officer",
    ("g2p_programs.g2p_program_manager", "g2p_registry_base.group_g2p_registrar"),
)
APPROVER = User(
    "approver",
    "amos",
    "Amos Approver",
    ("g2p_programs.g2p_program_cycle_approver", "g2p_programs.g2p_payment_releaser"),
)
FINANCE = User("finance", "fiona", "Fiona Finance", ("g2p_programs.g2p_finance_validator",))
FINANCE_2 = User("second of finance", "felix", "Felix Finance", ("g2p_programs.g2p_finance_validator",))
AUDITOR = User("auditor", "anna", "Anna Auditor", ("g2p_programs.g2p_payment_auditor",))
#: Pays out at a pay point, and sees nothing of the payments themselves.
CLERK = User("clerk", "clara", "Clara Clerk", ("g2p_payment_files.group_document_verifier",))
KEY_KEEPER = User("key keeper", "kim", "Kim Keys", ("g2p_payment_files.crypto_admin",))
HIRED = (OFFICER, APPROVER, FINANCE, FINANCE_2, AUDITOR, CLERK, KEY_KEEPER)


def hire(admin):
    """Make everybody a user.

    :param admin: RPC caller of the administrator
    """
    everybody = find_id(admin, "base.group_user")
    values = [
        {
            "name": user.name,
            "login": user.login,
            "password": user.password,
            "notification_type": "inbox",
            "group_ids": [(6, 0, [everybody, *(find_id(admin, group) for group in user.groups)])],
        }
        for user in HIRED
    ]
    admin("res.users", "create", values, context={"no_reset_password": True})
    rights = [(4, find_id(admin, group)) for group in ADMINISTRATOR.groups]
    admin("res.users", "write", [admin.user_id], {"group_ids": rights})
