"""Every captured exchange with a real bridge: what we send is what was sent, and what was answered is understood."""

import json
import re
from dataclasses import replace

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.outcome import (
    Accepted,
    Found,
    NeverHad,
    Rejected,
    SubmissionData,
    Unknown,
    Unreadable,
)
from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

from ..bridge import const
from ..bridge.settings import BridgeSettings
from .bridge_case import (
    HOST,
    KEY,
    PAID,
    PENDING,
    REVERSED,
    SAMPLES,
    SETTINGS,
    Bridge,
    Wire,
    answer,
    counts,
    looked,
    make_client,
    payment,
)

EXCHANGES = json.loads((SAMPLES / "g2p_bridge_v1.0.2.json").read_text())
PURPOSES = {f"/{const.ACTIONS[what]}": what for what in const.ACTIONS}
#: We never cancel single disbursements: they are paid all the same when their envelope is complete later.
NEVER_SENT = "/cancel_disbursements"
#: Requests that our client refuses to make, and why.
REFUSED = {
    "envelope: frequency not in the list": ("frequency",),
    "envelope: zero disbursements": ("size",),
    "disbursements: empty list (HTTP 500)": ("size",),
    "disbursements: envelope id false, as Odoo writes an empty Char (HTTP 400)": ("envelope_id",),
}
#: Requests that our client cannot make at all: a payment without currency, an item that is wrong in every way, two
#: envelopes in one list, a header without an id.
IMPOSSIBLE = (
    "envelope: no currency (HTTP 500)",
    "disbursements: one bad among two, none taken",
    "disbursements: two envelopes",
    "header without message_id (HTTP 400)",
)


def case(name):
    """Return a captured exchange."""
    (found,) = [one for one in EXCHANGES if one["case"] == name]
    return found


def purpose_of(exchange):
    return PURPOSES[exchange["path"]]


def payments_of(exchange):
    """Return the payments that a captured request was made of."""
    message = exchange["request"]["message"]
    if isinstance(message, list):
        return [_payment_of(number, item) for number, item in enumerate(message, 1)]
    count, total = message.get("number_of_disbursements", 0), message.get("total_disbursement_amount", 0)
    rest = int(total) - (count - 1) * 100
    amounts = ["100.00"] * (count - 1) + [f"{rest}.00"] if count else []
    return [payment(number, amount=amount) for number, amount in enumerate(amounts, 1)]


def _payment_of(number, item):
    value = re.fullmatch(r"token:(.+)@nid", item["beneficiary_id"])[1]
    return payment(
        number,
        reference=item["mis_reference_number"],
        payee_id_value=value,
        payee_name=item["beneficiary_name"],
        amount=f"{int(item['disbursement_amount'])}.00",
    )


def settings_of(exchange):
    """Return the settings that a captured request was made with."""
    message = exchange["request"]["message"]
    if isinstance(message, list):
        first = message[0] if message and isinstance(message[0], dict) else {}
        envelope_id = first.get("disbursement_envelope_id", SETTINGS.disbursement_envelope_id)
        return replace(SETTINGS, disbursement_envelope_id=envelope_id or "")
    if not isinstance(message, dict):
        return SETTINGS
    names = ("benefit_program_mnemonic", "disbursement_frequency", "cycle_code_mnemonic") + (
        "disbursement_schedule_date",
        "disbursement_envelope_id",
    )
    return replace(
        SETTINGS,
        **{name: message[name] for name in names if name in message},
        carried_beneficiaries=message.get("number_of_beneficiaries", 0),
        carried_disbursements=message.get("number_of_disbursements", 0),
        carried_amount=int(message.get("total_disbursement_amount", 0)),
    )


def submission_of(exchange):
    """Return the submission that a captured exchange belongs to; its payload is what was captured."""
    message = exchange["request"]["message"]
    items = message if isinstance(message, list) else []
    references = tuple(dict.fromkeys(one["mis_reference_number"] for one in items if isinstance(one, dict)))
    # As our client writes it: whole numbers without a point.
    text = json.dumps(json.loads(json.dumps(message), parse_float=lambda number: int(float(number))))
    return SubmissionData(KEY, 1, text, {}, references, purpose=purpose_of(exchange))


def read(name):
    """Return what a captured answer to a submission says, where its envelope then holds what it should."""
    exchange = case(name)
    settings, sent = settings_of(exchange), submission_of(exchange)
    headers = {}
    if sent.purpose in const.CLOSING:
        held = counts(
            settings.carried_disbursements,
            settings.carried_amount,
            disbursement_envelope_id=settings.disbursement_envelope_id,
        )
        headers = looked(held)
    told = answer(exchange["response"], exchange["http_status"], headers=headers)
    return make_client(settings).read_submission(told, sent)


@tagged("post_install", "-at_install")
class TestRequests(BaseCase):
    def assert_same_request(self, wire, exchange):
        request = exchange["request"]
        self.assertEqual(wire.url, HOST + exchange["path"])
        self.assertEqual(wire.body["message"], request["message"])
        # Every field that was captured is there, and of the same kind; what it says is of this try.
        header = wire.body["header"]
        for field, value in request["header"].items():
            if value not in ("", None):
                self.assertIs(type(header[field]), type(value))
        self.assertEqual(header["sender_id"], request["header"]["sender_id"])

    def test_there_are_twenty_seven(self):
        self.assertEqual(len(EXCHANGES), 27)
        self.assertLessEqual({*REFUSED, *IMPOSSIBLE}, {one["case"] for one in EXCHANGES})

    def test_every_right_submission_is_the_captured_one(self):
        made = 0
        for exchange in EXCHANGES:
            name = exchange["case"]
            if name in REFUSED or name in IMPOSSIBLE or exchange["path"] == NEVER_SENT:
                continue
            if purpose_of(exchange) in (const.ENVELOPE_STATUS, const.DISBURSEMENT_STATUS):
                continue
            with self.subTest(name):
                client, wire = make_client(settings_of(exchange)), Bridge()
                sent = submission_of(exchange)
                sent = replace(sent, payload=client.build(sent, payments_of(exchange)))
                client.submit(wire, sent)
                self.assert_same_request(wire, exchange)
                looked_into = [json.loads(look.body)["message"] for look in wire.looks]
                into = {one["disbursement_envelope_id"] for one in json.loads(sent.payload) if wire.looks}
                self.assertEqual(looked_into, list(into))
                self.assertEqual(bool(into), sent.purpose == const.DISBURSEMENTS)
                made += 1
        self.assertEqual(made, 10)

    def test_every_question_is_the_captured_one(self):
        made = 0
        for exchange in EXCHANGES:
            if exchange["path"] == NEVER_SENT:
                continue
            message, wire = exchange["request"]["message"], Wire()
            if purpose_of(exchange) == const.ENVELOPE_STATUS:
                sent = SubmissionData(KEY, 1, "", {}, (), message, const.ENVELOPE)
            elif purpose_of(exchange) == const.DISBURSEMENT_STATUS:
                ids = {f"P/{number}": told for number, told in enumerate(message)}
                sent = SubmissionData(KEY, 2, "", {}, tuple(ids), "", const.DISBURSEMENTS, ids)
            else:
                continue
            with self.subTest(exchange["case"]):
                make_client().ask(wire, sent, sent.references)
                self.assert_same_request(wire, exchange)
                made += 1
        self.assertEqual(made, 6)

    def test_what_a_bridge_refuses_for_its_form_is_refused_before(self):
        for name, reasons in REFUSED.items():
            exchange = case(name)
            with self.subTest(name), self.assertRaises(RailRefusal) as caught:
                make_client(settings_of(exchange)).build(submission_of(exchange), payments_of(exchange))
            self.assertEqual(caught.exception.findings, {KEY: "; ".join(reasons)})

    def test_what_cannot_be_said_is_refused_before(self):
        no_currency, _bad, two, _header = map(case, IMPOSSIBLE)
        with self.assertRaises(RailRefusal) as caught:
            payments = [replace(one, currency="") for one in payments_of(no_currency)]
            make_client(settings_of(no_currency)).build(submission_of(no_currency), payments)
        self.assertEqual(set(caught.exception.findings), {"PAY-1", "PAY-2"})
        with self.assertRaises(RailRefusal) as caught:
            make_client().build(
                submission_of(two),
                [payment(2, reference="P/2", payee_id_value="", payee_name="", amount="0")],
            )
        self.assertEqual(caught.exception.findings, {"P/2": "beneficiary; name; amount"})
        # The envelope stands in the settings, so one list has one; and the header is always whole.
        sent = submission_of(two)
        text = make_client().build(sent, [payment(1), payment(2)])
        self.assertEqual(len({item["disbursement_envelope_id"] for item in json.loads(text)}), 1)

    def test_paths_are_those_of_the_settings(self):
        self.assertEqual(
            {one["path"] for one in EXCHANGES} - {NEVER_SENT}, {f"/{word}" for word in const.ACTIONS.values()}
        )
        self.assertNotIn("cancel_disbursements", const.ACTIONS.values())


@tagged("post_install", "-at_install")
class TestAnswers(BaseCase):
    def test_every_answer_to_an_envelope_is_understood(self):
        self.assertEqual(read("envelope accepted"), Accepted(correlation="1795220601750"))
        for name, code in (
            ("envelope: unknown program", "INVALID_PROGRAM_MNEMONIC"),
            ("envelope: date in the past", "INVALID_DISBURSEMENT_SCHEDULE_DATE"),
            ("envelope: zero disbursements", "INVALID_NO_OF_DISBURSEMENTS"),
        ):
            self.assertEqual(read(name), Rejected(code=code))
        for name in ("envelope: frequency not in the list", "header without message_id (HTTP 400)"):
            self.assertEqual(read(name), Rejected(code="G2P-REQ-102", reason="HTTP 400"))
        self.assertEqual(
            read("envelope: no currency (HTTP 500)"), Unknown(code="http.500", reason="HTTP 500")
        )

    def test_accepted_disbursements_have_their_ids(self):
        outcome = read("disbursements accepted")
        self.assertIsInstance(outcome, Accepted)
        self.assertEqual((outcome.code, outcome.attention), ("", ""))
        self.assertEqual(
            [(row.reference, row.result, row.external_reference) for row in outcome.rows],
            [("P/1", PENDING, "1795220601780977"), ("P/2", PENDING, "1795220601781029")],
        )

    def test_refused_disbursements_are_rejected_where_nothing_can_have_been_taken(self):
        self.assertEqual(
            read("disbursements: one bad among two, none taken"),
            Rejected(
                code="INVALID_DISBURSEMENT_PAYLOAD",
                reason="P/2: INVALID_DISBURSEMENT_AMOUNT INVALID_BENEFICIARY_ID INVALID_BENEFICIARY_NAME "
                "INVALID_NARRATIVE",
            ),
        )
        self.assertEqual(
            read("disbursements: unknown envelope"), Rejected(code="DISBURSEMENT_ENVELOPE_NOT_FOUND")
        )
        name = "disbursements: envelope id false, as Odoo writes an empty Char (HTTP 400)"
        self.assertEqual(read(name), Rejected(code="G2P-REQ-102", reason="HTTP 400"))

    def test_refused_disbursements_are_unknown_where_an_earlier_copy_may_have_been_taken(self):
        for name, code in (
            ("disbursements: sent again, envelope full", "NO_OF_DISBUESEMENTS_EXCEEDS_DECLARED"),
            ("disbursements: more money than declared", "TOTAL_DISBURSEMENT_AMOUNT_EXCEEDS_DECLARED"),
            # Its echo names an envelope that is not ours.
            ("disbursements: two envelopes", "other.references"),
            ("disbursements: empty list (HTTP 500)", "http.500"),
        ):
            outcome = read(name)
            self.assertIsInstance(outcome, Unknown)
            self.assertEqual(outcome.code, code)

    def test_amendment_and_cancellation_are_accepted_also_twice(self):
        self.assertEqual(read("amend envelope"), Accepted())
        self.assertEqual(read("cancel envelope"), Accepted())
        self.assertEqual(
            read("cancel envelope again"), Accepted(code="DISBURSEMENT_ENVELOPE_ALREADY_CANCELED")
        )

    def ask(self, name, ids=(), **changes):
        """Return what the answer to a captured question says.

        :param ids: of the payments, in their order
        """
        exchange = case(name)
        known = {f"P/{number}": told for number, told in enumerate(ids, 1)}
        sent = SubmissionData(
            KEY, 2, "", {}, tuple(known), purpose=const.DISBURSEMENTS, external_references=known
        )
        settings = changes.pop("settings", SETTINGS)
        told = answer(exchange["response"], exchange["http_status"])
        return make_client(settings).read_question(told, replace(sent, **changes), sent.references)

    def test_payments_that_nobody_knows_are_open(self):
        ids = case("status: nothing known yet")["request"]["message"]
        outcome = self.ask("status: nothing known yet", ids)
        self.assertEqual([(row.result, row.code) for row in outcome.rows], [(PENDING, "")] * 3)
        outcome = self.ask("status of a cancelled one (looks like pending)", ["1795220637225427"])
        self.assertEqual([(row.result, row.code) for row in outcome.rows], [(PENDING, "")])

    def test_paid_reversed_and_never_paid_are_told_apart(self):
        name = "status: paid (with a later duplicate line), paid then reversed, reversal of one never paid"
        settings = replace(SETTINGS, disbursement_envelope_id="1795220601820")
        outcome = self.ask(name, case(name)["request"]["message"], settings=settings)
        self.assertIsInstance(outcome, Found)
        self.assertEqual(
            [(row.result, row.code, row.paid_before, row.attention) for row in outcome.rows],
            [
                (PAID, "bank.duplicate_disbursement", False, "bank.duplicate_disbursement"),
                (REVERSED, "ACCOUNT_CLOSED", True, ""),
                (PENDING, "bank.invalid_reversal", False, "bank.invalid_reversal"),
            ],
        )
        self.assertEqual(outcome.rows[0].details["remittance_reference_number"], "83aecd2fb0754bbf")
        self.assertEqual(outcome.rows[1].details["reversal_reason"], "ACCOUNT_CLOSED")
        self.assertNotIn("Beneficiary at bank", repr(outcome))

    def test_envelopes_are_told_by_their_counts(self):
        for name, envelope_id, received in (
            ("envelope status: fresh", "1795220601750", (2, 300)),
            ("envelope status: after", "1795220601820", (3, 350)),
        ):
            changes = {"purpose": const.ENVELOPE, "correlation": envelope_id}
            outcome = self.ask(name, **changes)
            self.assertIsInstance(outcome, Found)
            self.assertEqual((outcome.code, outcome.attention), ("", ""))
            told = answer(case(name)["response"])
            self.assertEqual(make_client().read_envelope(told, envelope_id).received, received)

    def test_counts_settle_disbursements_whose_answer_was_lost(self):
        sent = submission_of(case("disbursements accepted"))
        told = answer(case("envelope status: fresh")["response"])
        for before, expected in (((0, 0), Found), ((2, 300), NeverHad), ((1, 100), Unreadable)):
            settings = replace(SETTINGS, disbursements_before=before[0], amount_before=before[1])
            outcome = make_client(settings).read_question(told, sent, sent.references)
            self.assertIsInstance(outcome, expected)

    def test_envelope_that_nobody_was_told_of_was_never_had(self):
        outcome = self.ask("envelope status: unknown", purpose=const.ENVELOPE)
        self.assertEqual(outcome, NeverHad(code="DISBURSEMENT_ENVELOPE_NOT_FOUND"))

    def test_cancelled_disbursements_are_no_news_of_anything_of_ours(self):
        for name in ("cancel a disbursement", "cancel it again", "cancel unknown"):
            exchange = case(name)
            told = answer(exchange["response"], exchange["http_status"])
            sent = submission_of(case("disbursements accepted"))
            self.assertIsInstance(make_client().read_submission(told, sent), Unknown)
            self.assertIsInstance(make_client().read_question(told, sent, sent.references), Unreadable)

    def test_settings_hold_everything_that_was_captured(self):
        names = set(case("envelope accepted")["request"]["message"])
        computed = {
            *("number_of_beneficiaries", "number_of_disbursements", "total_disbursement_amount"),
            "disbursement_currency_code",
        }
        self.assertLessEqual(names - computed, set(BridgeSettings.__dataclass_fields__))
