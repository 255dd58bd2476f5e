"""Who may let money flow again where somebody, or the engine itself, has stopped it."""

from odoo.exceptions import AccessError

GROUPS = (
    "g2p_programs.g2p_finance_validator",
    "g2p_programs.g2p_payment_releaser",
    "g2p_registry_base.group_g2p_admin",
)


def may_resume(env):
    """Return whether the user of ``env`` may resume sending."""
    return env.su or any(env.user.has_group(group) for group in GROUPS)


def check_may_resume(records):
    """Refuse to resume sending to everybody else.

    :param records: what is paused: payment managers or programs
    :raise AccessError: naming them, and who may
    """
    if records and not may_resume(records.env):
        raise AccessError(
            records.env._(
                "%s: whoever prepares payments does not resume sending. Ask finance, a payment releaser or a G2P "
                "Administrator.",
                ", ".join(records.mapped("display_name")),
            )
        )


def with_right_to_pause(records):
    """Return ``records`` as who may pause them: those who may resume need no right to change settings for it."""
    if not may_resume(records.env):
        return records
    records.check_access("read")
    return (
        records.sudo()
    )  # sudo: finance and releasers read managers and programs only; their right is checked above
