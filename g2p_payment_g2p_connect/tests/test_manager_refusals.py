"""Which further codes mean refused is an administrator's word, and is taken at its word only."""

import json

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.g2p_programs.dispatch.outcome import Answer, RowResult, SubmissionData

from .. import const
from .common import MODEL, G2PConnectManagerCase
from .test_reading import disburse, row

SUBMISSION = SubmissionData("BATCH-1", 1, "", {}, ("PAY-1",))


@tagged("post_install", "-at_install")
class TestManagerRefusals(G2PConnectManagerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.make_program()
        cls.administrator = cls.env.ref("base.user_admin")

    def setUp(self):
        super().setUp()
        self.manager = self.make_manager(self.program)

    def result_of(self, settings, code):
        """Return what a refusal with this code makes of the one payment."""
        answer = Answer(status=200, body=json.dumps(disburse(row(status="rjct", code=code))))
        return self.manager._rail_client(settings).read_submission(answer, SUBMISSION).rows[0].result

    def test_nothing_is_declared_by_default(self):
        self.assertFalse(self.manager.final_refusal_codes)
        self.assertEqual(self.manager._rail_settings()["final_refusal_codes"], "")

    def test_declared_codes_are_pinned_and_used(self):
        before = self.manager._rail_settings()
        self.manager.with_user(
            self.administrator
        ).final_refusal_codes = "rjct.funds, rjct.closed\nrjct.funds;rjct"
        settings = self.manager._rail_settings()
        self.assertEqual(settings["final_refusal_codes"], "rjct.funds rjct.closed rjct")
        for code in ("rjct.funds", "rjct.closed"):
            self.assertIs(self.result_of(settings, code), RowResult.FAILED)
            self.assertIs(self.result_of(before, code), RowResult.PENDING, "asked with what it was sent with")
        self.assertIs(self.result_of(settings, "rjct.other"), RowResult.PENDING)

    def test_declaration_is_logged(self):
        self.env.cr.precommit.run()
        self.manager.with_user(self.administrator).final_refusal_codes = "rjct.funds"
        self.env.flush_all()
        self.env.cr.precommit.run()
        values = self.manager.message_ids.sudo().tracking_value_ids
        self.assertIn("rjct.funds", values.mapped("new_value_text"))

    def test_codes_that_are_none_or_can_never_be_sure_are_refused_all_at_once(self):
        wrong = ["Refused", "no-ü", "1", "rjct.reference_id.duplicate", "err.request.timeout", "already"]
        wrong += ["rjct.payment.not_found", "rjct.pending", *const.UNKNOWN_REFERENCE_CODES]
        with self.assertRaises(ValidationError) as caught:
            self.manager.final_refusal_codes = "\n".join([*wrong, "rjct.funds"])
        lines = str(caught.exception).splitlines()
        self.assertEqual(len(lines), len(wrong))
        for code in wrong:
            self.assertTrue([line for line in lines if f" {code} " in line and "T Connect" in line], code)

    def test_only_system_administrators_declare(self):
        for user in (self.officer, self.g2padmin):
            mine = self.env[MODEL].with_user(user)
            vals = self.manager_vals(self.program, name="T New")
            del vals["api_token"]
            for attempt in (
                lambda user=user: self.manager.with_user(user).write({"final_refusal_codes": "rjct.x"}),
                lambda user=user: (
                    self.manager.with_user(user).sudo().write({"final_refusal_codes": "rjct.x"})
                ),
                lambda mine=mine, vals=vals: mine.create(vals | {"final_refusal_codes": "rjct.x"}),
                lambda mine=mine, vals=vals: mine.with_context(default_final_refusal_codes="rjct.x").create(
                    vals
                ),
            ):
                with self.subTest(user.login), self.assertRaises(AccessError), self.env.cr.savepoint():
                    attempt()
            self.assertTrue(mine.create(vals))
        self.assertFalse(self.manager.final_refusal_codes)

    def test_officers_see_and_keep_them(self):
        self.manager.final_refusal_codes = "rjct.funds"
        mine = self.manager.with_user(self.officer)
        self.assertEqual(mine.read(["final_refusal_codes"])[0]["final_refusal_codes"], "rjct.funds")
        mine.write({"final_refusal_codes": "rjct.funds", "note": "x"})
        self.assertFalse(mine.copy().final_refusal_codes)
        self.assertEqual(self.manager.final_refusal_codes, "rjct.funds")
