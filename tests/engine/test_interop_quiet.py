"""Secrets and payees of the Mojaloop rail stay where they belong."""

from . import test_canary
from .interop_case import TRUE_WORDS
from .rail_case import Tally
from .test_canary import COLUMNS, TABLES
from .test_interop_checks import InteropChecksCase

NAMES = ("Zenobia Canaryfeather", "Quirin Canaryfeather", "Xanthe Canaryfeather")
ACCOUNTS = ("774411000", "774411001", "774411002")
#: Whom the payment system knows.
TOLD = "Ottoline Canaryfeather"


class TestInteropCanary(InteropChecksCase):
    everything_logged = test_canary.TestCanary.everything_logged

    def make_cycle(self, **values):
        """Make a cycle whose payees and accounts can be told from everything else."""
        made = super().make_cycle(**values)
        with self.committed() as env:
            partners = env["res.partner"].browse(made["partners"])
            for partner, name, account in zip(partners, NAMES, ACCOUNTS, strict=False):
                partner.name = name
                partner.bank_ids.acc_number = account
        return made

    def live(self, *faults, **vals):
        """Check payees, send one batch and ask about it, as jobs do, while faults are played."""
        made = self.make_queued_here(**vals)
        auth = vals["auth_type"]
        self.play(*faults, scheme={**TRUE_WORDS, "auth": auth, "party_name": TOLD})
        self.check_payees(made)
        self.check_connection(made)
        for submission_id in made["submissions"]:
            with self.committed() as env:
                env["g2p.payment.submission"].browse(submission_id)._job_dispatch()
        for _time in range(2):
            self.move_time_on(made)
            self.sweep()
            self.ask(made)
        return made

    def test_no_payee_and_no_secret_leaves_the_records_that_are_for_them(self):
        auths = list(self.auths().values())
        faults = (
            (),
            ({"play": "header_rjct"},),
            ({"play": "reset", "executed": True}, {"on": "status", "play": "html", "calls": [1]}),
            ({"play": "truncated"}, {"on": "status", "play": "truncated", "calls": [1]}),
            ({"play": "wrong_amount"}, {"on": "check", "play": "rubbish"}),
            ({"play": "extra_rows"}, {"on": "check", "play": "status", "status": 500}),
            ({"play": "contradictory_rows"}, {"on": "check", "play": "contradictory_rows"}),
            ({"play": "duplicate_reference"}, {"on": "check", "play": "reset"}),
        )
        with self.everything_logged() as log:
            for self.mode in ("pil", "sdk"):
                self.forget_tokens()
                for number, played in enumerate(faults):
                    self.live(*played, **auths[number % len(auths)])
                self.refuse_unknown()
        self.assertIn("rail call POST", "\n".join(log.lines), "the log was not listened to")
        simulator = self.simulator
        secrets = (
            simulator.password, simulator.bearer_token, simulator.client_secret, simulator.header_value,
        )  # fmt: skip
        columns = [*COLUMNS, ("g2p_payment", ("payee_check_code", "payee_check_state"))]
        with self.committed() as env:
            found = []
            for table, condition in TABLES:
                env.cr.execute(f"SELECT t::text FROM {table} t WHERE {condition}")
                found += [(table, row[0]) for row in env.cr.fetchall()]
            for table, names in columns:
                env.cr.execute(f"SELECT concat_ws(' ', {', '.join(names)}) FROM {table}")
                found += [(table, row[0]) for row in env.cr.fetchall()]
            env.cr.execute("SELECT count(*) FROM g2p_payment WHERE payee_check_name = %s", (TOLD,))
            self.assertTrue(env.cr.fetchone()[0], "nobody was looked up")
        for secret in (*NAMES, *ACCOUNTS, TOLD, *secrets):
            self.assertEqual([line for line in log.lines if secret in line], [], "it is in the log")
            self.assertEqual([table for table, text in found if secret in text], [])

    def refuse_unknown(self):
        """Let a claim find payees that nobody has looked up, which are named."""
        made = self.make_queued_here()
        with self.committed() as env:
            self.manager(env, made).validate_before_sending = True
        self.play()
        self.dispatch(made)
        self.assertEqual(self.tally(made), Tally(issued=len(made["payments"])))
        row = self.read("g2p.payment.submission", made["submissions"][0], "hold_reason")
        self.assertIn("was not checked", row["hold_reason"])
