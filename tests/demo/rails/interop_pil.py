"""By a Payments Interoperability Layer: it answers late, remembers little, and calls everything that fails ABORTED."""

from tests.simulators.interop.by_payment import named
from tests.simulators.ledger import read_ledger

from ..watch import Stuck
from .interop import SWEEPER, InteropRail

#: By the ordinal of the submission; why they are so far apart is told in ``g2p_connect.py``. A time-out of our own
#: would take 80 s with 50 payees a call, so it is the gateway before the layer that does not wait so long.
TIMED_OUT_AFTER_EXECUTING = (2, 17)
TIMED_OUT_WITHOUT_EXECUTING = (13,)
CUT_OFF_AFTER_EXECUTING = (9,)
BUSY_AFTER_EXECUTING = (5,)
BUSY_WITHOUT_EXECUTING = (20,)
CONFIRM = "to.be.confirmed"


class LayerRail(InteropRail):
    """A layer behind a gateway with a token; refusals and lost answers of payees' banks are all ABORTED to it."""

    mode = "pil"
    secret_name = "token of the gateway"

    def describe(self):
        return (
            f"a Payments Interoperability Layer runs at {self.simulator.pil_url}, before a Mojaloop scheme whose"
            f" ledger is {self.ledger_path}"
        )

    # ---- The payment system -------------------------------------------------------------------------------
    def scheme(self):
        return {"auth": "bearer"}

    def refusals(self):
        return [{"payees": self.cast.closed, "result": "refused", "how": "transfer"}]

    def faults(self):
        gateway = {"play": "status", "shape": False}
        return [
            {**gateway, "status": 504, "calls": list(TIMED_OUT_AFTER_EXECUTING), "executed": True},
            {**gateway, "status": 504, "calls": list(TIMED_OUT_WITHOUT_EXECUTING), "executed": False},
            {"play": "reset", "calls": list(CUT_OFF_AFTER_EXECUTING), "executed": True},
            {**gateway, "status": 503, "calls": list(BUSY_AFTER_EXECUTING), "executed": True},
            {**gateway, "status": 503, "calls": list(BUSY_WITHOUT_EXECUTING), "executed": False},
        ]

    def access(self, scheme):
        return f"bearer token {scheme.bearer_token}"

    # ---- Before -------------------------------------------------------------------------------------------
    def manager_values(self, story):
        return {
            "payment_endpoint_url": self.simulator.payment_url,
            "auth_type": "bearer",
            "max_batch_size": self.batch_size,
        }

    @property
    def choice(self):
        return (
            f"chooses the manager of the layer: {self.simulator.payment_url}, at most {self.batch_size} payees in"
            " a call"
        )

    def secret(self):
        return {"bearer_token": self.simulator.bearer_token}

    # ---- The comparison -----------------------------------------------------------------------------------
    def ledger(self):
        """Return what was really paid; the layer has no name for a payment, so who was paid how much has to tell."""
        payments = {
            one["name"]: (one["payee_id_value"], one["amount_issued"], one["currency_id"][1])
            for one in self.read_payments()
        }
        return named(read_ledger(self.ledger_path), payments)

    def compare_books(self, executed):
        """Return which lines of the scheme's books bear the id of no disbursement of ours."""
        keys = set(self.read_keys().values())
        return [
            f"{one.reference_id} is of no disbursement of ours" for one in executed if _id_of(one) not in keys
        ]

    # ---- After --------------------------------------------------------------------------------------------
    def follow(self, story):
        self.watch_sending(story)
        self.tell_open(story)
        self.check_status(story, SWEEPER)
        self.tell_open(story)
        if story.watcher.submissions("unknown"):
            self.settle_unknown(story)
            story.watcher.until_sent()
        self._confirm(story)
        story.watcher.until_done()
        self._tell_on_word(story)

    def _confirm(self, story):
        """Two people of finance go by the switch's own books, not by the layer's word."""
        doubtful = [one for one in self.read_payments() if one["status_code"] == CONFIRM]
        executed = {one.reference_id for one in self.ledger()}
        paid = [one for one in doubtful if one["name"] in executed]
        story.narrator.say(
            "Odoo",
            f"has {len(doubtful)} payments to be confirmed: the layer says ABORTED, also of what was paid after all",
        )
        story.narrator.say(
            "operator",
            f"looks these transfers up at the switch: {len(paid)} are COMMITTED, {len(doubtful) - len(paid)} ABORTED",
        )
        if len(paid) != len(self.cast.slow) or len(doubtful) != len(paid) + len(self.cast.closed):
            raise Stuck("Others than expected are to be confirmed")
        decisions = story.finance(
            "g2p.payment.decision",
            "create",
            [
                {
                    "payment_id": one["id"],
                    "verdict": "executed" if one["name"] in executed else "never_executed",
                    "reason": "The operator of the scheme looked the transfer up at the switch.",
                    "evidence_reference": self.ticket,
                }
                for one in doubtful
            ],
        )
        story.finance.says(f"proposes {len(decisions)} decisions, payment by payment (ticket {self.ticket})")
        story.finance_2("g2p.payment.decision", "action_confirm", decisions)
        story.finance_2.says("confirms them; one person alone could not")

    def _tell_on_word(self, story):
        count = sum(one["status_code"] == "layer.completed" for one in self.read_payments())
        story.narrator.more(
            f"{count} payments are paid on the layer's word: a list of their own, for finance"
        )


def _id_of(executed):
    return (
        executed.transaction_id if executed.reference_id.startswith(f"{executed.transaction_id}/") else None
    )
