"""Builders for tests of the Payment Hub EE payment manager."""

import base64

from odoo.tools import config

from odoo.addons.g2p_programs.dispatch import claim
from odoo.addons.g2p_programs.tests.common import ProgramCase

from .common import signing_key

MODEL = "g2p.program.payment.manager.phee"
LOOPBACK = "g2p_payment_phee.allow_loopback_http"
CANARY = "canary-secret-7b1d"


class PHEEManagerCase(ProgramCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls.env.ref("base.user_admin")
        # The development server's own value must not decide whether a time-out fits.
        limit = config["limit_time_real"]
        config["limit_time_real"] = 120
        cls.addClassCleanup(config.__setitem__, "limit_time_real", limit)

    @classmethod
    def manager_vals(cls, program, **vals):
        """Return the settings of a manager that has nothing wrong."""
        return {
            "name": "T Hub",
            "program_id": program.id,
            "payment_endpoint_url": "https://bulk.example.org/batchtransactions",
            "status_endpoint_url": "https://ops.example.org/api/v1/batch",
            "tenant_id": "gorilla",
            "payment_mode": "closedloop",
            "payer_id": "900100007781",
            "signing_key": signing_key()[0],
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
        """Return (manager, batches, submissions) that are queued for the hub."""
        _cycle, manager, batches = self.prepare(**kwargs)
        self.release(batches).send_payment()
        return manager, batches, batches.submission_ids

    def claim(self, submission):
        """Claim a submission in this transaction, and return whether it was: nothing is called."""
        call = claim.claim(self.env, submission.id)
        return call is not None

    def texts(self, files):
        """Return what really lies in files, one text each."""
        return [base64.b64decode(file.content).decode() for file in files]
