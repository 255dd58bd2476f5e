import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    phone_regex = fields.Char(
        "Phone Number Pattern",
        config_parameter="g2p_registry.phone_regex",
        help="A regular expression that each phone number must match as a whole, "
        "as it was entered or in its international form. Leave it empty to accept every valid number.",
    )

    @api.constrains("phone_regex")
    def _check_phone_regex(self):
        for settings in self.filtered("phone_regex"):
            try:
                re.compile(settings.phone_regex)
            except re.error as error:
                raise ValidationError(
                    self.env._(
                        "The phone number pattern %(pattern)s is not a regular expression (%(error)s). "
                        "Correct it or leave it empty.",
                        pattern=settings.phone_regex,
                        error=error,
                    )
                ) from error
