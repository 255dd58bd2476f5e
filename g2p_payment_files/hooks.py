"""What must happen before this addon goes."""

from odoo.tools import SQL

#: Models whose jobs would find nothing to do any more.
_JOB_MODELS = ("g2p.payment.file", "g2p.payment.file.part", "g2p.payment.result.import")
#: Links that hold configurations and providers as long as the addon lives; with it they go in no particular order.
_LINKS = (
    ("g2p_payment_file", "config_id"),
    ("g2p_payment_file", "encryption_provider_id"),
    ("g2p_program_payment_manager_file", "encryption_provider_id"),
)
_TABLES = (
    "g2p_pay_file_config_pay_manager",
    "g2p_pay_file_config_pay_batch_tag",
    "g2p_pay_batch_tag_pay_manager_files",
)


def forget_links(env):
    """Uninstall hook: cancel what waits, and untie what would hold each other back.

    What was handed over stays on record: the submission has its manifest, and each download is an exchange.

    :param env: environment
    """
    waiting = ("pending", "enqueued", "wait_dependencies")
    domain = [("model_name", "in", _JOB_MODELS), ("state", "in", waiting)]
    env["queue.job"].search(domain).button_cancelled()
    env.flush_all()
    for table, column in _LINKS:
        env.cr.execute(SQL("UPDATE %s SET %s = NULL", SQL.identifier(table), SQL.identifier(column)))
    for table in _TABLES:
        env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
    env.invalidate_all(flush=False)
