from uuid import uuid4

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.g2p_programs.notify import notification

from ..reconciliation import stages
from .payment_result_import import FINANCE


class G2PPaymentResultImport(models.Model):
    """The buttons: who may take which step, and from where."""

    _inherit = "g2p.payment.result.import"

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_check(self):
        """Read the file and show what each line would do. Nothing is changed by it.

        :return: notification action (dict), or True
        :raise UserError: when the user is not of finance, the file was imported before, or is being worked on
        """
        self.ensure_one()
        self._check_finance()
        record = self._lock(("draft", "checked"))
        record._check_untouched()
        record._check_not_imported()
        record._start("checking", {"checked_by": self.env.uid, "checked_at": fields.Datetime.now()})
        if len(record._get_file_content()) > stages.MANY_BYTES:
            record._enqueue_check()
            return self._say(
                self.env._("The file is long: it is being checked. This page shows how far it is.")
            )
        stages.check(stages.in_place(self.env), self.id, record.run_token)
        return True

    def action_reset(self):
        """Forget the check, to read the file in another way.

        :return: True
        :raise UserError: when the user is not of finance, or something of it was applied
        """
        self.ensure_one()
        self._check_finance()
        record = self._lock(("checked", "checking"))
        record._check_untouched()
        record._forget_lines()
        record._guarded_write(
            {"state": "draft", "run_token": False, "rows_count": 0, "ignored_columns": False}
        )
        return True

    def action_apply(self):
        """Tell the books what the file says of batches that were paid by file; the rest waits for a second person.

        :return: notification action (dict)
        :raise UserError: naming what stands against it
        """
        self.ensure_one()
        self._check_finance()
        record = self._lock(("checked",))
        record._check_no_errors()
        record._check_not_imported()
        record._check_may_apply(self.env.user)
        values = {"applied_by": self.env.uid, "applied_at": fields.Datetime.now()}
        record._start("applying", values)
        return record._apply("one")

    def action_confirm(self):
        """Say the same as the file, as the second person, of payments that went through a payment system.

        :return: notification action (dict)
        :raise UserError: when the user imported the file, released one of its batches, or is not of finance
        """
        self.ensure_one()
        self._check_finance()
        record = self._lock(("waiting",))
        record._check_no_errors()
        record._check_may_confirm(self.env.user)
        record._start("confirming", {"confirmed_by": self.env.uid, "confirmed_at": fields.Datetime.now()})
        return record._apply("two")

    def action_refuse(self):
        """Refuse what waits for a second person: it is not told. What was applied before stands.

        :return: True
        :raise UserError: when the user is not of finance, or nothing waits
        """
        self.ensure_one()
        self._check_finance()
        record = self._lock(("waiting",))
        record._guarded_write({"state": "refused", "refused_by": self.env.uid, "run_token": False})
        record.activity_unlink(["mail.mail_activity_data_todo"])
        return True

    def action_continue(self):
        """Go on with work whose jobs were lost or failed; what is done already is not done again.

        :return: notification action (dict)
        :raise UserError: when the user is not of finance, or nothing is under way
        """
        self.ensure_one()
        self._check_finance()
        record = self._lock(("checking", "applying", "confirming"))
        record._start(record.state, {})
        if record.state == "checking":
            record._enqueue_check()
        else:
            record._enqueue_apply("one" if record.state == "applying" else "two")
        return self._say(self.env._("The work goes on."))

    def action_open_lines(self):
        """Open all lines of these imports.

        :return: act_window
        """
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lines"),
            "res_model": "g2p.payment.result.line",
            "view_mode": "list,form",
            "domain": [("import_id", "in", self.ids)],
            "context": {"create": False},
        }

    def action_open_errors(self):
        """Open all cells of these imports that are wrong.

        :return: act_window
        """
        action = self.action_open_lines()
        return {
            **action,
            "name": self.env._("Errors"),
            "domain": [*action["domain"], ("effect", "=", "error")],
        }

    # ---- Business ---------------------------------------------------------------------------------------------
    def _lock(self, states):
        """Lock this import and return it as the superuser, or raise when it is in none of ``states``."""
        self.check_access("write")
        self.env.flush_all()
        self.env.cr.execute("SELECT id FROM g2p_payment_result_import WHERE id = %s FOR UPDATE", (self.id,))
        self.invalidate_recordset(flush=False)
        record = self.sudo()  # sudo: who acts was checked; the fields of this model are guarded for everybody
        if record.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(name)s is %(state)s now: reload the page.",
                    name=record.display_name,
                    state=labels[record.state],
                )
            )
        return record

    def _start(self, state, values):
        """Begin a run: from now on only what carries its token may go on with it."""
        self._guarded_write({**values, "state": state, "run_token": str(uuid4())})
        self.env.flush_all()

    def _check_finance(self):
        """Only finance may; no exception for administrators."""
        if not self.env.user.has_group(FINANCE):
            raise UserError(self.env._("Only finance may import results. Ask a Finance Validator to do it."))

    def _check_untouched(self):
        if self.applied_at:
            raise UserError(
                self.env._(
                    "A part of %s was applied already: it cannot be read anew. Upload the file again for the rest.",
                    self.display_name,
                )
            )

    def _check_not_imported(self):
        """Refuse the very file that was applied before."""
        earlier = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("sha256", "=", self.sha256),
                ("applied_at", "!=", False),
                ("state", "!=", "refused"),
                ("id", "!=", self.id),
            ],
            limit=1,
        )
        if earlier:
            raise UserError(
                self.env._(
                    "This very file was imported already as %(name)s, by %(user)s.",
                    name=earlier.display_name,
                    user=earlier.applied_by.name,
                )
            )

    def _say(self, message, kind="success"):
        return notification(self.env._("Payment Results"), message, kind=kind, sticky=kind != "success")
