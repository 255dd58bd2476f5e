"""The token stays with administrators, and goes to no address that somebody else has chosen."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.g2p_programs.dispatch import claim

from .common import TOKEN, G2PConnectManagerCase

ELSEWHERE = "https://elsewhere.example.org/x"


@tagged("post_install", "-at_install")
class TestManagerToken(G2PConnectManagerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.make_program()
        cls.administrator = cls.env.ref("base.user_admin")

    def setUp(self):
        super().setUp()
        self.manager = self.make_manager(self.program)

    # ---- who sees it ------------------------------------------------------------------------------------------
    def test_token_is_neither_read_nor_found_nor_exported_nor_written_by_others(self):
        export = self.env.ref("base.group_allow_export")
        for user in (self.officer, self.g2padmin, self.finance, self.releaser, self.validator):
            user.group_ids |= export
            mine = self.manager.with_user(user)
            with self.subTest(user.login):
                self.assertNotIn("api_token", mine.fields_get())
                self.assertNotIn("api_token", mine.read()[0])
                self.assertNotIn(TOKEN, str(mine.read()))
                for attempt in (
                    lambda mine=mine: mine.read(["api_token"]),
                    lambda mine=mine: mine.search([("api_token", "like", "canary%")]),
                    lambda mine=mine: mine.search([], order="api_token"),
                    lambda mine=mine: mine.formatted_read_group([], ["api_token"], ["__count"]),
                    lambda mine=mine: mine.write({"api_token": "x"}),
                ):
                    with self.assertRaises(AccessError):
                        attempt()
                with self.assertRaisesRegex(UserError, "cannot be exported"):
                    mine.export_data(["name", "api_token"])
        self.assertEqual(self.manager.api_token, TOKEN)

    def test_token_does_not_go_where_a_batch_was_released_to_before_the_address_changed(self):
        cycle, manager = self.make_payable(manager={"payment_endpoint_url": ELSEWHERE})
        cycle.prepare_payment()
        batches = cycle.sudo().payment_batch_ids.with_user(self.releaser)
        batches.release_payments()
        manager.with_user(self.administrator).payment_endpoint_url = "https://pay.example.org/disburse"
        batches.send_payment()
        submission = batches.sudo().submission_ids
        self.assertIsNone(claim.claim(self.env, submission.id))
        self.assertEqual((submission.state, submission.tries), ("queued", 0))
        self.assertIn("changed after the release", submission.hold_reason)

    def test_token_is_exported_for_nobody(self):
        mine = self.manager.with_user(self.administrator)
        self.assertFalse(mine.fields_get(["api_token"])["api_token"]["exportable"])
        with self.assertRaisesRegex(UserError, "Bearer Token cannot be exported"):
            mine.export_data(["name", "api_token"])
        exported = mine.export_data(["name", "payment_endpoint_url", "program_id/name", "has_token"])["datas"]
        self.assertEqual(exported[0][:2], ["T Connect", "https://pay.example.org/disburse"])
        self.assertNotIn(TOKEN, str(exported))

    def test_token_is_not_copied(self):
        self.assertFalse(self.manager.copy().api_token)
        self.assertNotIn("api_token", self.manager.copy_data()[0])

    def test_token_shows_in_no_representation(self):
        client = self.manager._rail_client(self.manager._rail_settings())
        self.assertNotIn(TOKEN, repr(client._credentials) + repr(client) + str(self.manager._rail_settings()))

    def test_officer_is_told_whether_there_is_one(self):
        mine = self.manager.with_user(self.officer)
        self.assertTrue(mine.read(["has_token"])[0]["has_token"])
        self.manager.api_token = False
        self.assertFalse(mine.read(["has_token"])[0]["has_token"])

    # ---- where it goes ----------------------------------------------------------------------------------------
    def test_token_is_gone_when_somebody_else_changes_an_endpoint(self):
        for user in (self.officer, self.g2padmin):
            for name in ("payment_endpoint_url", "status_endpoint_url"):
                for sudo in (False, True):
                    manager = self.make_manager(self.program)
                    before = manager.message_ids
                    with self.subTest(user=user.login, name=name, sudo=sudo):
                        manager.with_user(user).sudo(sudo).write({name: ELSEWHERE, "note": "x"})
                        self.assertFalse(manager.api_token)
                        self.assertFalse(manager.with_user(user).has_token)
                        said = " ".join((manager.message_ids - before).mapped("body"))
                        self.assertIn("Token was removed", said)
                        self.assertIn(user.name, said)
                        self.assertNotIn(TOKEN, said)

    def test_token_is_gone_when_an_officer_changes_an_endpoint_on_the_form(self):
        with Form(self.manager.with_user(self.officer)) as form:
            self.assertTrue(form.has_token)
            form.status_endpoint_url = ELSEWHERE
        self.assertFalse(self.manager.api_token)
        self.assertFalse(Form(self.manager.with_user(self.officer)).has_token)

    def test_nothing_is_sent_without_it(self):
        self.manager.with_user(self.officer).payment_endpoint_url = ELSEWHERE
        self.assertEqual(self.manager._rail_client(self.manager._rail_settings())._credentials.token, "")

    def test_only_the_managers_that_were_changed_lose_it(self):
        other = self.make_manager(self.program, payment_endpoint_url=ELSEWHERE)
        (self.manager | other).with_user(self.officer).write({"payment_endpoint_url": ELSEWHERE})
        self.assertEqual([bool(self.manager.api_token), other.api_token], [False, TOKEN])

    def test_token_stays_when_the_endpoints_do(self):
        before = self.manager.message_ids
        self.manager.with_user(self.officer).write(
            {"payment_endpoint_url": self.manager.payment_endpoint_url, "sender_id": "other", "note": "x"}
        )
        self.assertEqual(self.manager.api_token, TOKEN)
        self.assertNotIn("token", " ".join((self.manager.message_ids - before).mapped("body")))

    def test_token_stays_when_the_change_is_refused(self):
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.manager.with_user(self.officer).payment_endpoint_url = "http://elsewhere.example.org"
        self.assertEqual(self.manager.api_token, TOKEN)

    def test_administrator_moves_it_and_renews_it(self):
        mine = self.manager.with_user(self.administrator)
        mine.write({"payment_endpoint_url": ELSEWHERE, "api_token": "renewed"})
        self.assertEqual(mine.api_token, "renewed")
        mine.write({"status_endpoint_url": ELSEWHERE})
        self.assertEqual(mine.api_token, "renewed")
