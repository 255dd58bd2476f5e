import json
from dataclasses import asdict, replace

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.rail import RailRefusal

from .. import const as connect
from ..bridge import const, row_rules
from ..bridge.settings import BridgeSettings
from ..protection import Protection
from ..row_rules import setting_findings
from ..settings import Settings
from .bridge_case import ENVELOPE_ID, HOST, KEY, PAYMENTS, SETTINGS, make_client, payment, submission


@tagged("post_install", "-at_install")
class TestFindings(BaseCase):
    def test_all_reasons_of_all_payments_are_told_at_once(self):
        payments = [
            payment(1),
            payment(2, amount="21.50"),
            payment(3, amount="0", payee_name=" \n"),
            payment(4, payee_id_value="False", currency="usd"),
            payment(5, amount="2147483648"),
            payment(6, payee_name="", payee_id_value="", amount="0.5", currency=""),
        ]
        self.assertEqual(
            row_rules.findings(payments, SETTINGS),
            {
                "PAY-2": ("amount_fraction",),
                "PAY-3": ("name", "amount"),
                "PAY-4": ("beneficiary", "currency"),
                "PAY-5": ("amount",),
                "PAY-6": ("beneficiary", "name", "amount_fraction", "currency"),
            },
        )

    def test_references_must_be_told_apart_and_be_echoed(self):
        for payments in (
            [payment(1), payment(1)],
            [payment(1, reference="")],
            [payment(1, reference="r" * 129)],
            [payment(1, reference="a\nb")],
        ):
            (found,) = row_rules.findings(payments, SETTINGS).values()
            self.assertEqual(found, ("reference",))

    def test_findings_name_neither_payee_nor_amount(self):
        text = str(
            row_rules.findings(
                [payment(payee_name="Aminata", payee_id_value="4455/6", amount="7.7")], SETTINGS
            )
        )
        for secret in ("Aminata", "4455", "7.7"):
            self.assertNotIn(secret, text)

    def test_envelope_holds_one_currency_and_what_the_bridge_can_count(self):
        most = str(const.MAX_INTEGER)
        for payments, expected in (
            (PAYMENTS, ()),
            ([], ("size",)),
            ([payment(1, amount=most)], ()),
            ([payment(1, amount=most), payment(2, amount="1")], ("total",)),
            ([payment(1), payment(2, currency="EUR")], ("currencies",)),
        ):
            self.assertEqual(row_rules.envelope_findings(payments), expected)

    def test_every_key_has_a_place_in_the_tables(self):
        broken = payment(1, reference="", payee_id_value="", payee_name="", amount="0", currency="")
        found = set(row_rules.findings([broken, replace(broken, amount="0.5")], SETTINGS)[""])
        found |= set(row_rules.findings([replace(broken, amount="0")], SETTINGS)[""])
        self.assertEqual(found, set(const.ROW_REASONS))


@tagged("post_install", "-at_install")
class TestRequestFindings(BaseCase):
    def refused(self, purpose, payments=None, **changes):
        payments = PAYMENTS if payments is None else payments
        return row_rules.request_findings(purpose, payments, replace(SETTINGS, **changes))

    def test_right_requests_have_none(self):
        carried = {"carried_beneficiaries": 1, "carried_disbursements": 2, "carried_amount": 300}
        for purpose in (const.ENVELOPE, const.DISBURSEMENTS, const.AMENDMENT, const.CANCELLATION):
            self.assertEqual(self.refused(purpose, **carried), ())

    def test_everything_that_is_missing_is_told_at_once(self):
        nothing = {
            "envelope_creation_url": "",
            "benefit_program_mnemonic": "",
            "disbursement_frequency": "",
            "cycle_code_mnemonic": " ",
            "disbursement_schedule_date": "",
            "payment_endpoint_url": "",
            "disbursement_envelope_id": "",
            "narrative": "\n",
        }
        found = set()
        for purpose, expected in (
            (const.ENVELOPE, ("url", "mnemonic", "frequency", "cycle_code", "schedule_date", "size")),
            (const.DISBURSEMENTS, ("url", "envelope_id", "narrative", "size")),
            (const.AMENDMENT, ("url", "envelope_id", "schedule_date", "carried")),
            (const.CANCELLATION, ("url", "envelope_id")),
            ("", ("purpose",)),
            ("other", ("purpose",)),
        ):
            with self.subTest(purpose):
                self.assertEqual(self.refused(purpose, [], **nothing), expected)
                found |= set(expected)
        self.assertEqual(found | {"currencies", "total", "twins"}, set(const.REQUEST_REASONS))

    def test_nothing_is_no_envelope_id(self):
        for word in ("False", "None", "null", " ", "a\nb", "x" * 129):
            for purpose in (const.DISBURSEMENTS, const.CANCELLATION):
                self.assertEqual(self.refused(purpose, disbursement_envelope_id=word), ("envelope_id",))

    def test_dates_are_dates(self):
        for text in (
            "2026-02-30",
            "20261126",
            "26-11-2026",
            "2026-11-26T00:00:00",
            "2026-W48-4",
            "२०२६-११-२६",
        ):
            self.assertEqual(
                self.refused(const.ENVELOPE, disbursement_schedule_date=text), ("schedule_date",)
            )

    def test_request_has_at_most_a_thousand_and_nobody_twice(self):
        many = [payment(number) for number in range(1, 1002)]
        self.assertEqual(self.refused(const.DISBURSEMENTS, many[:1000]), ())
        self.assertEqual(self.refused(const.DISBURSEMENTS, many), ("size",))
        twins = [payment(1, payee_id_value="a"), payment(2, payee_id_value="A")]
        self.assertEqual(self.refused(const.DISBURSEMENTS, twins), ("twins",))

    def test_amendment_never_declares_nothing(self):
        for numbers in ((0, 0, 0), (2, 1, 100), (1, 2, 1), (1, 1, 0), (1, 1, 2**31), (-1, 1, 1)):
            names = ("carried_beneficiaries", "carried_disbursements", "carried_amount")
            changes = dict(zip(names, numbers, strict=True))
            self.assertEqual(self.refused(const.AMENDMENT, **changes), ("carried",))

    def test_refusal_names_the_request_and_each_payment_in_the_texts_of_the_manager(self):
        client = make_client(reasons={"narrative": "Text fehlt", "amount": "Betrag"}, narrative="")
        with self.assertRaises(RailRefusal) as caught:
            client.build(submission(), [payment(1, amount="0"), payment(2, payee_name="")])
        self.assertEqual(caught.exception.findings, {KEY: "Text fehlt", "PAY-1": "Betrag", "PAY-2": "name"})

    def test_amendment_ignores_payments_that_are_refused(self):
        made = submission(const.AMENDMENT)
        client = make_client(carried_beneficiaries=1, carried_disbursements=1, carried_amount=100)
        self.assertEqual(client.build(made, [payment(1, amount="0")]), made.payload)


@tagged("post_install", "-at_install")
class TestSettings(BaseCase):
    def test_right_settings_have_no_findings(self):
        self.assertEqual(row_rules.setting_findings(SETTINGS), [])
        self.assertEqual(row_rules.setting_findings(SETTINGS, Protection()), [])

    def test_everything_wrong_is_told_at_once(self):
        empty = BridgeSettings(api_mode="sync", disbursement_frequency="Hourly", payee_prefix="token")
        self.assertEqual(
            row_rules.setting_findings(empty, Protection(encrypts=True)), list(const.SETTING_REASONS)
        )

    def test_addresses_of_amendment_and_cancellation_follow_from_that_of_creation(self):
        for url, amend, cancel in (
            (
                f"{HOST}/create_disbursement_envelope",
                f"{HOST}/amend_disbursement_envelope",
                f"{HOST}/cancel_disbursement_envelope",
            ),
            (
                f"{HOST}/api/v1/create_disbursement_envelope?tenant=a",
                f"{HOST}/api/v1/amend_disbursement_envelope?tenant=a",
                f"{HOST}/api/v1/cancel_disbursement_envelope?tenant=a",
            ),
            (f"{HOST}/envelopes", "", ""),
            (f"{HOST}/create_disbursement_envelope/", "", ""),
            ("https://[", "", ""),
            ("", "", ""),
        ):
            settings = replace(SETTINGS, envelope_creation_url=url)
            self.assertEqual((settings.amend_url, settings.cancel_url), (amend, cancel))

    def test_addresses_that_are_set_come_first(self):
        settings = replace(SETTINGS, envelope_amend_url=f"{HOST}/a", envelope_cancel_url=f"{HOST}/c")
        self.assertEqual(settings.url_of(const.AMENDMENT), f"{HOST}/a")
        self.assertEqual(settings.url_of(const.CANCELLATION), f"{HOST}/c")
        for url in ("bridge.example.org", "ftp://bridge.example.org", "https://[", f"{HOST}/#a"):
            found = row_rules.setting_findings(replace(settings, envelope_amend_url=url))
            self.assertEqual(found, ["envelope_amend_url"])

    def test_settings_survive_being_stored_as_json(self):
        counted = {
            "disbursements_before": 3,
            "amount_before": 600,
            "disbursements_perhaps": 1,
            "amount_perhaps": 50,
        }
        full = replace(SETTINGS, **counted, carried_amount=7)
        self.assertEqual((full.before, full.at_most_before), ((3, 600), (4, 650)))
        self.assertEqual(BridgeSettings.from_stored(json.loads(json.dumps(asdict(full)))), full)
        self.assertEqual(BridgeSettings.from_stored({}), BridgeSettings())

    def test_settings_that_another_version_stored_are_read_as_far_as_they_go(self):
        stored = asdict(SETTINGS)
        self.assertEqual(BridgeSettings.from_stored(stored | {"newer": 1}), SETTINGS)
        for name in stored:
            default = getattr(BridgeSettings(), name)
            for older in (
                {key: value for key, value in stored.items() if key != name},
                stored | {name: None},
            ):
                self.assertEqual(BridgeSettings.from_stored(older), replace(SETTINGS, **{name: default}))
        odd = {"amount_before": True, "disbursements_before": "3", "narrative": 5, "carried_amount": 1.0}
        odd |= {"disbursements_perhaps": "2", "amount_perhaps": True}
        self.assertEqual(BridgeSettings.from_stored(odd), BridgeSettings())

    def test_envelope_of_an_older_version_holds_nothing_that_nobody_spoke_of(self):
        older = {
            name: value
            for name, value in asdict(replace(SETTINGS, disbursements_before=3, amount_before=600)).items()
            if name not in ("disbursements_perhaps", "amount_perhaps")
        }
        settings = BridgeSettings.from_stored(older)
        self.assertEqual((settings.disbursements_perhaps, settings.amount_perhaps), (0, 0))
        self.assertEqual((settings.before, settings.at_most_before), ((3, 600), (3, 600)))

    def test_bridge_is_one_of_three_modes_and_no_half_of_the_official_api(self):
        self.assertEqual(connect.API_MODES, ("sync", "async", "bridge"))
        self.assertNotIn(connect.MODE_BRIDGE, connect.OFFICIAL_MODES)
        self.assertEqual(BridgeSettings().api_mode, "bridge")
        official = Settings(api_mode=connect.MODE_BRIDGE, sender_id="spp.example.org")
        self.assertEqual(setting_findings(official), ["mode"])
        self.assertFalse(BridgeSettings().is_async)
        self.assertEqual(SETTINGS.disbursement_envelope_id, ENVELOPE_ID)
