import hashlib

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from .payment_result_line import EFFECTS

_OPTIONS = ("encoding", "delimiter", "decimal_mark", "date_format")
#: Lines that the form shows at once; all of them have a list of their own.
SHOWN = 200
FINANCE = "g2p_programs.g2p_finance_validator"


class G2PPaymentResultImport(models.Model):
    """Results that came back as a file: upload, check, apply; and for what went through a payment system, a second
    person. The file is one person's word, and comes in through the dispatch engine's one door."""

    _name = "g2p.payment.result.import"
    _description = "Payment Results"
    _inherit = ["g2p.guarded.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "file_name"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="restrict"
    )
    file = fields.Binary(
        attachment=True,
        copy=False,
        groups=f"{FINANCE},g2p_programs.g2p_payment_auditor",
        help="CSV or XLSX with a header: reference, status, and where it is known amount, currency, date, code, "
        "reason and bank reference. The export of the open payments is such a file.",
    )
    file_name = fields.Char(copy=False)
    sha256 = fields.Char("SHA-256", readonly=True, copy=False, help="Of the file as it was uploaded.")
    encoding = fields.Selection(
        [
            ("utf-8", "UTF-8"),
            ("utf-16", "UTF-16"),
            ("cp1252", "Windows-1252 (Western)"),
            ("cp1250", "Windows-1250 (Central European)"),
            ("cp1251", "Windows-1251 (Cyrillic)"),
            ("cp1256", "Windows-1256 (Arabic)"),
            ("iso-8859-1", "ISO 8859-1"),
            ("iso-8859-15", "ISO 8859-15"),
            ("cp850", "DOS 850"),
        ],
        help="Of a CSV file. Empty: found out.",
    )
    delimiter = fields.Selection(
        [(",", "Comma"), (";", "Semicolon"), ("tab", "Tab"), ("|", "Bar")],
        help="Of a CSV file. Empty: found out.",
    )
    decimal_mark = fields.Selection(
        [(".", "Point: 1,234.56"), (",", "Comma: 1.234,56")],
        help="Empty: found out where there is no doubt; where there is, the check says so.",
    )
    date_format = fields.Selection(
        [
            ("%Y-%m-%d", "2026-12-31"),
            ("%d/%m/%Y", "31/12/2026"),
            ("%m/%d/%Y", "12/31/2026"),
            ("%d.%m.%Y", "31.12.2026"),
            ("%d-%m-%Y", "31-12-2026"),
            ("%Y%m%d", "20261231"),
        ],
        help="Empty: found out where there is no doubt.",
    )
    state = fields.Selection(
        [
            ("draft", "Uploaded"),
            ("checking", "Being Checked"),
            ("checked", "Checked"),
            ("applying", "Being Applied"),
            ("waiting", "Waiting for Second Person"),
            ("confirming", "Being Confirmed"),
            ("done", "Applied"),
            ("refused", "Refused"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    run_token = fields.Char(readonly=True, copy=False, groups="base.group_system")

    line_ids = fields.One2many("g2p.payment.result.line", "import_id", readonly=True, copy=False)
    error_ids = fields.Many2many(
        "g2p.payment.result.line",
        string="Wrong Cells",
        compute="_compute_shown_lines",
        help="The first of them.",
    )
    changed_ids = fields.Many2many(
        "g2p.payment.result.line",
        string="Changed Lines",
        compute="_compute_shown_lines",
        help="The first of them.",
    )
    ignored_columns = fields.Char(readonly=True, copy=False)
    rows_count = fields.Integer("Lines Read", readonly=True, copy=False, aggregator=None)
    checked_count = fields.Integer(readonly=True, copy=False, aggregator=None)
    count_apply = fields.Integer("To Apply", readonly=True, copy=False)
    count_wait = fields.Integer("For Second Person", readonly=True, copy=False)
    count_contradicts = fields.Integer("Contradict", readonly=True, copy=False)
    count_final = fields.Integer("Final Already", readonly=True, copy=False)
    count_nothing = fields.Integer("Say Nothing", readonly=True, copy=False)
    count_error = fields.Integer("Errors", readonly=True, copy=False)
    count_changed = fields.Integer("Changed", compute="_compute_lines")
    count_told = fields.Integer("Told", compute="_compute_lines")
    count_untold = fields.Integer("Still to Tell", compute="_compute_lines")
    batch_ids = fields.Many2many("g2p.payment.batch", compute="_compute_batch_ids")
    summary = fields.Html(compute="_compute_summary", sanitize=False)
    progress = fields.Char(compute="_compute_progress")
    can_confirm = fields.Boolean(compute="_compute_can_confirm")

    checked_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    checked_at = fields.Datetime(readonly=True, copy=False)
    applied_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    applied_at = fields.Datetime(readonly=True, copy=False)
    confirmed_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    refused_by = fields.Many2one("res.users", readonly=True, copy=False, ondelete="restrict")

    _file_applied_once = models.UniqueIndex(
        "(company_id, sha256) WHERE applied_at IS NOT NULL AND state <> 'refused'",
        "This very file was imported already.",
    )

    @api.model
    def _get_guarded_fields(self):
        return (
            *self._all_stored_fields_but("company_id", "file", "file_name", *_OPTIONS),
            "line_ids",
        )

    # ---- Compute ----------------------------------------------------------------------------------------------
    @api.depends("file_name")
    def _compute_display_name(self):
        for record in self:
            number = record._origin.id
            record.display_name = number and self.env._(
                "%(name)s (import %(id)s)", name=record.file_name or "", id=number
            )

    @api.depends("line_ids")
    def _compute_lines(self):
        counts = {one.id: [0, 0, 0] for one in self}
        lines = self.env["g2p.payment.result.line"]
        for position, domain in enumerate(
            (
                [("changed", "=", True)],
                [("exchange_id", "!=", False)],
                [("exchange_id", "=", False), ("lot", "!=", False)],
            )
        ):
            groups = lines._read_group([("import_id", "in", self.ids), *domain], ["import_id"], ["__count"])
            for record, count in groups:
                counts[record.id][position] = count
        for record in self:
            record.count_changed, record.count_told, record.count_untold = counts[record.id]

    @api.depends("line_ids")
    def _compute_shown_lines(self):
        """Show the first lines that somebody has to look at: a wrong file can have as many errors as lines."""
        lines = self.env["g2p.payment.result.line"]
        for record in self:
            mine = [("import_id", "=", record._origin.id)]
            record.error_ids = lines.search([*mine, ("effect", "=", "error")], limit=SHOWN)
            record.changed_ids = lines.search([*mine, ("changed", "=", True)], limit=SHOWN)

    @api.depends("line_ids.batch_id")
    def _compute_batch_ids(self):
        groups = self.env["g2p.payment.result.line"]._read_group(
            [("import_id", "in", self.ids), ("batch_id", "!=", False)], ["import_id", "batch_id"]
        )
        found = {}
        for record, batch in groups:
            found.setdefault(record.id, []).append(batch.id)
        for record in self:
            record.batch_ids = found.get(record.id, [])

    @api.depends("line_ids.effect", "line_ids.result")
    def _compute_summary(self):
        """Show counts and sums of each effect, for each result and currency."""
        groups = self.env["g2p.payment.result.line"]._read_group(
            [("import_id", "in", self.ids)],
            ["import_id", "effect", "result", "currency_id"],
            ["__count", "amount:sum"],
        )
        rows = {}
        effects = dict(self.env["g2p.payment.result.line"]._fields["effect"]._description_selection(self.env))
        results = dict(self.env["g2p.payment.result.line"]._fields["result"]._description_selection(self.env))
        for record, effect, result, currency, count, total in groups:
            shown = formatLang(self.env, total, currency_obj=currency) if currency else ""
            rows.setdefault(record.id, {}).setdefault(effect, []).append(
                Markup(
                    "<tr><td>%s</td><td>%s</td><td class='text-end'>%s</td><td class='text-end'>%s</td></tr>"
                )
                % (effects[effect], results.get(result, ""), count, shown)
            )
        head = Markup(
            "<thead><tr><th>%s</th><th>%s</th><th class='text-end'>%s</th><th class='text-end'>%s</th></tr></thead>"
        ) % (self.env._("Effect"), self.env._("Status"), self.env._("Lines"), self.env._("Amount"))
        for record in self:
            body = Markup("").join(
                row for effect, _label in EFFECTS for row in rows.get(record.id, {}).get(effect, [])
            )
            table = Markup("<table class='table table-sm w-auto'>%s<tbody>%s</tbody></table>") % (head, body)
            record.summary = table if body else False

    @api.depends("state", "checked_count", "rows_count")
    def _compute_progress(self):
        for record in self:
            record.progress = False
            if record.state == "checking":
                record.progress = self.env._(
                    "%(done)s of %(total)s lines checked", done=record.checked_count, total=record.rows_count
                )
            elif record.state in ("applying", "confirming"):
                record.progress = self.env._(
                    "%(done)s results applied, %(left)s to go",
                    done=record.count_told,
                    left=record.count_untold,
                )

    @api.depends("state", "applied_by")
    @api.depends_context("uid")
    def _compute_can_confirm(self):
        """Say which buttons to show; confirming checks again."""
        user = self.env.user
        finance = user.has_group(FINANCE)
        for record in self:
            others = record.create_uid | record.checked_by | record.applied_by
            record.can_confirm = (
                finance and record.state == "waiting" and user not in others | record.batch_ids.released_by
            )

    # ---- CRUD -------------------------------------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        if not all(vals.get("file") for vals in vals_list):
            raise UserError(self.env._("Choose the file that came back: a CSV or an XLSX file."))
        records = super().create(vals_list)
        for record in records:
            content = record.sudo()._get_file_content()  # sudo: the hash of what was just given
            record._guarded_write({"sha256": hashlib.sha256(content).hexdigest()})
        return records

    def write(self, vals):
        if not self._is_guarded_call():
            if not {"file", "file_name", "company_id"}.isdisjoint(vals):
                raise UserError(
                    self.env._("An uploaded file stays as it is. Delete this import and upload another file.")
                )
            if not set(_OPTIONS).isdisjoint(vals) and any(one.state != "draft" for one in self):
                raise UserError(
                    self.env._("How the file is read can be changed before it is checked: press Back first.")
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_not_applied(self):
        wrong = self.filtered(lambda one: one.applied_at or one.state not in ("draft", "checked"))
        if wrong:
            raise UserError(
                self.env._(
                    "These imports cannot be deleted, because they were applied or are being worked on: %s.",
                    ", ".join(wrong.mapped("display_name")),
                )
            )
