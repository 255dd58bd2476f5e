"""No payee and no secret in any log, job, message, default or reason (ENGINE.md section 7)."""

import logging
from contextlib import contextmanager

from .g2p_connect_case import TOKEN, G2PConnectCase

NAMES = ("Zenobia Canaryfeather", "Quirin Canaryfeather", "Xanthe Canaryfeather")
ACCOUNTS = ("774411000", "774411001", "774411002")
SECRETS = (*NAMES, "Canaryfeather", *ACCOUNTS, TOKEN)

#: (table, condition): where no payee may be, whoever may read it.
TABLES = (
    ("ir_logging", "TRUE"),
    ("queue_job", "TRUE"),
    ("ir_default", "TRUE"),
    ("ir_config_parameter", "TRUE"),
    ("mail_message", "model LIKE 'g2p.%'"),
    ("mail_tracking_value", "mail_message_id IN (SELECT id FROM mail_message WHERE model LIKE 'g2p.%')"),
    ("mail_activity", "TRUE"),
    ("ir_cron", "TRUE"),
)
#: (model, fields): what officers read on the records themselves.
COLUMNS = (
    ("g2p_payment_exchange", ("key", "outcome", "code", "reason", "payload_hash")),
    (
        "g2p_payment_submission",
        ("name", "key", "hold_reason", "last_code", "last_reason", "attention", "settings"),
    ),
    ("g2p_payment", ("name", "status_code", "status_reason", "dispute_reason", "external_reference")),
    ("g2p_payment_batch", ("name", "external_batch_ref", "settlement_problem")),
)


class Everything(logging.Handler):
    """Keeps every record as it would be written, with its traceback."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.lines = []

    def emit(self, record):
        if record.name != "odoo.sql_db":  # at DEBUG it shows every query's parameters, as Odoo means it to
            self.lines.append(f"{self.format(record)} {record.args}")


class TestCanary(G2PConnectCase):
    def make_cycle(self, **values):
        """Make a cycle whose payees and accounts can be told from everything else."""
        made = super().make_cycle(**values)
        with self.committed() as env:
            for partner, name, account in zip(
                env["res.partner"].browse(made["partners"]), NAMES, ACCOUNTS, strict=True
            ):
                partner.name = name
                partner.bank_ids.acc_number = account
        return made

    @contextmanager
    def everything_logged(self):
        """Log everything at DEBUG, loggers that have a level of their own included."""
        handler, root = Everything(), logging.getLogger()
        loggers = [
            root,
            *(one for one in root.manager.loggerDict.values() if isinstance(one, logging.Logger)),
        ]
        before = [(one, one.level, one.disabled, one.propagate) for one in loggers]
        disabled = root.manager.disable
        logging.disable(logging.NOTSET)
        for one in loggers:
            one.disabled, one.propagate = False, True
            one.setLevel(logging.DEBUG if one is root else logging.NOTSET)
        logging.getLogger("odoo.sql_db").setLevel(logging.WARNING)
        root.addHandler(handler)
        try:
            yield handler
        finally:
            root.removeHandler(handler)
            logging.disable(disabled)
            for one, level, was_disabled, propagate in before:
                one.setLevel(level)
                one.disabled, one.propagate = was_disabled, propagate

    def live(self, *faults, **script):
        """Send one batch and ask about it, as jobs do, while faults are played."""
        made = self.make_queued_here(**script)
        self.play(*faults)
        with self.committed() as env:
            env["g2p.payment.submission"].browse(made["submissions"])._job_dispatch()
        for _time in range(3):
            self.move_time_on(made)
            self.sweep()
            self.ask(made)
        return made

    def test_no_payee_and_no_secret_leaves_the_records_that_are_for_them(self):
        with self.everything_logged() as log:
            self.live()
            self.live({"play": "status", "status": 400})
            self.live({"play": "reset", "executed": True}, {"on": "status", "play": "html", "calls": [1]})
            self.live({"play": "truncated"}, {"on": "status", "play": "truncated", "calls": [1]})
            self.live({"play": "wrong_amount"}, {"on": "status", "play": "contradictory_rows", "calls": [1]})
            self.live({"play": "extra_rows"})
            self.live({"play": "contradictory_rows"}, {"on": "status", "play": "wrong_currency"})
            self.live({"play": "timeout", "executed": True}, seconds=1)
            self.hold_back()
            self.explode()
        self.assertIn("rail call POST", "\n".join(log.lines), "the log was not listened to")
        for secret in SECRETS:
            self.assertEqual([line for line in log.lines if secret in line], [], f"{secret} is in the log")
        self.assert_database_keeps_quiet()

    def hold_back(self):
        """Let a claim find rows that are out of order, which are named."""
        made = self.make_queued_here()
        self.play()
        with self.committed() as env:
            env["res.partner"].browse(made["partners"][0]).disabled = "2026-01-01 00:00:00"
        self.dispatch(made)
        self.assertTrue(
            self.read("g2p.payment.submission", made["submissions"][0], "hold_reason")["hold_reason"]
        )

    def explode(self):
        """Let the rail's own code fail while it reads an answer that names payees."""
        from odoo.addons.g2p_payment_g2p_connect import reading

        def fail(answer, *_args):
            raise ValueError(answer.body)

        read = reading.read_submission
        reading.read_submission = fail
        try:
            # One that the conftest would take for a complaint of Odoo's.
            with self.assertLogs("odoo.addons.g2p_programs.dispatch.news", logging.ERROR) as logs:
                made = self.make_queued_here()
                self.play()
                self.dispatch(made)
        finally:
            reading.read_submission = read
        self.assertEqual(self.states(made), ["unknown"])
        for secret in SECRETS:
            self.assertNotIn(secret, str(logs.output))

    def assert_database_keeps_quiet(self):
        with self.committed() as env:
            found = []
            for table, condition in TABLES:
                env.cr.execute(f"SELECT t::text FROM {table} t WHERE {condition}")
                found += [(table, row[0]) for row in env.cr.fetchall()]
            for table, columns in COLUMNS:
                env.cr.execute(f"SELECT concat_ws(' ', {', '.join(columns)}) FROM {table}")
                found += [(table, row[0]) for row in env.cr.fetchall()]
            searched = {table for table, _text in found}
            self.assertLessEqual(
                {"queue_job", "mail_message", "mail_activity", "g2p_payment_exchange"}, searched
            )
            for secret in SECRETS:
                self.assertEqual([table for table, text in found if secret in text], [], secret)
            # The search itself works: the records that are for payees have them.
            env.cr.execute(
                "SELECT count(*) FROM g2p_payment_submission WHERE payload LIKE %s", (f"%{NAMES[0]}%",)
            )
            self.assertTrue(env.cr.fetchone()[0])
