"""Builders of configurations, and of a batch to make documents of."""

from odoo.fields import Command

from odoo.addons.g2p_programs.tests.common import ProgramCase

GOOD_BODY = '<t t-foreach="payments" t-as="payment"><p t-out="payment.payee_name"/></t>'


class ConfigCase(ProgramCase):
    """A test case with configurations, made by an officer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.configs = cls.env(user=cls.officer)["g2p.payment.file.config"]

    @classmethod
    def make_config(cls, **vals):
        """Make a configuration as an officer; HTML about the batch if nothing else is said."""
        return cls.configs.create({"name": "T Config", "type": "html", "body_string": GOOD_BODY, **vals})

    @classmethod
    def make_table(cls, *sources, **vals):
        """Make a configuration of a table with these columns, as an officer."""
        columns = [Command.create({"source": source}) for source in sources]
        return cls.make_config(**{"type": "csv", "body_string": False, "column_ids": columns, **vals})

    @classmethod
    def make_batch(cls, count=3, name="T Batch"):
        """Make a batch of issued payments.

        :return: ``g2p.payment.batch`` record of the superuser
        """
        cycle = cls.make_approved_cycle(members=count).sudo()
        first = cycle.entitlement_ids[:1]
        batch = cls.env["g2p.payment.batch"]._guarded_create(
            [
                {
                    "name": name,
                    "cycle_id": cycle.id,
                    "company_id": cycle.company_id.id,
                    "currency_id": first.currency_id.id,
                }
            ]
        )
        cls.env["g2p.payment"]._guarded_create(
            [
                {
                    "name": f"6a9c2f0e-5a59-4f0e-8d1d-{number:012}",
                    "entitlement_id": entitlement.id,
                    "cycle_id": cycle.id,
                    "partner_id": entitlement.partner_id.id,
                    "company_id": cycle.company_id.id,
                    "currency_id": entitlement.currency_id.id,
                    "batch_id": batch.id,
                    "amount_issued": 100.0 + number,
                    "payee_name": f"Payee {number}",
                    "payee_id_value": f"000{number}",
                }
                for number, entitlement in enumerate(cycle.entitlement_ids.sorted("id"), 1)
            ]
        )
        return batch
