from odoo import models
from odoo.exceptions import UserError
from odoo.tools import split_every

from odoo.addons.g2p_programs.dispatch import news
from odoo.addons.g2p_programs.dispatch.cursors import database_now
from odoo.addons.g2p_programs.sets import set_update

from ..reconciliation import stages

#: The channel of whatever the dispatch engine does.
CHANNEL = "root.g2p_dispatch"


class G2PPaymentResultImport(models.Model):
    """Telling the books: through the dispatch engine's one door, one submission at a time, each line once."""

    _inherit = "g2p.payment.result.import"

    # ---- Who may ----------------------------------------------------------------------------------------------
    def _check_no_errors(self):
        if not self.rows_count and not self.count_error:
            raise UserError(self.env._("%s has no lines: there is nothing to apply.", self.display_name))
        if self.count_error:
            raise UserError(
                self.env._(
                    "Nothing is applied while a line is wrong: %(name)s has %(count)s errors. Correct the file and "
                    "upload it again.",
                    name=self.display_name,
                    count=self.count_error,
                )
            )

    def _get_untold_batches(self, lot):
        """Return the batches of the lines of one lot that are still to be told."""
        groups = self.env["g2p.payment.result.line"]._read_group(
            [("import_id", "=", self.id), ("lot", "=", lot), ("exchange_id", "=", False)], ["batch_id"]
        )
        return self.env["g2p.payment.batch"].union(*[batch for (batch,) in groups])

    def _check_may_apply(self, user):
        """Whoever released a batch does not say what became of it.

        For what was paid by file a program may allow it, for what went through a payment system nobody can.
        """
        own = self._get_untold_batches("one").filtered(lambda one: one.program_id.separate_duties)
        own = (own | self._get_untold_batches("two")).filtered(lambda one: one.released_by == user)
        if own:
            raise UserError(
                self.env._(
                    "You released %s: somebody else of finance has to import its results.",
                    ", ".join(own[:20].mapped("name")),
                )
            )

    def _check_may_confirm(self, user):
        """A second person of finance, who released none of the batches; no exception for administrators."""
        if user in self.create_uid | self.checked_by | self.applied_by:
            raise UserError(
                self.env._(
                    "You imported %s yourself: a second person of finance has to confirm it.",
                    self.display_name,
                )
            )
        self._check_may_apply(user)

    # ---- Running ----------------------------------------------------------------------------------------------
    def _apply(self, lot):
        """Tell one lot, here and now, or by jobs when there is much of it.

        :param str lot: ``one`` or ``two``
        :return: notification action (dict)
        """
        self._clear_changed()
        submission_ids = self._get_untold_submissions(lot)
        if self._is_much(lot, submission_ids):
            self._enqueue_apply(lot)
            return self._say(self.env._("There is much to apply: this page shows how far it is."))
        run, token = stages.in_place(self.env), self.run_token
        submissions = self.env["g2p.payment.submission"].browse(submission_ids)
        # From here on nobody else may say anything of them: either all of it is told, or nothing.
        submissions._lock()
        submissions._apply_stored()
        if not stages.look(run, self.id, token, lot):
            return self._say(self._get_changed_message(), "warning")
        told = stages.tell(run, self.id, token, lot, submission_ids)
        stages.finish(run, self.id, token, lot)
        self._enqueue_follow_up(told)
        return self._say(self._get_applied_message())

    def _is_much(self, lot, submission_ids):
        if len(submission_ids) > stages.MANY_SUBMISSIONS:
            return True
        untold = [("import_id", "=", self.id), ("lot", "=", lot), ("exchange_id", "=", False)]
        count = self.env["g2p.payment.result.line"].search_count(untold, limit=stages.MANY_LINES + 1)
        return count > stages.MANY_LINES

    def _get_untold_submissions(self, lot):
        """Return the ids of the submissions that one lot still has to speak of, in the order of the locks."""
        groups = self.env["g2p.payment.result.line"]._read_group(
            [("import_id", "=", self.id), ("lot", "=", lot), ("exchange_id", "=", False)], ["submission_id"]
        )
        return sorted(submission.id for (submission,) in groups if submission)

    def _get_changed_message(self):
        return self.env._(
            "Nothing was applied: since the check something else was heard of %s payments. They are listed first; look "
            "at them and press the button again.",
            self.count_changed,
        )

    def _get_applied_message(self):
        if self.state == "waiting":
            return self.env._(
                "Applied. %s lines speak of payments that went through a payment system: a second person of finance "
                "has to confirm them.",
                self.count_untold,
            )
        return self.env._("Applied: the results of %s payments are in the books now.", self.count_told)

    # ---- Stages -----------------------------------------------------------------------------------------------
    def _stop_apply(self):
        """Go back to where the button was pressed: something changed, and somebody has to look."""
        back = {"applying": "checked", "confirming": "waiting"}[self.state]
        self._refresh_counts()
        values = {"state": back, "run_token": False}
        if back == "waiting":
            values |= {"confirmed_by": False, "confirmed_at": False}
        elif not self._is_partly_told():
            values |= {"applied_by": False, "applied_at": False}
        self._guarded_write(values)

    def _is_partly_told(self):
        told = [("import_id", "=", self.id), ("exchange_id", "!=", False)]
        return bool(self.env["g2p.payment.result.line"].search_count(told, limit=1))

    def _tell(self, lot, submission_id):
        """Tell the engine what lines of one lot say of one submission; those that have changed are left out.

        :return: how many lines were looked at (int)
        """
        submission = self.env["g2p.payment.submission"].browse(submission_id)
        submission._lock()
        submission._apply_stored()
        mine = [("submission_id", "=", submission_id), ("changed", "=", False)]
        lines = self._get_untold_lines(lot, mine, limit=stages.MANY_LINES)
        unchanged = lines - self._judge_again(lines)
        if unchanged:
            self._tell_lines(submission, unchanged, self.applied_by if lot == "one" else self.confirmed_by)
        return len(lines)

    def _tell_lines(self, submission, lines, user):
        """Bring lines through the engine's one door, as the word of ``user``."""
        told = lines._get_news(database_now(self.env))
        exchange = news.store_file(self.env, submission, told, f"import-{self.id}", self.sha256, user.id)
        set_update(lines, {"exchange_id": exchange.id})
        news.apply_pending(self.env, submission.id)

    def _finish_apply(self, lot):
        """Close this step when all was told; go back when some of it changed on the way."""
        left = self._get_untold_lines(lot, [("changed", "=", False)], limit=1)
        if self.state not in ("applying", "confirming") or left:
            return
        self.invalidate_recordset(["count_changed", "count_told", "count_untold"], flush=False)
        if self.count_changed:
            self._stop_apply()
            return
        self._refresh_counts()
        if lot == "one" and self._get_untold_lines("two", limit=1):
            self._guarded_write({"state": "waiting", "run_token": False})
            self._call_second_person()
        else:
            self._guarded_write({"state": "done", "run_token": False})
            self.activity_unlink(["mail.mail_activity_data_todo"])

    def _call_second_person(self):
        """Tell finance of the company that somebody else has to look."""
        first = self.create_uid | self.checked_by | self.applied_by | self.batch_ids.released_by
        # sudo: who is of finance is no secret among those who pay
        group = self.env.ref("g2p_programs.g2p_finance_validator").sudo()
        for user in group.all_user_ids - first:
            if user.active and self.company_id in user.company_ids:
                self.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Confirm or refuse these payment results"),
                    user_id=user.id,
                )

    # ---- Jobs -------------------------------------------------------------------------------------------------
    def _enqueue_apply(self, lot):
        """Leave a job that looks at everything once more, and then leaves jobs that tell it."""
        self.with_delay(
            channel=CHANNEL,
            description=self.env._("Apply import %s", self.id),
            identity_key=f"g2p_result_apply_{self.id}_{self.run_token}",
        )._job_apply(lot, self.run_token)

    def _enqueue_follow_up(self, submission_ids):
        if submission_ids:
            self.with_delay(
                channel=CHANNEL, description=self.env._("Follow up import %s", self.id)
            )._job_follow_up(submission_ids)

    def _job_apply(self, lot, token):
        """Job: look whether everything is as it was checked, and cut the telling into jobs."""
        run = stages.on_their_own(self.env.registry)
        try:
            if not stages.look(run, self.id, token, lot):
                return self.env._("Something changed since the check.")
            ids = self._get_untold_submissions(lot)
            for part in split_every(stages.PER_JOB, ids, list):
                self.with_delay(
                    channel=CHANNEL,
                    description=self.env._("Apply a part of import %s", self.id),
                    identity_key=f"g2p_result_tell_{self.id}_{part[0]}_{token}",
                )._job_tell(lot, token, part)
            if not ids:
                stages.finish(run, self.id, token, lot)
        except stages.Superseded:
            return self.env._("Another run has taken over.")
        return None

    def _job_tell(self, lot, token, submission_ids):
        """Job: tell the lines of some submissions, each in a transaction of its own."""
        run = stages.on_their_own(self.env.registry)
        try:
            told = stages.tell(run, self.id, token, lot, submission_ids)
            stages.follow(self.env.registry, told)
            stages.finish(run, self.id, token, lot)
        except stages.Superseded:
            return self.env._("Another run has taken over.")
        return None

    def _job_follow_up(self, submission_ids):
        """Job: activities, next steps and the books of what was told."""
        stages.follow(self.env.registry, submission_ids)
