"""Money is conserved: the fund, expiry, the books, and the checks that say so (ENGINE.md section 5)."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.g2p_programs.dispatch import news, worker
from odoo.addons.g2p_programs.dispatch import outcome as said

from .common import SINGLE, EngineCase


class TestMoney(EngineCase):
    def _finish(self, made, result):
        self.rail.play(
            "submit", *[lambda s: said.Accepted(rows=self.rail.rows(s, result))] * len(made["submissions"])
        )
        for submission_id in made["submissions"]:
            worker.dispatch(self.registry, submission_id)

    def _balance(self, made):
        with self.committed() as env:
            return env["g2p.program"].browse(made["program"])._get_fund_balance()

    # ---- the fund ---------------------------------------------------------------------------------------------
    def test_paid_and_open_payments_keep_their_reservation_and_failed_ones_give_it_back(self):
        made = self.make_queued(model=SINGLE, payments=2, amount=100)
        self.post_fund(made, 500)
        self.assertEqual(self._balance(made), Decimal(300))
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s)))
        worker.dispatch(self.registry, made["submissions"][0])
        self.assertEqual(self._balance(made), Decimal(300))
        self.rail.play("submit", lambda s: said.Accepted(rows=self.rail.rows(s, said.RowResult.FAILED)))
        worker.dispatch(self.registry, made["submissions"][1])
        self.assertEqual(self._balance(made), Decimal(400))

    def test_failed_payment_is_paid_again_only_if_the_fund_can_carry_it(self):
        made = self.make_queued(model=SINGLE, payments=1, amount=100)
        self._finish(made, said.RowResult.FAILED)
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed() as env:
            cycle = env["g2p.cycle"].browse(made["cycle"])
            self.assertEqual(cycle.payment_finding_ids.mapped("code"), ["fund"])
            self.assertEqual(cycle.payments_count, 1)
        self.post_fund(made, 100)
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed() as env:
            self.assertEqual(env["g2p.cycle"].browse(made["cycle"]).payments_count, 2)
        self.assertEqual(self._balance(made), Decimal(0))

    # ---- expiry and cancelling --------------------------------------------------------------------------------
    def test_nothing_on_its_way_or_paid_expires_and_the_rest_expires_with_its_payment(self):
        made = self.make_queued(model=SINGLE, payments=2)
        worker.dispatch(self.registry, made["submissions"][0])
        idle = self.make_cycle(model=SINGLE, payments=1)
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(idle["cycle"]).prepare_payment()
        with self.committed() as env:
            ids = made["entitlements"] + idle["entitlements"]
            env.cr.execute(
                "UPDATE g2p_entitlement SET valid_from = NULL, valid_until = current_date - 1 WHERE id = ANY(%s)",
                (ids,),
            )
        with self.committed() as env:
            env["g2p.entitlement"]._gc_mark_expired_entitlement()
        states = {row["id"]: row["state"] for row in self.read("g2p.entitlement", ids, "state")}
        self.assertEqual([states[id_] for id_ in made["entitlements"]], ["approved", "approved"])
        self.assertEqual(states[idle["entitlements"][0]], "expired")
        with self.committed() as env:
            payment = env["g2p.payment"].search([("entitlement_id", "in", idle["entitlements"])])
            self.assertEqual(payment.state, "cancelled")

    def test_archiving_the_program_is_refused_while_money_is_on_its_way(self):
        made = self.make_queued(model=SINGLE, payments=1)
        worker.dispatch(self.registry, made["submissions"][0])
        with self.assertRaises(UserError), self.committed() as env:
            env["g2p.program"].browse(made["program"]).action_archive()
        with self.committed() as env:
            self.assertEqual(
                env["g2p.entitlement"].browse(made["entitlements"]).mapped("state"), ["approved"]
            )

    # ---- the books --------------------------------------------------------------------------------------------
    def test_settled_batch_is_booked_once_expense_and_fee_against_clearing(self):
        made = self.make_cycle(model=SINGLE, payments=2, amount=100)
        with self.committed() as env:
            env["g2p.program"].browse(made["program"]).create_journal()
            env["g2p.entitlement"].browse(made["entitlements"])._guarded_write({"transfer_fee": 3})
        made |= self._queue(made)
        self._finish(made, said.RowResult.PAID)
        with self.committed() as env:
            batch = env["g2p.payment.batch"].browse(made["batch"])
            move, program = batch.settlement_move_id, batch.program_id
            self.assertFalse(batch.settlement_problem)
            self.assertEqual(move.state, "posted")
            lines = {line.account_id: line.balance for line in move.line_ids}
            self.assertEqual(lines[program.expense_account_id], 200)
            self.assertEqual(lines[program.fee_account_id], 6)
            self.assertEqual(lines[program.clearing_account_id], -206)
            batch.action_post_settlement()
            self.assertEqual(batch.settlement_move_id, move)
            self.assertFalse(env["account.payment"].search([("partner_id", "in", made["partners"])]))

    def test_confirmed_reversal_undoes_its_part_of_the_booking(self):
        made = self.make_cycle(model=SINGLE, payments=1, amount=100)
        with self.committed() as env:
            env["g2p.program"].browse(made["program"]).create_journal()
        made |= self._queue(made)
        self._finish(made, said.RowResult.PAID)
        with self.committed() as env:
            payment = env["g2p.payment"].browse(made["payments"][0])
            row = said.Row(payment.name, said.RowResult.REVERSED)
            news.process(payment.submission_id, said.Found(rows=(row,)))
        with self.committed("finance_one") as env:
            env["g2p.payment"].browse(made["payments"][0]).reversal_ids.action_confirm()
        with self.committed() as env:
            payment = env["g2p.payment"].browse(made["payments"][0])
            moves = payment.batch_id.settlement_move_id | payment.reversal_ids.account_move_id
            self.assertEqual(len(moves), 2)
            self.assertEqual(sum(moves.line_ids.mapped("balance")), 0)
            expense = moves.line_ids.filtered(
                lambda line: line.account_id == payment.program_id.expense_account_id
            )
            self.assertEqual(sum(expense.mapped("balance")), 0)

    def test_cycle_tells_how_many_of_its_paid_payments_came_back(self):
        made = self.make_queued(model=SINGLE, payments=3)
        self._finish(made, said.RowResult.PAID)
        with self.committed() as env:
            for payment in env["g2p.payment"].browse(made["payments"][:2]):
                row = said.Row(payment.name, said.RowResult.REVERSED)
                news.process(payment.submission_id, said.Found(rows=(row,)))
        with self.committed("finance_one") as env:
            env["g2p.payment"].browse(made["payments"][0]).reversal_ids.action_refuse()
        cycle = self.read("g2p.cycle", made["cycle"], "payments_paid_count", "payments_reversed_count")
        self.assertEqual((cycle["payments_paid_count"], cycle["payments_reversed_count"]), (3, 1))

    def test_missing_accounts_are_named_on_the_batch_and_lose_nothing(self):
        made = self.make_queued(model=SINGLE, payments=1)
        self._finish(made, said.RowResult.PAID)
        batch = self.read("g2p.payment.batch", made["batch"], "settlement_problem", "dispatch_state")
        self.assertEqual(batch["dispatch_state"], "done")
        self.assertIn("Expense", batch["settlement_problem"])

    def _queue(self, made):
        with self.committed("officer") as env:
            env["g2p.cycle"].browse(made["cycle"]).prepare_payment()
        with self.committed("releaser") as env:
            env["g2p.cycle"].browse(made["cycle"]).send_payment()
        with self.committed() as env:
            batch = env["g2p.cycle"].browse(made["cycle"]).payment_batch_ids
            return {
                "batch": batch.id,
                "submissions": batch.submission_ids.ids,
                "payments": batch.payment_ids.sorted("id").ids,
            }

    # ---- the checks -------------------------------------------------------------------------------------------
    def test_conservation_holds_in_every_state_and_a_lost_payment_is_seen(self):
        made = self.make_queued(model=SINGLE, payments=3)
        for results in (said.RowResult.PAID, said.RowResult.FAILED):
            self.rail.play("submit", lambda s, r=results: said.Accepted(rows=self.rail.rows(s, r)))
        worker.dispatch(self.registry, made["submissions"][0])
        worker.dispatch(self.registry, made["submissions"][1])
        with self.committed() as env:
            batch = env["g2p.payment.batch"].browse(made["batch"])
            self.assertNotIn(batch, [found for found, _text in batch._check_conservation()])
            env.cr.execute("UPDATE g2p_payment SET amount_issued = 1 WHERE id = %s", (made["payments"][2],))
            self.assertIn(batch, [found for found, _text in batch._check_conservation()])
            self.assertTrue(batch.activity_ids)
            env.cr.rollback()

    def test_submission_without_an_answer_for_days_is_told_to_finance(self):
        made = self.make_queued(model=SINGLE, payments=1)
        worker.dispatch(self.registry, made["submissions"][0])
        self.set_submission(made["submissions"][0], claimed_at=fields.Datetime.now() - timedelta(days=4))
        with self.committed() as env:
            batch = env["g2p.payment.batch"].browse(made["batch"])
            batch._tell_of_old_submissions()
            count = len(batch.activity_ids)
            self.assertTrue(count)
            batch._tell_of_old_submissions()
            self.assertEqual(len(batch.activity_ids), count, "told once")
