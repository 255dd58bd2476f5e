import ast

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.queue_job.delay import group

from ...domains import parse_domain
from ...slices import cut_ranges


class BaseProgramsManager(models.AbstractModel):
    """What all managers share: reading a domain that a person typed, and cutting long work into jobs."""

    _name = "base.programs.manager"
    _description = "Base Manager"

    #: Up to this many rows the work is done at once; it is set-based, so this takes a second or two.
    MIN_ROW_JOB_QUEUE = 20000
    #: Rows per job beyond that.
    MAX_ROW_JOB_QUEUE = 10000

    def _safe_eval(self, string, locals_dict=None):
        """Parse a literal that a person typed. Nothing is evaluated, so there are no names to offer either.

        :param str string: a Python literal
        :param dict locals_dict: kept for its callers; not used
        :return: the value
        :raise UserError: when it is not a literal
        """
        try:
            return ast.literal_eval((string or "").strip() or "[]")
        except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
            raise UserError(
                self.env._(
                    "%(name)s: the text “%(text)s” cannot be read. Write a list of conditions of plain values, such as "
                    '[("income", "<", 100)].',
                    name=self._get_own_name(),
                    text=string,
                )
            ) from error

    def _parse_domain(self, string, model_name):
        """Parse and check a domain that a person typed.

        :param str string: the domain
        :param str model_name: the model that it is about
        :return: Domain
        :raise ValidationError: when it is no domain, or speaks of fields that do not exist
        """
        return parse_domain(self.env[model_name], string, self._get_own_name())

    def _get_own_name(self):
        """Return what a message calls this manager."""
        return (
            ", ".join(self.mapped("display_name"))
            if self and self._name != "base.programs.manager"
            else "G2P"
        )

    def _in_jobs(self, record, query, reason, channel, job, done):
        """Lock ``record`` and cut what ``query`` finds into jobs by id range.

        :param record: the program or cycle that the work is about
        :param Query query: the rows to work on, at least one
        :param str reason: what is going on, for people
        :param str channel: channel of queue_job
        :param job: function (delayable, first id, last id) -> delayable call
        :param done: function (delayable) -> delayable call that releases the lock
        """
        record._take_lock(reason)
        record.sudo().message_post(body=reason)  # sudo: the actor's right to do this work was checked before
        ranges = cut_ranges(self.env, query, self.MAX_ROW_JOB_QUEUE)
        jobs = [job(self.delayable(channel=channel), *limits) for limits in ranges]
        main = group(*jobs)
        main.on_done(done(self.delayable(channel=channel)))
        main.delay()
        uuid = jobs[0]._generated_job.graph_uuid
        # sudo: as above; the uuid finds progress and failures of this work.
        record.sudo()._guarded_write({"job_graph_uuid": uuid})

    def _is_long(self, count):
        """Return whether so many rows are work for jobs."""
        return count > self.MIN_ROW_JOB_QUEUE
