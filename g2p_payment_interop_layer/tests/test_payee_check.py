import json
from dataclasses import replace

import responses

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.access import AccessSettings
from odoo.addons.g2p_programs.dispatch.outcome import Answer, Fault
from odoo.addons.g2p_programs.dispatch.transport import Transport

from ..payee_check import PayeeCheck, PayeeToCheck
from .common import OAUTH2, PIL, SDK, TOKEN, TOKEN_2, Replies, make_client, payment

PAYABLE, UNKNOWN, UNCLEAR = "payable", "unknown", "unclear"


def payee(number=1, **changes):
    one = payment(number)
    return replace(PayeeToCheck(one.reference, one.payee_id_type, one.payee_id_value), **changes)


def told(number=1, payable=True, **fields):
    body = {"payeeIdType": "MSISDN", "payeeIdValue": payment(number).payee_id_value, "isPayable": payable}
    return body | fields


def party(**fields):
    info = {"partyIdType": "MSISDN", "partyIdentifier": "9876543201", "fspId": "greenbank"}
    body = {"partyIdInfo": info, "name": "Navya Agarwal"}
    return {"party": {"body": body | fields}, "currentState": "COMPLETED"}


class CheckCase(BaseCase):
    settings = PIL

    def check(self, payees, *replies, **changes):
        """Return ({reference: (verdict, name, code)}, calls)."""
        transport = Replies(*replies)
        found = make_client(self.settings, **changes).check_payees(transport, payees)
        return {key: (one.verdict, one.name, one.code) for key, one in found.items()}, transport

    def test_nothing_that_could_not_be_sent_is_asked_about(self):
        wrong = [
            payee(1, id_value="False"),
            payee(2, id_value=""),
            payee(3, id_type="reg_id"),
            payee(4, id_value="123"),
        ]
        found, transport = self.check(wrong)
        self.assertEqual({one[0] for one in found.values()}, {UNCLEAR})
        codes = [found[f"PAY-{number}"][2] for number in range(1, 5)]
        self.assertEqual(codes, ["payee", "payee", "payee_kind", "payee_phone"])
        self.assertEqual(transport.lines, [])

    def test_without_an_address_nothing_is_clear(self):
        found, transport = self.check([payee()], payment_endpoint_url="https://gw.example.org/pay")
        self.assertEqual((found, transport.lines), ({"PAY-1": (UNCLEAR, "", "no.check_url")}, []))

    def test_faults_leave_everything_unclear(self):
        for answer, code in (
            (Answer(fault=Fault.TIMEOUT), "timeout"),
            (Answer(fault=Fault.NOT_SENT), "not_sent"),
            (Answer(status=500), "http.500"),
            (Answer(status=504, body="{}"), "http.504"),
            (Answer(status=401), "http.401"),
            (Answer(status=404, body="<html>"), "http.404"),
            (Answer(status=200, body="<html>"), "unreadable.body"),
            (Answer(status=200, body=""), "unreadable.body"),
        ):
            with self.subTest(code):
                self.assertEqual(self.check([payee()], answer)[0], {"PAY-1": (UNCLEAR, "", code)})

    def test_missing_secret_asks_nobody(self):
        access = AccessSettings(auth_type="basic")
        found, transport = self.check([payee()], access=access)
        self.assertEqual((found["PAY-1"][0], transport.lines), (UNCLEAR, []))

    def test_another_token_is_tried_once(self):
        refused = (401, "")
        _found, transport = self.check(
            [payee()], (200, TOKEN), refused, (200, TOKEN_2), refused, access=OAUTH2
        )
        self.assertEqual(len(transport.lines), 4)

    def test_nothing_shows_whom_it_is_about(self):
        shown = repr(payee()) + repr(PayeeCheck(PAYABLE, "Navya Agarwal"))
        self.assertNotIn("98765", shown)
        self.assertNotIn("Navya", shown)


@tagged("post_install", "-at_install")
class TestDisbursementCheck(CheckCase):
    def test_each_payee_has_its_verdict(self):
        results = [told(2, False), told(1, name=" Navya Agarwal ")]
        found, transport = self.check([payee(1), payee(2), payee(3)], (200, {"payeeResults": results}))
        self.assertEqual(
            found,
            {
                "PAY-1": (PAYABLE, "Navya Agarwal", ""),
                "PAY-2": (UNKNOWN, "", "not.payable"),
                "PAY-3": (UNCLEAR, "", "unreadable.body"),
            },
        )
        self.assertEqual(transport.lines, ["POST https://layer.example.org/disbursementCheck"])
        (body,) = transport.bodies
        self.assertEqual(len(body.pop("requestId")), 36)
        values = ["9876543201", "9876543202", "9876543203"]
        expected = [{"payeeIdType": "MSISDN", "payeeIdValue": value} for value in values]
        self.assertEqual(body, {"payeeList": expected})

    def test_payees_are_asked_about_in_slices_and_each_once(self):
        five = [payee(number) for number in range(1, 6)]
        twice = [*five, payee(6, id_value=five[0].id_value)]
        answers = [(200, {"payeeResults": [told(number) for number in range(1, 6)]})] * 3
        found, transport = self.check(twice, *answers, max_batch_size=2)
        self.assertEqual([len(body["payeeList"]) for body in transport.bodies], [2, 2, 1])
        self.assertEqual({one[0] for one in found.values()}, {PAYABLE})
        self.assertEqual(len(found), 6)

    def test_slice_that_breaks_off_leaves_the_others(self):
        answers = (
            (200, {"payeeResults": [told(1)]}),
            Answer(fault=Fault.TIMEOUT),
            (200, {"payeeResults": [told(3)]}),
        )
        found, _transport = self.check([payee(1), payee(2), payee(3)], *answers, max_batch_size=1)
        self.assertEqual([one[0] for one in found.values()], [PAYABLE, UNCLEAR, PAYABLE])

    def test_only_yes_and_no_are_words(self):
        for payable in ("true", "false", None, 0, 1, [], {}):
            with self.subTest(payable):
                found, _transport = self.check([payee()], (200, {"payeeResults": [told(1, payable)]}))
                self.assertEqual(found["PAY-1"][0], UNCLEAR)

    def test_two_words_of_one_payee_are_none(self):
        found, _transport = self.check([payee()], (200, {"payeeResults": [told(1), told(1, False)]}))
        self.assertEqual(found["PAY-1"], (UNCLEAR, "", "contradictory"))

    def test_answer_to_somebody_elses_request_is_none(self):
        answer = (200, {"requestId": "c1", "payeeResults": [told(1, False)]})
        self.assertEqual(self.check([payee()], answer)[0]["PAY-1"][0], UNCLEAR)

    def test_odd_results_are_left_out(self):
        for odd in (
            None,
            5,
            {},
            told(1, False, payeeIdType="ALIAS"),
            told(1, False, payeeIdValue=["9876543201"]),
        ):
            with self.subTest(odd):
                found, _transport = self.check([payee()], (200, {"payeeResults": [odd, told(1)]}))
                self.assertEqual(found["PAY-1"][0], PAYABLE)


@tagged("post_install", "-at_install")
class TestParties(CheckCase):
    settings = SDK

    def test_party_that_is_found_is_payable(self):
        found, transport = self.check([payee(), payee(2, id_value=payee().id_value)], (200, party()))
        verdict = (PAYABLE, "Navya Agarwal", "")
        self.assertEqual(found, {"PAY-1": verdict, "PAY-2": verdict})
        self.assertEqual(transport.lines, ["GET https://adapter.example.org/parties/MSISDN/9876543201"])

    def test_name_can_be_in_parts(self):
        parts = {"complexName": {"firstName": "Navya", "lastName": "Agarwal"}}
        found, _transport = self.check([payee()], (200, party(name=None, personalInfo=parts)))
        self.assertEqual(found["PAY-1"][1], "Navya Agarwal")
        for name in (5, ["x"], "a\x00b", "x" * 500, {"a": 1}):
            found, _transport = self.check([payee()], (200, party(name=name)))
            self.assertEqual(found["PAY-1"], (PAYABLE, "", ""))

    def test_identifier_is_one_segment_whatever_stands_in_it(self):
        alias = payee(id_type="reg_id", id_value="a/b?c#d/../é")
        changes = {"payee_id_type": "reg_id", "payee_id_type_to_send": "ALIAS"}
        _found, transport = self.check([alias], (200, ""), **changes)
        expected = "GET https://adapter.example.org/parties/ALIAS/a%2Fb%3Fc%23d%2F..%2F%C3%A9"
        self.assertEqual(transport.lines, [expected])

    def test_only_the_schemes_word_makes_a_payee_unknown(self):
        def error(code):
            return {"errorInformation": {"errorCode": code}, "currentState": "COMPLETED"}

        for code in ("3204", "3200"):
            self.assertEqual(self.check([payee()], (404, error(code)))[0]["PAY-1"], (UNKNOWN, "", code))
        for status, body in (
            (404, error("3201")),
            (404, error("2001")),
            (404, error(3204)),
            (404, {"message": "not found"}),
            (404, ""),
            (500, error("3204")),
            (400, {"message": "x", "statusCode": 400}),
            (200, error("3204")),
        ):
            with self.subTest(status=status, body=body):
                self.assertEqual(self.check([payee()], (status, body))[0]["PAY-1"][0], UNCLEAR)

    def test_other_party_is_no_answer(self):
        for info in (
            {"partyIdentifier": "1"},
            {"partyIdType": "ALIAS", "partyIdentifier": "9876543201"},
            {},
            None,
            5,
        ):
            with self.subTest(info):
                self.assertEqual(
                    self.check([payee()], (200, party(partyIdInfo=info)))[0]["PAY-1"][0], UNCLEAR
                )

    def test_party_at_another_institution_than_is_named_is_somebody_else(self):
        naming = {"send_bank_code_as_fsp_id": True}
        for bank, changes, verdict in (
            ("greenbank", naming, (PAYABLE, "Navya Agarwal", "")),
            ("bluebank", naming, (UNCLEAR, "", "other.institution")),
            ("bluebank", {}, (PAYABLE, "Navya Agarwal", "")),
        ):
            with self.subTest(bank, **changes):
                found, _transport = self.check([payee(payee_bank_code=bank)], (200, party()), **changes)
                self.assertEqual(found["PAY-1"], verdict)
        both = [payee(payee_bank_code="greenbank"), payee(2, id_value=payee().id_value, payee_bank_code="x")]
        found, transport = self.check(both, (200, party()), **naming)
        self.assertEqual([one[0] for one in found.values()], [PAYABLE, UNCLEAR])
        self.assertEqual(len(transport.lines), 1)

    def test_look_up_that_is_not_over_is_no_answer(self):
        for state in ("WAITING_FOR_ACTION", "ERROR_OCCURRED", None):
            found, _transport = self.check([payee()], (200, party() | {"currentState": state}))
            self.assertEqual(found["PAY-1"][0], UNCLEAR)

    @responses.activate
    def test_no_payee_is_in_a_log(self):
        # Odoo's tests let requests go to this machine only.
        responses.get("http://127.0.0.1/parties/MSISDN/9876543201", json=party())
        client = make_client(SDK, payment_endpoint_url="http://127.0.0.1/transfers")
        with self.assertLogs("odoo.addons.g2p_programs.dispatch.transport", "DEBUG") as logged:
            found = client.check_payees(Transport(5, "check"), [payee()])
        self.assertEqual(found["PAY-1"].verdict, PAYABLE)
        text = json.dumps(logged.output)
        self.assertIn("/parties/[payee]", text)
        self.assertNotIn("98765", text)
        self.assertNotIn("Navya", text)
