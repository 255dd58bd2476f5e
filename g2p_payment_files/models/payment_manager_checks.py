from odoo import api, models
from odoo.exceptions import ValidationError

from .payment_file import CLAIMING

#: Instructions that a bank's program reads; whatever it pays must not be had at a pay point too.
BANK_TYPES = {"csv", "text", "pain001"}


class FilePaymentManager(models.Model):
    """What a payment manager's files must not be, and what they need."""

    _inherit = "g2p.program.payment.manager.file"

    # ---- Constraints ------------------------------------------------------------------------------------------
    @api.constrains("payment_file_config_ids", "batch_tag_ids", "create_batch")
    def _check_payment_files(self):
        # sudo: files that the user may not see would be made all the same
        problems = [problem for manager in self.sudo() for problem in manager._find_file_problems()]
        if problems:
            raise ValidationError("\n".join(problems))

    # ---- Business ---------------------------------------------------------------------------------------------
    def _find_file_problems(self):
        """Return what is wrong with the files of one manager (list of texts)."""
        return [
            problem
            for owner, configs in self._get_owners()
            for problem in (
                self._find_foreign(owner, configs),
                self._find_paid_by_api(owner, configs),
                self._find_paid_twice(owner, configs),
                self._find_paid_by_both(owner, configs),
            )
            if problem
        ]

    def _get_owners(self):
        """Return [(name, its configurations)]: the manager itself, and its tags."""
        owners = [(self.name, self.payment_file_config_ids)]
        return owners + [
            (self.env._("batch tag %s", tag.name), tag.file_config_ids) for tag in self.batch_tag_ids
        ]

    def _find_foreign(self, owner, configs):
        company = self.program_id.company_id
        foreign = configs.company_id - company
        if not foreign or not company:
            return ""
        return self.env._(
            "%(owner)s: some of its files belong to %(companies)s, and the program to %(company)s. Choose its own "
            "files, or shared ones.",
            owner=owner,
            companies=", ".join(foreign.mapped("name")),
            company=company.name,
        )

    def _find_paid_by_api(self, owner, configs):
        paying = configs.filtered(lambda one: one.purpose in CLAIMING)
        if not paying or self._pays_by_file():
            return ""
        return self.env._(
            "%(manager)s pays through an API, and %(files)s (%(owner)s) would pay the same once more. Choose files "
            "whose purpose is Document.",
            manager=self.name,
            files=", ".join(paying.mapped("name")),
            owner=owner,
        )

    def _find_paid_twice(self, owner, configs):
        instructions = configs.filtered(lambda one: one.purpose == "instruction")
        if len(instructions) < 2:
            return ""
        return self.env._(
            "%(owner)s: %(files)s would each have the same payments made. Keep one payment instruction.",
            owner=owner,
            files=", ".join(instructions.mapped("name")),
        )

    def _find_paid_by_both(self, owner, configs):
        vouchers = configs.filtered(lambda one: one.purpose == "voucher")
        bank = configs.filtered(lambda one: one.purpose == "instruction" and one.type in BANK_TYPES)
        if not vouchers or not bank:
            return ""
        return self.env._(
            "%(owner)s: a bank would pay %(bank)s, and a pay point %(vouchers)s once more. Choose either; vouchers go "
            "with a list for the pay point (PDF, HTML or Excel).",
            owner=owner,
            bank=", ".join(bank.mapped("name")),
            vouchers=", ".join(vouchers.mapped("name")),
        )

    def _configuration_problems(self):
        problems = super()._configuration_problems() + self._find_file_problems()
        if not self._pays_by_file():
            return problems
        if not self.create_batch:
            problems.append(self.env._("%s pays by file, batch by batch: let it create batches", self.name))
        for tag in self.batch_tag_ids or [self.env["g2p.payment.batch.tag"]]:
            if not self._get_configs(tag).filtered(lambda one: one.purpose in CLAIMING):
                owner = tag.name or self.name
                problems.append(
                    self.env._("%s has no payment file that instructs anybody to pay: choose one", owner)
                )
        return problems + self._find_payer_problems()

    def _find_payer_problems(self):
        """Return which files would have to name the account that pays, where it is not known (list of texts)."""
        if self._get_payer()["payer_account"]:
            return []
        needing = self._get_all_configs().filtered(
            lambda one: (
                one.purpose in CLAIMING
                and (one.type == "pain001" or "payer_account" in one.column_ids.mapped("source"))
            )
        )
        return [
            self.env._(
                "%(files)s would not say which account pays: choose the Payer Account of %(manager)s, or give the "
                "program's journal a bank account",
                files=", ".join(needing.mapped("name")),
                manager=self.name,
            )
            for _one in needing[:1]
        ]
