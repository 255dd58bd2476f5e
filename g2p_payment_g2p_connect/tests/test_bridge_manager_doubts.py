from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.sql_db import Cursor
from odoo.tests import tagged

from odoo.addons.g2p_programs.dispatch import follow_up
from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault

from .bridge_manager_case import ENVELOPE_ID, StepsCase, answer

TWICE = {"error_reason": "DUPLICATE_DISBURSEMENT", "bank_reference_number": "b1", "statement_id": "s"}


@tagged("post_install", "-at_install")
class TestBridgeDoubts(StepsCase):
    """What the bridge tells late, in part, or twice, and what people must hear of it."""

    def paid_twice(self, payments, twice):
        """Return the answer that banks paid these, and some of them twice."""
        rows = []
        for one in payments:
            row = self._statement(one, "", ENVELOPE_ID)
            if one in twice:
                row["disbursement_recon_records"]["disbursement_error_recon_payloads"] = [
                    {**TWICE, "disbursement_id": one.external_reference}
                ]
            rows.append(row)
        return answer(rows)

    def activities(self, cycle):
        return cycle.sudo().payment_batch_ids.activity_ids

    def test_a_second_payment_that_the_bank_made_twice_is_told_too(self):
        cycle, _manager, _envelope, request = self.make_sent(members=2)
        one, two = request.payment_ids.sorted("id")
        self.ask(request, self.paid_twice(one | two, one))
        self.assertEqual(request.state, "done")
        self.activities(cycle).action_done()
        self.env.flush_all()
        self.ask(request, self.paid_twice(one | two, one | two))
        self.assertTrue(self.activities(cycle))
        self.assertEqual(two.status_code, "bank.duplicate_disbursement")
        # And what was told is not told again.
        self.activities(cycle).action_done()
        self.env.flush_all()
        self.ask(request, self.paid_twice(one | two, one | two))
        self.assertFalse(self.activities(cycle))

    def test_money_that_comes_back_while_another_payment_is_open_is_seen(self):
        _cycle, _manager, _envelope, request = self.make_sent(members=2)
        one, two = request.payment_ids.sorted("id")
        self.ask(request, self.statements(one))
        self.assertEqual((one.status, two.state, request.state), ("paid", "sent", "sent"))
        self.ask(request, self.statements(one, reversed_for="ACCOUNT_CLOSED"))
        self.assertIn(one.external_reference, self.bridge.last_message)
        self.assertEqual(one.reversal_ids.reason_code, "ACCOUNT_CLOSED")

    def test_a_reversal_that_finance_refused_is_not_reported_again_and_again(self):
        _cycle, _manager, _envelope, request = self.make_sent(members=1)
        one = request.payment_ids
        self.ask(request, self.statements(one))
        for _time in range(3):
            self.ask(request, self.statements(one, reversed_for="ACCOUNT_CLOSED"))
            one.reversal_ids.filtered(lambda reversal: reversal.state == "reported").action_refuse()
            self.env.flush_all()
        self.assertEqual(len(one.reversal_ids), 1)

    def test_one_blocked_payee_does_not_hold_the_others_that_were_given_up_with_it(self):
        cycle, _manager, _submissions = self.make_open(members=4)
        self.open_envelope(cycle)
        first, second = self.steps(cycle, "disbursements")
        self.send(first, self.taken(first))
        bad, good = second.payment_ids.sorted("id")
        bad.partner_id.sudo().disabled = "2026-01-01"
        self.assertFalse(self.send(second))
        second.with_user(self.releaser).action_cancel()
        self.env.flush_all()
        old, new = cycle.payment_batch_ids.sorted("id")
        self.assertEqual(new.payment_ids, bad | good)
        self.assertEqual((old.released, old.released_count), (True, 2))
        self.assertTrue(old.sudo()._is_as_released())
        self.assertFalse(new.released)
        bad.with_user(self.officer).batch_id = False
        new.with_user(self.releaser).release_payments()
        new.with_user(self.releaser).send_payment()
        self.assertEqual(new.sudo().submission_ids.mapped("purpose"), ["envelope", "disbursements"])

    def test_an_amendment_that_may_be_true_already_is_not_told_as_refused(self):
        cycle, _manager, _submissions = self.make_open(
            members=5, manager={"schedule_date_source": "sending_day", "schedule_days_ahead": 2}
        )
        self.open_envelope(cycle)
        *taken, refused = self.steps(cycle, "disbursements")
        for request in taken:
            self.send(request, self.taken(request))
        self.send(refused, self.refused("INVALID_DISBURSEMENT_PAYLOAD"))
        refused.with_user(self.releaser).action_cancel()
        self.env.flush_all()
        amendment = self.steps(cycle, "amendment")
        self.send(amendment, Answer(fault=Fault.TIMEOUT, note="x"))
        self.assertEqual(amendment.state, "unknown")
        unheard_of = answer(None, "DISBURSEMENT_ENVELOPE_NOT_FOUND")
        for tries in (2, 3):
            for _twice in range(2):
                self.ask_after_the_lease(amendment, unheard_of)
            self.assertEqual(amendment.state, "queued")
            self.send(amendment, answer(None, "DISBURSEMENT_ENVELOPE_DATE_PASSED"))
            self.assertEqual((amendment.state, amendment.tries), ("unknown", tries))
        for _twice in range(2):
            self.ask_after_the_lease(amendment, unheard_of)
        self.assertEqual(amendment.state, "unknown", "not for ever")
        self.assertTrue(
            [one for one in self.activities(cycle).mapped("summary") if "was tried 3 times" in one]
        )

    def test_a_follow_up_reads_no_payload_but_the_envelopes(self):
        cycle, _manager, envelope, requests = self.make_sent(members=5)
        self.env.flush_all()
        self.env.invalidate_all()
        read, execute = [], Cursor.execute

        def spy(cr, query, *args, **kwargs):
            result = execute(cr, query, *args, **kwargs)
            text = str(getattr(query, "code", query))
            if "SELECT" in text and '"payload"' in text and "g2p_payment_submission" in text:
                read.append(cr._obj.rowcount)
            return result

        with patch.object(Cursor, "execute", spy):
            follow_up.follow_up(self.env(su=True), requests[0].id)
        self.assertGreater(len(self.steps(cycle)), 2)
        self.assertLessEqual(sum(read), 1)

    def test_people_cannot_settle_an_envelope_that_is_open_because_of_its_payments(self):
        _cycle, _manager, envelope, _requests = self.make_sent(members=1)
        for verdict in ("executed", "never_executed"):
            refused = self.assertRaisesRegex(UserError, "decide about that, or about its payments")
            with refused, self.env.cr.savepoint():
                self.env["g2p.payment.decision"].with_user(self.finance).create(
                    {
                        "submission_id": envelope.id,
                        "verdict": verdict,
                        "reason": "they said so",
                        "evidence_reference": "letter 7",
                    }
                )
        self.assertFalse(envelope._find_cancel_problem())
