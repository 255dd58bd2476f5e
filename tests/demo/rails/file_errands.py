"""What people do when there is no API: wait for files, take them, carry them, bring results back."""

import base64
import hashlib
import json
import re
from urllib.parse import urlsplit

from tests.simulators.bank.orders import Refused

from .. import notes
from ..money import exact
from ..scanner import read_codes
from ..watch import Stuck
from .file_watch import FileWatcher

FILE = "g2p.payment.file"
IMPORT = "g2p.payment.result.import"
LINE = "g2p.payment.result.line"
WIZARD = "g2p.payment.file.verify.wizard"
SHOWN = {name: {} for name in ("verdict", "explanation", "reference", "amount")}
#: The officer takes files, the clerk pays out and verifies, finance says what became of it.
VALID, ALTERED = "valid", "altered"


class Errands:
    """One walk for every batch.

    :param story: ..story.Story, whose batches were sent
    :param rail: file.FileRail
    :param list batches: dicts with id, name and tag_id
    """

    def __init__(self, story, rail, batches):
        self.story = story
        self.rail = rail
        self.batches = batches
        self.narrator = story.narrator
        [self.clerk] = story.others
        self.folder = notes.files_path()

    def run(self):
        """Play it all, in order."""
        ways = [self.rail.way_of_batch[batch["id"]] for batch in self.batches]
        FileWatcher(self.story).until_made(sum(len(way.configs) for way in ways))
        self.narrator.chapter("To the bank and back")
        banks = [batch for batch in self.batches if self.rail.way_of_batch[batch["id"]].by_bank]
        orders = [(batch, name, data) for batch in banks for name, data in self.take_files(batch)]
        results = [(batch, self.bring_to_bank(batch, name, data)) for batch, name, data in orders]
        batch, first = results[0]
        self.meet_mistakes(batch, first)
        right = self.rail.bank.ask_again(first.message_id, f"{batch['name']}-corrected.csv")
        self.narrator.say(
            "bank", f"is asked for the results of {batch['name']} once more, and sends them right"
        )
        results[0] = (batch, right)
        for batch, reply in results:
            self.import_results(batch, reply)
        self.meet_second_import(right)
        self.narrator.chapter("To the pay points and back")
        self.pay_out([batch for batch in self.batches if batch not in banks])
        self.story.watcher.until_done()

    # ---- Taking files -------------------------------------------------------------------------------------
    def take_files(self, batch):
        """Download all files of a batch; the first one claims it.

        :return: list of (file name, bytes)
        """
        officer = self.story.officer
        files = officer(FILE, "search", [("batch_id", "=", batch["id"])], order="id")
        taken = []
        for id_ in files:
            answer = officer(FILE, "fetch_file", [id_])
            data = base64.b64decode(answer["content"])
            if hashlib.sha256(data).hexdigest() != answer["sha256"]:
                raise Stuck(f"{answer['name']} is not what Odoo's hash says")
            (self.folder / answer["name"]).write_bytes(data)
            taken.append((answer["name"], data))
        state = officer.read("g2p.payment.batch", batch["id"], "dispatch_state")
        names = ", ".join(f"{name} ({len(data):,} bytes)" for name, data in taken)
        officer.says(f"downloads {names}; {batch['name']} is “{state}” now")
        return taken

    # ---- The bank -----------------------------------------------------------------------------------------
    def bring_to_bank(self, batch, name, data):
        """Upload one file at the bank, as a person would.

        :return: tests.simulators.bank.bank.Reply
        """
        reply = self._bring(name, data)
        self.narrator.say(
            "bank", f"takes {name}: {reply.paid} paid, {reply.refused} refused; sends {reply.name}"
        )
        return reply

    def _bring(self, name, data):
        try:
            return self.rail.bank.take(name, data)
        except Refused as refusal:
            raise Stuck(f"{name} was refused: " + "; ".join(refusal.problems[:5])) from refusal

    def meet_mistakes(self, batch, reply):
        """Import a file with wrong cells: each is named, and nothing is written."""
        before = self._read_books(batch)
        id_ = self.upload(reply)
        finance = self.story.finance
        lines = finance(
            LINE,
            "search_read",
            [("import_id", "=", id_), ("effect", "=", "error")],
            ["line", "column_name", "value", "message"],
        )
        finance.says(f"checks {reply.name}: {len(lines)} cells are wrong")
        for line in lines:
            self.narrator.more(
                f"line {line['line']}, column {line['column_name']}, “{line['value']}”: {line['message']}"
            )
        refusal = self.story.refusal_of(finance, IMPORT, "action_apply", [id_])
        finance.says(f"may not apply it: {refusal}")
        if len(lines) < 3 or self._read_books(batch) != before:
            raise Stuck(f"{reply.name} is wrong in three cells, and something was written or not seen")
        self.narrator.more("nothing was written: no payment has a status, no exchange was added")

    def _read_books(self, batch):
        """Return what an import could have changed."""
        payments = self.story.finance(
            "g2p.payment", "search_read", [("batch_id", "=", batch["id"])], ["status", "state"], order="id"
        )
        return payments, self.story.watcher.last_exchange()

    def meet_second_import(self, reply):
        """Import the same file once more."""
        finance_2 = self.story.finance_2
        id_ = self._create_import(finance_2, reply)
        refusal = self.story.refusal_of(finance_2, IMPORT, "action_check", [id_])
        finance_2.says(f"uploads {reply.name} once more, and is refused: {refusal}")

    # ---- Results ------------------------------------------------------------------------------------------
    def upload(self, reply):
        """Upload a file of results, and have it checked.

        :return: id of the import
        """
        (self.folder / reply.name).write_bytes(reply.content)
        finance = self.story.finance
        id_ = self._create_import(finance, reply)
        finance(IMPORT, "action_check", [id_])
        return id_

    def _create_import(self, actor, reply):
        values = {"file": base64.b64encode(reply.content).decode(), "file_name": reply.name}
        return actor.create(IMPORT, values)

    def import_results(self, batch, reply):
        """Upload, check and apply a file without mistakes."""
        finance = self.story.finance
        id_ = self.upload(reply)
        [checked] = finance(IMPORT, "read", [id_], ["state", "count_apply", "count_error", "rows_count"])
        if checked["state"] != "checked" or checked["count_error"]:
            raise Stuck(f"{reply.name} cannot be applied: {checked}")
        finance(IMPORT, "action_apply", [id_])
        [applied] = finance(IMPORT, "read", [id_], ["state", "count_told"])
        if applied["state"] != "done" or applied["count_told"] != checked["count_apply"]:
            raise Stuck(f"{reply.name} was not applied: {applied} of {checked}")
        finance.says(
            f"imports {reply.name}: {applied['count_told']} of {checked['rows_count']} lines applied"
        )

    # ---- Pay points ---------------------------------------------------------------------------------------
    def pay_out(self, batches):
        """Pay in cash whoever comes, by list and voucher."""
        taken = [file for batch in batches for file in self.take_files(batch)]
        self.verify_vouchers(next(data for name, data in taken if "voucher" in name))
        self._play_pay_point(batches)
        for batch in batches:
            self._pay_out_one(batch)

    def _play_pay_point(self, batches):
        """Whoever has a closed account does not come either, so that both sides know who failed."""
        closed = {household.name for household in self.story.households if household.head.is_closed}
        payments = self.story.finance(
            "g2p.payment",
            "search_read",
            [("batch_id", "in", [batch["id"] for batch in batches])],
            ["name", "partner_id"],
        )
        absent = [re.escape(one["name"]) for one in payments if one["partner_id"][1] in closed]
        self.rail.bank.play(
            {"outcomes": [{"reference": f"^({'|'.join(absent)})$", "result": "refused", "code": "MS03"}]}
        )

    def _pay_out_one(self, batch):
        finance = self.story.finance
        action = finance("g2p.payment.batch", "action_export_open_payments", [batch["id"]])
        name = f"{batch['name'].replace('/', '-')}-open.xlsx"
        data = finance.download(_path_of(action["url"]))
        (self.folder / name).write_bytes(data)
        reply = self._bring(name, data)
        self.clerk.says(
            f"pays out {batch['name']} and fills the list in: {reply.paid} paid, {reply.refused} did not come"
        )
        self.import_results(batch, reply)

    def verify_vouchers(self, pdf):
        """Scan one voucher that is right, and the same one with another amount."""
        code = read_codes(pdf)[0]
        self._scan(code, "scans a voucher", VALID)
        self._scan(raise_amount(code), "scans the same with a larger amount", ALTERED)

    def _scan(self, code, does, expected):
        """Give a code to the verifier, as a hand scanner types it into the form."""
        answer = self.clerk(WIZARD, "onchange", [], {"payload": code}, ["payload"], {"payload": {}, **SHOWN})
        said = answer["value"]
        self.clerk.says(
            f"{does}: {said['verdict'].upper()}. {said['explanation']} {_describe(said)}".rstrip()
        )
        if said["verdict"] != expected:
            raise Stuck(f"The verifier says {said['verdict']}, and should say {expected}")


def raise_amount(token):
    """Return a token that says a larger amount, with the signature of the right one.

    :param str token: JWS with three parts
    """
    head, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    claims["amount"] = str(exact(claims["amount"]) * 10)
    raw = json.dumps(claims, separators=(",", ":")).encode()
    return f"{head}.{base64.urlsafe_b64encode(raw).decode().rstrip('=')}.{signature}"


def _describe(said):
    return f"({said['reference']}, {said['amount']})" if said.get("reference") else ""


def _path_of(url):
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"
