"""What several models of this addon share."""

from .. import const

INTEROP = "g2p.program.payment.manager.payment.interop.layer"

NOT_CHECKED = "not_checked"
CHECK_STATES = [
    (NOT_CHECKED, "Not Checked"),
    (const.PAYABLE, "Payable"),
    (const.UNKNOWN, "Unknown Payee"),
    (const.UNCLEAR, "Unclear"),
]
