import json
from dataclasses import asdict, replace

from odoo.tests import BaseCase, tagged

from odoo.addons.g2p_programs.dispatch.access import AccessSettings

from ..settings import Settings
from .common import KEY, OAUTH2, PIL, SDK


@tagged("post_install", "-at_install")
class TestSettings(BaseCase):
    def test_settings_come_back_from_json(self):
        pinned = replace(SDK, access=OAUTH2, accept_quotes=False, trust_aborted=True, max_batch_size=7)
        self.assertEqual(Settings.from_stored(json.loads(json.dumps(asdict(pinned)))), pinned)

    def test_stored_settings_of_another_version_take_defaults(self):
        stored = {
            "mode": "sdk",
            "gone": 1,
            "max_batch_size": True,
            "note": None,
            "accept_quotes": "no",
            "access": {"auth_type": "basic", "auth_username": 5, "gone": ""},
        }
        expected = Settings(mode="sdk", access=AccessSettings(auth_type="basic"))
        self.assertEqual(Settings.from_stored(stored), expected)
        for access in (None, [], "x"):
            self.assertEqual(Settings.from_stored({"access": access}), Settings())

    def test_settings_hold_no_secret(self):
        names = " ".join([*asdict(Settings()), *asdict(AccessSettings())])
        for word in ("password", "secret", "bearer", "value_secret", "client_key"):
            self.assertNotIn(word, names)

    def test_other_addresses_follow_from_the_payment_endpoint(self):
        self.assertEqual(PIL.status_url(KEY), f"https://layer.example.org/disbursement/{KEY}")
        self.assertEqual(PIL.check_url, "https://layer.example.org/disbursementCheck")
        self.assertEqual(PIL.health_url, "https://layer.example.org/health")
        self.assertEqual(SDK.status_url(KEY), f"https://adapter.example.org/transfers/{KEY}")
        self.assertEqual(SDK.continuation_url(KEY), f"https://adapter.example.org/transfers/{KEY}")
        self.assertEqual(SDK.check_url, "https://adapter.example.org/parties")
        self.assertEqual(SDK.health_url, "https://adapter.example.org/")

    def test_gateway_paths_and_queries_stay(self):
        gateway = replace(SDK, payment_endpoint_url="https://gw.example.org/sdk/v2/transfers/?tenant=a")
        self.assertEqual(gateway.status_url(KEY), f"https://gw.example.org/sdk/v2/transfers/{KEY}?tenant=a")
        self.assertEqual(gateway.check_url, "https://gw.example.org/sdk/v2/parties?tenant=a")
        self.assertEqual(gateway.health_url, "https://gw.example.org/sdk/v2/?tenant=a")

    def test_given_addresses_come_first(self):
        given = replace(
            PIL, status_endpoint_url="https://s.example.org/st/", check_endpoint_url="https://c/x"
        )
        self.assertEqual(given.status_url(KEY), f"https://s.example.org/st/{KEY}")
        self.assertEqual(given.check_url, "https://c/x")

    def test_nothing_is_guessed_from_an_address_of_another_form(self):
        for mode in ("pil", "sdk", "x"):
            odd = replace(PIL, mode=mode, payment_endpoint_url="https://gw.example.org/pay")
            self.assertEqual((odd.check_url, odd.health_url), ("", ""))
