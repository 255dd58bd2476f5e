import base64
import re
from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.g2p_programs.dispatch.result_file import MAX_TEXT
from odoo.addons.g2p_programs.sets import set_insert

from ..documents.results import ReadOptions
from ..reconciliation import judge, known, stages
from .payment_result_line import RANKS

_COLUMNS = [
    "import_id",
    "company_id",
    "line",
    "reference",
    "result",
    "said_amount",
    "said_currency",
    "date",
    "code",
    "reason",
    "external_reference",
    "payment_id",
    "batch_id",
    "submission_id",
    "amount",
    "currency_id",
    "effect",
    "rank",
    "lot",
    "column_name",
    "value",
    "message",
]
#: Control characters, and what PostgreSQL cannot store.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class G2PPaymentResultImport(models.Model):
    """The check: what each line of the file would do, and what is wrong with each cell that is wrong."""

    _inherit = "g2p.payment.result.import"

    # ---- Reading ----------------------------------------------------------------------------------------------
    def _get_file_content(self):
        """Return the file as it was uploaded (bytes)."""
        return base64.b64decode(self.with_context(bin_size=False).file or b"")

    def _get_read_options(self):
        """Return how people said that the file is to be read."""
        return ReadOptions(
            encoding=self.encoding or "",
            delimiter="\t" if self.delimiter == "tab" else self.delimiter or "",
            decimal_mark=self.decimal_mark or "",
            date_format=self.date_format or "",
        )

    def _enqueue_check(self):
        """Leave a job that checks this import."""
        self.with_delay(
            description=self.env._("Check import %s", self.id),
            identity_key=f"g2p_result_check_{self.id}_{self.run_token}",
        )._job_check(self.run_token)

    def _job_check(self, token):
        """Job: check the file, some thousand lines in each transaction of its own."""
        try:
            stages.check(stages.on_their_own(self.env.registry), self.id, token)
        except stages.Superseded:
            return self.env._("Another run has taken over.")
        return None

    # ---- Stages -----------------------------------------------------------------------------------------------
    def _forget_lines(self):
        """Forget an earlier check; its lines were told to nobody."""
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM g2p_payment_result_line WHERE import_id = %s AND exchange_id IS NULL", (self.id,)
        )
        self.env.invalidate_all(flush=False)
        self._refresh_counts()

    def _begin_check(self, table):
        """Begin a check: what the reader found wrong, and how many lines there are to look up.

        :param table: :class:`~..documents.results.ResultTable`
        """
        self._forget_lines()
        self._guarded_write(
            {
                "rows_count": len(table.rows),
                "checked_count": 0,
                "ignored_columns": ", ".join(_clean(one) for one in table.ignored) or False,
            }
        )
        self._insert_lines(
            self._prepare_error(error.line, error.column, error.value_shown, error.message)
            for error in table.errors
        )

    def _add_rows(self, rows, headers, seen, managers):
        """Look up some rows of the file, and write down what each would do.

        :param rows: list of :class:`~..documents.results.ResultRow`
        :param dict headers: of the file, see :class:`~..documents.results.ResultTable`
        :param dict seen: {payment id: (line, what was said)} of the rows before
        :param dict managers: see :func:`~..reconciliation.known.read_known`
        :return: what these rows add to ``seen``
        """
        # With the rights of whoever checks: what one may not see, one may not settle.
        user_env = self.with_user(self.checked_by).env
        found = known.find_payments(user_env, {row.reference for row in rows}, self.company_id)
        payments = known.read_known(self.env, set(found.values()), managers)
        now, added, prepared = fields.Datetime.now(), {}, []
        for row in rows:
            payment = payments.get(found.get(row.reference))
            told = _told(row)
            if payment is None:
                prepared.append(self._prepare_problem(told, headers, judge.Problem("reference", "unknown")))
                continue
            said = (told.result, told.amount, told.currency)
            line, before = added.get(payment.id) or seen.get(payment.id) or (told.line, None)
            if before is not None:
                prepared += self._prepare_again(told, row, headers, payment, line, said == before)
                continue
            added[payment.id] = (told.line, said)
            effect, problems = judge.judge(told, payment, now)
            if problems:
                prepared += [self._prepare_problem(told, headers, one, payment) for one in problems]
            else:
                prepared.append(self._prepare_line(told, row, payment, effect))
        self._insert_lines(prepared)
        self._guarded_write({"checked_count": self.checked_count + len(rows)})
        return added

    def _finish_check(self):
        """Show the result."""
        self._refresh_counts()
        self._guarded_write({"state": "checked", "run_token": False})

    def _refresh_counts(self):
        """Count the lines of each effect anew."""
        groups = self.env["g2p.payment.result.line"]._read_group(
            [("import_id", "=", self.id)], ["effect"], ["__count"]
        )
        counts = {f"count_{effect}": 0 for effect in RANKS}
        counts |= {f"count_{effect}": count for effect, count in groups}
        self._guarded_write(counts)

    # ---- Lines ------------------------------------------------------------------------------------------------
    def _insert_lines(self, prepared):
        rows = [
            tuple(
                {"import_id": self.id, "company_id": self.company_id.id, **vals}.get(one) for one in _COLUMNS
            )
            for vals in prepared
        ]
        set_insert(self.env["g2p.payment.result.line"], _COLUMNS, rows)

    def _prepare_line(self, told, row, payment, effect):
        """Return the values of a line without a problem (dict)."""
        return {
            **self._prepare_payment(payment),
            "line": told.line,
            "reference": told.reference,
            "result": told.result,
            "said_amount": None if told.amount is None else format(told.amount, "f"),
            "said_currency": told.currency or None,
            "date": told.day,
            "code": _clean(row.code) or None,
            "reason": _clean(row.reason) or None,
            "external_reference": _clean(row.external_reference) or None,
            "effect": effect,
            "rank": RANKS[effect],
            "lot": judge.get_lot(effect, payment.by_file) or None,
        }

    def _prepare_payment(self, payment):
        return {
            "payment_id": payment.id,
            "batch_id": payment.batch_id,
            "submission_id": payment.submission_id,
            "amount": payment.amount,
            "currency_id": payment.currency_id,
        }

    def _prepare_again(self, told, row, headers, payment, line, same):
        """Return what becomes of a line that names a payment once more: it is counted once, or a quarrel."""
        if same:
            return [self._prepare_line(told, row, payment, judge.NOTHING)]
        return [self._prepare_problem(told, headers, judge.Problem("reference", "twice", str(line)), payment)]

    def _prepare_problem(self, told, headers, problem, payment=None):
        """Return the values of one cell that is wrong (dict)."""
        shown = {
            "reference": told.reference,
            "status": told.result,
            "amount": "" if told.amount is None else format(told.amount, "f"),
            "currency": told.currency,
            "date": told.day.isoformat() if told.day else "",
        }
        # A payment can be named by either of two columns.
        names = ("reference", "end_to_end_id") if problem.column == "reference" else (problem.column,)
        header = next((headers[name] for name in names if name in headers), problem.column)
        # No amount: a line can be wrong in several cells, and its payment is not to be summed up once for each.
        owner = {"payment_id": payment.id, "batch_id": payment.batch_id} if payment else {}
        return {
            **owner,
            "reference": told.reference,
            **self._prepare_error(told.line, header, shown[problem.column], self._get_message(problem)),
        }

    def _prepare_error(self, line, column, value, message):
        return {
            "line": line,
            "column_name": _clean(column) or None,
            "value": _clean(value) or None,
            "message": _clean(message),
            "effect": judge.ERROR,
            "rank": RANKS[judge.ERROR],
        }

    def _get_message(self, problem):
        """Return what a problem is called, and what to do about it."""
        texts = {
            "unknown": lambda: self.env._(
                "%s has no payment with this reference that you may see: correct it, or take the line out.",
                self.company_id.name,
            ),
            "twice": lambda: self.env._(
                "This payment is on line %s already, and differs: keep the right one.", problem.should
            ),
            "amount_differs": lambda: self.env._(
                "The payment is of %s. If the bank paid another amount, let two people of finance decide about it.",
                problem.should,
            ),
            "currency_differs": lambda: self.env._(
                "The payment is in %s: correct it, or leave it empty.", problem.should
            ),
            "future": lambda: self.env._("This day is not over yet: correct it, or leave it empty."),
            "before_sent": lambda: self.env._(
                "The payment was sent on %s, after that day: correct it, or leave it empty.", problem.should
            ),
            "disputed": lambda: self.env._(
                "The payment is disputed: finance has to decide about it. Take the line out."
            ),
            "not_sent": lambda: self.env._("The payment was not sent yet: take the line out."),
            "cancelled": lambda: self.env._(
                "The payment was cancelled before it was sent: take the line out."
            ),
        }
        return texts[problem.code]()

    # ---- Once more --------------------------------------------------------------------------------------------
    def _get_untold_lines(self, lot, domain=(), limit=None):
        """Return lines that wait to be told, in id order."""
        return self.env["g2p.payment.result.line"].search(
            [("import_id", "=", self.id), ("lot", "=", lot), ("exchange_id", "=", False), *domain],
            order="id",
            limit=limit,
        )

    def _judge_again(self, lines):
        """Judge lines as the books are now; those that changed are marked, with what they would do now.

        :param lines: ``g2p.payment.result.line`` recordset
        :return: those that changed
        """
        payments = known.read_known(self.env, lines.payment_id.ids)
        now, changed = fields.Datetime.now(), {}
        for line in lines:
            payment = payments.get(line.payment_id.id)
            if payment is None:
                effect, problems = judge.ERROR, [judge.Problem("reference", "unknown")]
            else:
                effect, problems = judge.judge(line._get_told(), payment, now)
            lot = judge.get_lot(effect, bool(payment and payment.by_file))
            carrier = payment.submission_id if payment else None
            if (effect, lot, carrier) != (line.effect, line.lot, line.submission_id.id):
                changed[line.id] = (effect, lot, carrier, problems)
        records = lines.filtered(lambda line: line.id in changed)
        self._mark_changed(records, changed)
        return records

    def _mark_changed(self, lines, changed):
        for line in lines:
            effect, lot, carrier, problems = changed[line.id]
            line._guarded_write(
                {
                    "effect": effect,
                    "rank": RANKS[effect],
                    "lot": lot or False,
                    "submission_id": carrier or False,
                    "changed": True,
                    "column_name": ", ".join(one.column for one in problems) or False,
                    "message": " ".join(self._get_message(one) for one in problems) or False,
                }
            )

    def _clear_changed(self):
        """Forget the marks of lines that somebody has looked at and goes on with."""
        self.env.execute_query(
            SQL(
                "UPDATE g2p_payment_result_line SET changed = NULL WHERE import_id = %s AND changed RETURNING id",
                self.id,
            )
        )
        self.env["g2p.payment.result.line"].invalidate_model(["changed"], flush=False)


def _told(row):
    """Return a row of the reader as the judge wants it; a status that says nothing is pending."""
    return judge.Told(
        line=row.line,
        reference=_clean(row.reference),
        result=row.status if row.status in ("paid", "failed") else "pending",
        amount=None if row.amount is None else Decimal(row.amount),
        currency=_clean(row.currency or "").upper(),
        day=row.date,
    )


def _clean(text):
    """Return what is kept of a text from the file: one line, of bounded length."""
    return _UNPRINTABLE.sub(" ", str(text or "")).strip()[:MAX_TEXT]
