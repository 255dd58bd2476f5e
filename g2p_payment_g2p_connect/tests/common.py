"""Builders for tests of the G2P Connect payment manager."""

from odoo.fields import Command
from odoo.tools import config

from odoo.addons.g2p_programs.tests.common import ProgramCase

MODEL = "g2p.program.payment.manager.g2p.connect"
LOOPBACK = "g2p_payment_g2p_connect.allow_loopback_http"
TOKEN = "canary-token-4d1e"


class G2PConnectManagerCase(ProgramCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bank = cls.env["res.bank"].create({"name": "T Bank", "bic": "ABCD0001"})
        # The development server's own value must not decide whether a time-out fits.
        limit = config["limit_time_real"]
        config["limit_time_real"] = 120
        cls.addClassCleanup(config.__setitem__, "limit_time_real", limit)

    @classmethod
    def manager_vals(cls, program, **vals):
        """Return the settings of a manager that has nothing wrong."""
        return {
            "name": "T Connect",
            "program_id": program.id,
            "payment_endpoint_url": "https://pay.example.org/disburse",
            "status_endpoint_url": "https://pay.example.org/status",
            "api_token": TOKEN,
            "sender_id": "t-sender",
            "payer_fa": "account:7001002003@central-bank",
            "payee_prefix": "account:",
            **vals,
        }

    @classmethod
    def make_manager(cls, program, **vals):
        """Plug a new manager into a program and return it."""
        manager = cls.env[MODEL].create(cls.manager_vals(program, **vals))
        program.sudo().payment_managers.unlink()
        program.sudo().payment_managers = cls.env["g2p.program.payment.manager"].create(
            {"program_id": program.id, "manager_ref_id": f"{MODEL},{manager.id}"}
        )
        return manager

    @classmethod
    def give_accounts(cls, partners, bank=None):
        """Give each registrant an account at a bank that has a code."""
        cls.env["res.partner.bank"].create(
            [
                {"partner_id": one.id, "acc_number": f"T{one.id:09}", "bank_id": (bank or cls.bank).id}
                for one in partners
            ]
        )

    @classmethod
    def make_payable(cls, members=3, manager=None, **vals):
        """Make an approved cycle that is paid through a new manager.

        :param members: int for so many people with accounts, or res.partner records as they are
        :return: (g2p.cycle of the officer, manager)
        """
        if isinstance(members, int):
            members = cls.make_registrants(members)
            cls.give_accounts(members)
        cycle = cls.make_approved_cycle(members, **vals)
        return cycle, cls.make_manager(cycle.program_id, **(manager or {}))

    def release(self, cycle):
        """Release all batches of a cycle and return them as the releaser."""
        batches = cycle.payment_batch_ids.with_user(self.releaser)
        batches.release_payments()
        return batches

    def make_open(self, **kwargs):
        """Return (cycle, manager, submission) of a batch that is queued for the payment system."""
        cycle, manager = self.make_payable(**kwargs)
        cycle.prepare_payment()
        self.release(cycle).send_payment()
        return cycle, manager, self.submissions(cycle)

    def submissions(self, cycle):
        return cycle.sudo().payment_batch_ids.submission_ids

    def tags(self, *values):
        """Return the command that sets new batch tags, in this order."""
        tags = self.env["g2p.payment.batch.tag"].create(
            [{"order": order, **vals} for order, vals in enumerate(values)]
        )
        return [Command.set(tags.ids)]
