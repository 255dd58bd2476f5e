import hashlib
import json

from odoo import fields, models
from odoo.exceptions import UserError


class G2PPaymentBatch(models.Model):
    """The release: somebody's signature over what a batch holds, who sends it, and how (ENGINE.md section 3)."""

    _inherit = "g2p.payment.batch"

    edited_by_ids = fields.Many2many(
        "res.users",
        "g2p_payment_batch_editor_rel",
        readonly=True,
        copy=False,
        help="Who moved, cancelled or removed payments of this batch: they do not release it either.",
    )
    released = fields.Boolean(readonly=True, copy=False)
    released_settings = fields.Json(
        readonly=True, copy=False, help="What it will be sent with; part of what was signed."
    )
    released_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    released_at = fields.Datetime(readonly=True, copy=False)
    released_count = fields.Integer(readonly=True, copy=False)
    released_total = fields.Monetary(readonly=True, copy=False)
    released_digest = fields.Char(
        readonly=True,
        copy=False,
        help="SHA-256 over every payment's payee, amount and currency, and over how they are sent.",
    )

    # ---- Actions ----------------------------------------------------------------------------------------------
    def action_release(self):
        """Show count, total and digest of the selected batches, to be confirmed by somebody who may release.

        The wizard is stored before it is shown: what is confirmed is what was on the screen.

        :return: act_window of the release wizard
        :raise UserError: when the user may not release
        """
        self._check_release_right()
        wizard = self.env["g2p.payment.release.wizard"].create({"batch_ids": [(6, 0, self.ids)]})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release Payments"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def get_release_summary(self):
        """Tell what a release of these batches would sign.

        :return: list of dicts {batch_id, name, count, total (decimal string), currency, digest}
        :raise AccessError: when the batches may not be read
        """
        self.check_access("read")
        digests = self._get_signatures()
        summary = []
        for batch in self:
            count, total, digest = digests.get(batch.id, (0, 0, ""))
            summary.append(
                {
                    "batch_id": batch.id,
                    "name": batch.name,
                    "count": count,
                    "total": str(total),
                    "currency": batch.currency_id.name,
                    "digest": digest,
                }
            )
        return summary

    def release_payments(self, digests=None):
        """Sign these batches: from now on exactly these payments may be sent, once.

        :param digests: optional dict {batch id: digest} of what the releaser saw; any difference refuses everything
        :return: True
        :raise AccessError: when the user may not release
        :raise UserError: naming every batch that cannot be released and why
        """
        self._check_release_right()
        found, settings, managers = (
            self._get_signatures(),
            self.sudo()._get_send_settings(),
            self._get_managers(),
        )
        expected = {int(key): value for key, value in (digests or {}).items()}
        problems, disputed = [], self._find_disputed()
        for batch in self:
            manager = managers[batch.manager_model, batch.manager_res_id]
            problems += batch._release_problems(
                found.get(batch.id), expected.get(batch.id), disputed, manager
            )
        if problems:
            raise UserError(self.env._("Nothing was released.\n%s", "\n".join(problems)))
        for batch in self.filtered(lambda batch: not batch.released):
            count, total, digest = found[batch.id]
            # sudo: releasers may not write batches in any other way.
            batch.sudo()._guarded_write(
                {
                    "released": True,
                    "released_by": self.env.uid,
                    "released_at": fields.Datetime.now(),
                    "released_count": count,
                    "released_total": total,
                    "released_digest": digest,
                    "released_settings": settings[batch.id],
                }
            )
        self._send_automatically()
        return True

    def _send_automatically(self):
        """Send released batches whose manager is set to send by itself."""
        for manager, batches in self._group_by_manager():
            if "send_automatically" in manager._fields and manager.send_automatically:
                manager.send_payments(batches)

    def _get_signatures(self):
        """Count, total and digest of each batch: its payments, who sends them, and how.

        :return: dict {batch id: (count, total as Decimal, hex digest)}
        """
        # sudo: sums and settings of batches that the caller was allowed to see
        batches = self.sudo()
        found = batches.env["g2p.payment"]._digests(batches.ids)
        settings = batches._get_send_settings()
        signatures = {}
        for batch in batches:
            if batch.id in found:
                count, total, digest = found[batch.id]
                how = [batch.manager_model, batch.manager_res_id, settings[batch.id]]
                text = digest + json.dumps(how, sort_keys=True)
                signatures[batch.id] = (count, total, hashlib.sha256(text.encode()).hexdigest())
        return signatures

    def _is_as_released(self):
        """Return whether this batch holds, and would be sent with, exactly what was signed."""
        found = self._get_signatures().get(self.id)
        return bool(found) and (found[0], found[2]) == (self.released_count, self.released_digest)

    def _get_send_settings(self):
        """Tell what batches are, or would be, sent with: after the release what was signed, before it today's.

        :return: dict {batch id: settings (dict)}
        """
        today = {
            key: manager._get_pinned_settings() if manager is not None else {}
            for key, manager in self._get_managers().items()
        }
        return {
            batch.id: (batch.released_settings or {})
            if batch.released
            else today[batch.manager_model, batch.manager_res_id]
            for batch in self
        }

    def _remember_editor(self):
        """Note that the user changed what is in these batches."""
        if self:
            # sudo: the actor's right to change the payments was checked before
            self.sudo()._guarded_write({"edited_by_ids": [(4, self.env.uid)]})

    def _check_release_right(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group("g2p_programs.g2p_payment_releaser"):
            raise UserError(
                self.env._(
                    "Only a Payment Releaser may release payments. Ask an administrator for that right, "
                    "or let somebody who has it release %(names)s.",
                    names=", ".join(self[:10].mapped("name")),
                )
            )

    def _find_disputed(self):
        """Return the ids of those of these batches that hold disputed payments."""
        # sudo: whether something is disputed decides a release, whoever releases
        payments = self.env["g2p.payment"].sudo()
        groups = payments._read_group([("batch_id", "in", self.ids), ("disputed", "=", True)], ["batch_id"])
        return {batch.id for (batch,) in groups}

    def _release_problems(self, found, expected, disputed, manager):
        """Return why this one batch cannot be released (list of texts)."""
        self.ensure_one()
        if self.released:
            return []
        if not found:
            return [self.env._("%s holds no payment to release: delete it or add payments.", self.name)]
        problems = []
        if expected is not None and expected != found[2]:
            problems.append(
                self.env._("%s changed since you looked at it: open it and look again.", self.name)
            )
        if self.id in disputed:
            problems.append(
                self.env._("%s holds disputed payments: finance has to decide about them first.", self.name)
            )
        separate = (
            self.cycle_id.program_id.sudo().separate_duties
        )  # sudo: a rule about the releaser, not for him
        if not self.env.su and separate and self.env.user in self.prepared_by | self.sudo().edited_by_ids:
            problems.append(
                self.env._(
                    "%s was prepared or edited by you: somebody else has to release it (program setting).",
                    self.name,
                )
            )
        if manager is None:
            problems.append(
                self.env._("%s has no payment manager any more: prepare these payments again.", self.name)
            )
        return problems

    def withdraw_release(self):
        """Take back a release of batches of which nothing was claimed; their payments may be changed again.

        :return: True
        :raise UserError: naming the batches of which something is on its way
        """
        self._check_release_right()
        # sudo: the right was checked above; releasers may not write submissions in any other way.
        batches = self.sudo()
        batches.submission_ids.filtered(
            lambda one: one.state not in ("cancelled", "done")
        )._cancel_unclaimed()
        batches.filtered("released")._guarded_write({"released": False, "released_digest": False})
        return True
