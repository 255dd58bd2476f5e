import json
from dataclasses import replace
from datetime import datetime
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.access import AccessSettings
from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault, NotSent, Unreadable

from .. import const as connect
from ..bridge import const
from ..bridge.envelope_status import EnvelopeStatus
from ..settings import Credentials
from .bridge_case import (
    ENVELOPE_ID,
    HOST,
    IDS,
    KEY,
    Bridge,
    Wire,
    answer,
    counts,
    make_client,
    said,
    submission,
)
from .protection_case import pair_of_protections, signed


@tagged("post_install", "-at_install")
class TestSubmit(BaseCase):
    def test_each_purpose_goes_to_its_own_address_under_its_own_action(self):
        for purpose, word, count in (
            (const.ENVELOPE, "create_disbursement_envelope", 1),
            (const.DISBURSEMENTS, "create_disbursements", 2),
            (const.AMENDMENT, "amend_disbursement_envelope", 1),
            (const.CANCELLATION, "cancel_disbursement_envelope", 1),
        ):
            with self.subTest(purpose):
                wire, sent = Bridge(), submission(purpose)
                make_client().submit(wire, sent)
                self.assertEqual((wire.requests[0].method, wire.url), ("POST", f"{HOST}/{word}"))
                header = wire.body["header"]
                self.assertEqual((header["action"], header["total_count"]), (word, count))
                self.assertEqual(wire.body["message"], json.loads(sent.payload))

    def test_stored_payload_is_sent_byte_for_byte_under_a_new_header(self):
        wire, sent, client = Bridge(), submission(), make_client()
        client.submit(wire, sent)
        client.submit(wire, sent)
        self.assertEqual(len(wire.requests), 2)
        first, second = (json.loads(request.body)["header"] for request in wire.requests)
        self.assertNotEqual(first["message_id"], second["message_id"])
        for request in wire.requests:
            self.assertIn(f',"message":{sent.payload}}}'.encode(), request.body)

    def test_header_is_real(self):
        wire = Bridge()
        make_client().submit(wire, submission())
        header = wire.body["header"]
        self.assertIsNotNone(datetime.fromisoformat(header.pop("message_ts")).tzinfo)
        self.assertTrue(header.pop("message_id"))
        self.assertEqual(
            header,
            {
                "version": "1.0.0",
                "action": "create_disbursements",
                "sender_id": "spp.example.org",
                "receiver_id": "bridge.example.org",
                "total_count": 2,
                "is_msg_encrypted": False,
                "meta": {},
            },
        )

    def test_token_is_sent_where_one_is_asked_for(self):
        wire = Bridge()
        make_client().submit(wire, submission())
        self.assertNotIn("Authorization", wire.requests[0].headers)
        client = make_client(credentials=Credentials("canary-token"), access=AccessSettings("bearer"))
        client.submit(wire, submission())
        self.assertEqual(wire.requests[1].headers["Authorization"], "Bearer canary-token")
        self.assertNotIn("canary-token", repr(wire.requests[1]))

    def test_signature_is_made_with_the_plug_of_the_other_modes(self):
        ours, theirs = pair_of_protections()
        wire = Bridge(look=signed(theirs, counts()))
        client = make_client(credentials=Credentials(protection=ours))
        told = client.submit(wire, submission())
        self.assertIn("signature", wire.body)
        self.assertEqual(told.fault, Fault.NONE)

    def test_answer_that_is_not_believed_says_nothing(self):
        ours, theirs = pair_of_protections()
        client = make_client(credentials=Credentials(protection=ours))
        sent = submission()
        wire = Bridge(answer(said(None, "MULTIPLE_ENVELOPES_FOUND")), look=signed(theirs, counts()))
        told = client.submit(wire, sent)
        self.assertEqual(client.read_submission(told, sent).code, "signature.missing")
        self.assertEqual(type(client.read_submission(told, sent)).__name__, "Unknown")
        self.assertEqual(
            client.read_question(told, sent, sent.references), Unreadable(code="signature.missing")
        )
        self.assertIsNone(client.read_envelope(told, ENVELOPE_ID))

    def test_nothing_and_nowhere_are_not_sent(self):
        wire = Bridge()
        for client, sent in (
            (make_client(), replace(submission(), payload="")),
            (make_client(payment_endpoint_url=""), submission()),
            (make_client(envelope_creation_url=f"{HOST}/x"), submission(const.CANCELLATION)),
            (make_client(), replace(submission(), purpose="other")),
            (make_client(access=AccessSettings("bearer")), submission()),
        ):
            told = client.submit(wire, sent)
            self.assertIs(told.fault, Fault.NOT_SENT)
            self.assertIsInstance(client.read_submission(told, sent), NotSent)
        self.assertEqual((wire.requests, wire.looks), ([], []))


@tagged("post_install", "-at_install")
class TestAsk(BaseCase):
    def ask(self, sent, references=(), **changes):
        wire = Wire()
        make_client(**changes).ask(wire, sent, references)
        return wire

    def test_envelope_is_asked_for_by_its_id(self):
        wire = self.ask(submission(const.ENVELOPE, correlation=ENVELOPE_ID))
        self.assertEqual(wire.url, f"{HOST}/get_disbursement_envelope_status")
        self.assertEqual(wire.body["message"], ENVELOPE_ID)
        header = wire.body["header"]
        self.assertEqual((header["action"], header["total_count"]), ("get_disbursement_envelope_status", 1))

    def test_what_has_no_id_is_asked_for_by_our_own_key(self):
        for purpose in (const.ENVELOPE, const.AMENDMENT, const.CANCELLATION):
            self.assertEqual(self.ask(submission(purpose)).body["message"], KEY)

    def test_payments_are_asked_for_by_the_ids_that_the_bridge_gave_them(self):
        wire = self.ask(submission(external_references=IDS), ("PAY-2", "PAY-1"))
        self.assertEqual(wire.url, f"{HOST}/get_disbursement_status")
        self.assertEqual(wire.body["message"], [IDS["PAY-2"], IDS["PAY-1"]])
        header = wire.body["header"]
        self.assertEqual((header["action"], header["total_count"]), ("get_disbursement_status", 2))

    def test_payments_whose_ids_were_lost_are_not_asked_for_with_the_others(self):
        wire = self.ask(submission(external_references={"PAY-2": IDS["PAY-2"]}), ("PAY-1", "PAY-2"))
        self.assertEqual(wire.body["message"], [IDS["PAY-2"]])

    def test_without_any_id_the_envelope_is_asked_for_what_it_has(self):
        for known in ({}, {"PAY-2": IDS["PAY-2"]}, {"PAY-1": ""}):
            wire = self.ask(submission(external_references=known), ("PAY-1",))
            self.assertEqual(wire.url, f"{HOST}/get_disbursement_envelope_status")
            self.assertEqual(wire.body["message"], ENVELOPE_ID)

    def test_question_about_nobody_is_about_all(self):
        wire = self.ask(submission(external_references=IDS))
        self.assertEqual(wire.body["message"], list(IDS.values()))

    def test_question_asks_for_a_thousand_and_by_and_by_for_all(self):
        ids = {f"PAY-{number}": str(number) for number in range(1003)}
        sent, asked = replace(submission(external_references=ids), references=tuple(ids)), set()
        for start in (0, 900):
            with patch("random.randrange", return_value=start):
                message = self.ask(sent).body["message"]
            self.assertEqual(len(message), const.MAX_IDS_PER_QUESTION)
            asked.update(message)
        self.assertEqual(asked, set(ids.values()))

    def test_envelope_is_shown_to_officers(self):
        wire = Wire(answer(said(counts(3, 350))))
        client = make_client()
        status = client.read_envelope(client.ask_envelope(wire, ENVELOPE_ID), ENVELOPE_ID)
        self.assertEqual(wire.body["message"], ENVELOPE_ID)
        self.assertIsInstance(status, EnvelopeStatus)
        self.assertEqual(status.received, (3, 350))
        for told in (
            answer(said(counts()), 500),
            Answer(Fault.TIMEOUT, body=json.dumps(said(counts()))),
            replace(answer(said(counts())), headers={connect.VERDICT_HEADER: "signature.invalid"}),
            answer(said(None, const.ENVELOPE_NOT_FOUND)),
        ):
            self.assertIsNone(client.read_envelope(told, ENVELOPE_ID))

    def test_nobody_is_called_back(self):
        told = make_client().read_callback(answer(said(counts())), submission(), ("PAY-1",))
        self.assertEqual(told, Unreadable(code="unexpected.callback"))
