from odoo import api, fields, models


class DisableRegistrantWizard(models.TransientModel):
    _name = "g2p.disable.registrant.wizard"
    _description = "Disable Registrant"

    partner_id = fields.Many2one("res.partner", "Registrant", required=True, ondelete="cascade")
    disabled_reason = fields.Text("Reason for Disabling", required=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if "partner_id" in fields_list and self.env.context.get("active_id"):
            values.setdefault("partner_id", self.env.context["active_id"])
        return values

    def disable_registrant(self):
        """Disable the registrant with the reason given (button; needs write access to the registrant).

        :return: True
        """
        for wizard in self:
            wizard.partner_id.write(
                {
                    "disabled": fields.Datetime.now(),
                    "disabled_reason": wizard.disabled_reason,
                    "disabled_by": self.env.uid,
                }
            )
        return True
