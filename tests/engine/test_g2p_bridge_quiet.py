"""Secrets and payees of the bridge mode stay where they belong, what a bank calls a payee above all."""

from . import test_canary
from .g2p_bridge_case import CANCELLATION, DISBURSEMENTS, ENVELOPE, BridgeCase
from .g2p_connect_case import G2P_CONNECT
from .rail_case import Tally
from .test_canary import COLUMNS, TABLES

NAMES = ("Zenobia Canaryfeather", "Quirin Canaryfeather", "Xanthe Canaryfeather")
ACCOUNTS = ("774411000", "774411001", "774411002")
TOKEN = "canary-token-4b1d77"
#: What the simulated bank calls every payee.
AT_BANK = "Beneficiary at bank"
REFUSED = {"play": "header_rjct", "on": "disbursements", "code": "INVALID_DISBURSEMENT_PAYLOAD", "calls": [1]}


class TestBridgeCanary(BridgeCase):
    everything_logged = test_canary.TestCanary.everything_logged

    def make_cycle(self, **values):
        """Make a cycle whose payees and accounts can be told from everything else."""
        made = super().make_cycle(**values)
        with self.committed() as env:
            partners = env["res.partner"].browse(made["partners"])
            for partner, name, account in zip(partners, NAMES, ACCOUNTS, strict=True):
                partner.name = name
                partner.bank_ids.acc_number = account
        return made

    def live(self, *faults, outcomes=(), seconds=20, **vals):
        """Send one batch, ask about it and let it be paid, as jobs do, while faults are played."""
        made = self.make_queued_here(auth_type="bearer", api_token=TOKEN, **vals)
        self.play(*faults, outcomes=outcomes, bridge={"token": TOKEN})
        with self.deadline(seconds):
            for submission_id in made["submissions"]:
                with self.committed() as env:
                    env["g2p.payment.submission"].browse(submission_id)._job_dispatch()
        self.simulator.release()
        self.go_on(made)
        self.pay(made)
        self.watch(made)
        self.abandon(made)
        return made

    def live_with_people(self):
        """Let requests be given up, an envelope be amended and stopped, a summary be read, a connection be tested."""
        made = self.make_queued_here(auth_type="bearer", api_token=TOKEN, schedule_days_ahead=1)
        self.play(REFUSED, bridge={"token": TOKEN})
        self.dispatch(made)
        self.act("action_cancel", self.find(made, DISBURSEMENTS))
        self.dispatch(made)
        self.ask(made)
        self.act("action_cancel_envelope", self.find(made, ENVELOPE))
        self.dispatch(made)
        self.assertTrue(self.find(made, CANCELLATION))
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).action_open_envelopes()
        with self.committed() as env:
            self.manager(env, made)._job_test_connection()
        self.abandon(made)

    def hold_back(self):
        """Let a claim find a payee who is out of order, and is named."""
        made = self.make_queued_here(auth_type="bearer", api_token=TOKEN)
        self.play()
        with self.committed() as env:
            env["res.partner"].browse(made["partners"][0]).disabled = "2026-01-01 00:00:00"
        self.dispatch(made)
        self.assertEqual(self.tally(made), Tally(issued=3))
        row = self.read("g2p.payment.submission", made["submissions"][0], "hold_reason")
        self.assertTrue(row["hold_reason"])
        self.abandon(made)

    def test_no_payee_and_no_secret_leaves_the_records_that_are_for_them(self):
        once = {"calls": [1]}
        reversed_ = {"payee_suffixes": ["0"], "result": "reversed", "code": "ACCOUNT_CLOSED"}
        with self.everything_logged() as log:
            self.live()
            self.live(outcomes=[reversed_, {"payee_suffixes": ["1"], "result": "duplicate_line"}])
            self.live(outcomes=[{"payee_suffixes": ["0"], "result": "invalid_reversal"}])
            self.live(REFUSED)
            self.live({"play": "reset", "executed": True, **once}, {"on": "status", "play": "html", **once})
            self.live({"play": "truncated", **once}, {"on": "status", "play": "truncated", **once})
            self.live(
                {"play": "wrong_amount", **once}, {"on": "status", "play": "contradictory_rows", **once}
            )
            self.live({"play": "extra_rows", **once}, {"on": "status", "play": "extra_rows", **once})
            self.live({"play": "missing_rows", **once}, {"on": "status", "play": "other_ids", **once})
            self.live({"play": "null_ids", **once}, {"on": "envelope_status", "play": "rubbish", **once})
            self.live({"play": "timeout", "executed": True, **once}, seconds=1)
            self.live({"on": "envelope", "play": "status", "status": 400, **once})
            self.live({"on": "envelope", "play": "other_ids", **once})
            self.live_with_people()
            self.hold_back()
        self.assertIn("rail call POST", "\n".join(log.lines), "the log was not listened to")
        with self.committed() as env:
            details = env[G2P_CONNECT]._rail_detail_fields()
            columns = [*COLUMNS, ("g2p_payment", tuple(details))]
            columns.append(("g2p_cycle_envelope_summary", ("problems", "disbursement_schedule_date")))
            found = []
            for table, condition in TABLES:
                env.cr.execute(f"SELECT t::text FROM {table} t WHERE {condition}")
                found += [(table, row[0]) for row in env.cr.fetchall()]
            for table, names in columns:
                env.cr.execute(f"SELECT concat_ws(' ', {', '.join(names)}) FROM {table}")
                found += [(table, row[0]) for row in env.cr.fetchall()]
            # The search itself works: what is kept whole for auditors has all of it.
            env.cr.execute(
                "SELECT count(*) FROM g2p_payment_exchange WHERE answer ->> 'body' LIKE %s", (f"%{AT_BANK}%",)
            )
            self.assertTrue(env.cr.fetchone()[0])
            env.cr.execute(
                "SELECT count(*) FROM g2p_payment_submission WHERE payload LIKE %s", (f"%{NAMES[0]}%",)
            )
            self.assertTrue(env.cr.fetchone()[0])
        for secret in (*NAMES, "Canaryfeather", *ACCOUNTS, AT_BANK, TOKEN):
            self.assertEqual([line for line in log.lines if secret in line], [], f"{secret} is in the log")
            self.assertEqual([table for table, text in found if secret in text], [], secret)
