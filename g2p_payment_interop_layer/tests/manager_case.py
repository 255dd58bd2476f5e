"""Builders for tests of the payment manager."""

from unittest.mock import patch

from odoo.tools import config

from odoo.addons.g2p_programs.dispatch import claim
from odoo.addons.g2p_programs.tests.common import ProgramCase

MODEL = "g2p.program.payment.manager.payment.interop.layer"
LOOPBACK = "g2p_payment_interop_layer.allow_loopback_http"
CANARY = "canary-secret-7b1d"
SECRETS = ("auth_password", "bearer_token", "oauth2_client_secret", "auth_header_value", "tls_client_key")
URLS = ("payment_endpoint_url", "status_endpoint_url", "check_endpoint_url", "oauth2_token_url")
SEND = "odoo.addons.g2p_programs.dispatch.transport.Transport.send"


class InteropManagerCase(ProgramCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls.env.ref("base.user_admin")
        # The development server's own value must not decide whether a time-out fits.
        limit = config["limit_time_real"]
        config["limit_time_real"] = 120
        cls.addClassCleanup(config.__setitem__, "limit_time_real", limit)

    @classmethod
    def manager_vals(cls, program, mode="pil", **vals):
        """Return the settings of a manager that has nothing wrong."""
        base = "https://layer.example.org"
        direct = {
            "payment_endpoint_url": f"{base}/transfers",
            "payer_id_type": "BUSINESS",
            "payer_id_value": "ministry-7",
            "payer_name": "Ministry of Care",
        }
        return {
            "name": "T Layer",
            "program_id": program.id,
            "mode": mode,
            "payment_endpoint_url": f"{base}/disbursement",
            **(direct if mode == "sdk" else {}),
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
    def make_payable(cls, members=3, manager=None, **vals):
        """Make an approved cycle that is paid through a new manager.

        :param members: int for so many people with accounts, or res.partner records as they are
        :return: (g2p.cycle of the officer, manager)
        """
        if isinstance(members, int):
            members = cls.make_registrants(members, accounts=True)
        cycle = cls.make_approved_cycle(members, **vals)
        return cycle, cls.make_manager(cycle.program_id, **(manager or {}))

    def prepare(self, **kwargs):
        """Return (cycle, manager, batches) of payments that are prepared."""
        cycle, manager = self.make_payable(**kwargs)
        cycle.prepare_payment()
        return cycle, manager, cycle.sudo().payment_batch_ids

    def release(self, batches):
        """Release batches, and return them as the releaser sees them."""
        mine = batches.with_user(self.releaser)
        mine.release_payments()
        return mine

    def make_open(self, **kwargs):
        """Return (manager, batches, submissions) that are queued for the payment system."""
        _cycle, manager, batches = self.prepare(**kwargs)
        self.release(batches).send_payment()
        return manager, batches, batches.submission_ids

    def claim(self, submission):
        """Claim a submission in this transaction, and return whether it was: nothing is called."""
        with patch(SEND) as send:
            call = claim.claim(self.env, submission.id)
        send.assert_not_called()
        return call is not None

    def findings(self, cycle):
        """Return {registrant: message} of what stood in the way when payments were prepared."""
        found = self.env["g2p.payment.finding"].search([("cycle_id", "=", cycle.id)])
        return {one.partner_id: one.message for one in found}
