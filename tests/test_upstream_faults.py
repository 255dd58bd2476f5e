"""The tests here that addons name as showing that a fault of upstream's is none of ours."""

import unittest
from pathlib import Path

ENGINE = Path(__file__).parent / "engine"


class TestUpstreamFaults(unittest.TestCase):
    def test_every_named_test_of_the_engine_exists(self):
        from odoo.addons.g2p_payment_interop_layer.tests.test_upstream_faults import ELSEWHERE

        for number, (_what, file, name) in ELSEWHERE.items():
            with self.subTest(number):
                self.assertIn(f"def {name}(", (ENGINE / file).read_text())
