from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class JobRelateMixin(models.AbstractModel):
    """A record on which long work is done by jobs: one piece of work at a time, with its progress in sight."""

    _name = "job.relate.mixin"
    _description = "Related Jobs"

    locked = fields.Boolean(copy=False, readonly=True)
    locked_reason = fields.Char(copy=False, readonly=True)
    job_graph_uuid = fields.Char(copy=False, readonly=True, index="btree_not_null")
    job_progress = fields.Char(compute="_compute_job_progress", string="Progress")

    def _compute_job_progress(self):
        uuids = [uuid for uuid in self.mapped("job_graph_uuid") if uuid]
        counts = {}
        if uuids:
            # sudo: how far the work is, is no secret; ordinary users may not read the queue.
            groups = (
                self.env["queue.job"]
                .sudo()
                ._read_group([("graph_uuid", "in", uuids)], ["graph_uuid", "state"], ["__count"])
            )
            for uuid, state, count in groups:
                counts.setdefault(uuid, {})[state] = count
        for record in self:
            states = record.locked and counts.get(record.job_graph_uuid)
            record.job_progress = states and self.env._(
                "%(done)s of %(total)s parts done",
                done=states.get("done", 0),
                total=sum(states.values()),
            )

    # ---- buttons ----
    def action_view_related_queue_jobs(self):
        """Open the jobs that work, or worked, on these records.

        :return: dict action
        :raise AccessError: when the user may not read the queue
        """
        self.env["queue.job"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("queue_job.action_queue_job")
        action["domain"] = self._get_related_job_domain()
        action["context"] = {}
        return action

    def refresh_page(self):
        """Read the page again.

        :return: dict client action
        """
        return {"type": "ir.actions.client", "tag": "reload"}

    def action_unlock(self):
        """Give up the lock of work whose jobs are all over, for instance because somebody deleted them.

        :return: True
        :raise UserError: while a job of that work may still run
        """
        self.check_access("write")
        # Not wait_dependencies: the closing job of work that failed waits for ever.
        pending = ("pending", "enqueued", "started")
        # sudo: see _compute_job_progress.
        running = (
            self.env["queue.job"]
            .sudo()
            .search_count(
                [
                    ("graph_uuid", "in", [uuid for uuid in self.mapped("job_graph_uuid") if uuid]),
                    ("state", "in", pending),
                ],
                limit=1,
            )
        )
        if running:
            raise UserError(
                self.env._(
                    "%(names)s: the work is still going on. Wait for it, or cancel its jobs first.",
                    names=", ".join(self.mapped("display_name")),
                )
            )
        self._release_lock(self.env._("Unlocked by hand."))
        return True

    # ---- business ----
    def _get_related_job_domain(self):
        """Return the domain of the jobs of these records, for those who extend."""
        return [("graph_uuid", "in", [uuid for uuid in self.mapped("job_graph_uuid") if uuid])]

    def _take_lock(self, reason):
        """Take the lock of all these records, in one statement that only one transaction can win.

        :param str reason: what is going on, for people
        :raise UserError: when one of them is locked already
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET locked = true, locked_reason = %s"
                " WHERE id = ANY(%s) AND locked IS NOT true RETURNING id",
                SQL.identifier(self._table),
                reason,
                list(self.ids),
            )
        )
        taken = {row[0] for row in self.env.cr.fetchall()}
        self.invalidate_recordset(["locked", "locked_reason"], flush=False)
        if busy := self.filtered(lambda record: record.id not in taken):
            # sudo: the reason is what the user has to be told.
            busy = busy.sudo()
            raise UserError(
                self.env._(
                    "Other work on %(names)s is not finished (%(reasons)s). Try again when it is.",
                    names=", ".join(busy.mapped("display_name")),
                    reasons=", ".join(record.locked_reason or "" for record in busy),
                )
            )

    def _release_lock(self, message=None):
        """Release the lock and say so in the chatter.

        :param str message: what came of the work
        """
        # sudo: the work may have been started by somebody who may not write on the record itself.
        records = self.sudo()
        records._guarded_write({"locked": False, "locked_reason": False})
        if message:
            for record in records:
                record.message_post(body=message)

    def _check_not_locked(self):
        """Refuse while work is going on.

        :raise UserError: naming the records and the work
        """
        self.invalidate_recordset(["locked", "locked_reason"])
        if busy := self.filtered("locked"):
            raise UserError(
                self.env._(
                    "%(names)s: %(reasons)s. Try again when it is finished.",
                    names=", ".join(busy.mapped("display_name")),
                    reasons=", ".join(record.locked_reason or "" for record in busy),
                )
            )
