"""The command that checks documents where there is no Odoo."""

import io
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from unittest import TestCase

from ..signing.claims import MAX_TEXT
from ..signing.command import main
from ..signing.cwt_tokens import sign_cwt
from ..signing.jwt_tokens import sign_jwt
from ..signing.keys import make_key

FOLDER = Path(__file__).resolve().parents[1] / "signing"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
KEY, STRANGER = make_key(), make_key()
CLAIMS = {"reference": "R-1", "amount": "12.50", "currency": "EUR"}


def tamper(token):
    header, payload, signature = token.split(".")
    return ".".join((header, payload[::-1], signature))


class TestVerifyCommand(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.keys = Path(folder.name, "keys.json")
        cls.keys.write_text(json.dumps({"keys": [KEY.public()]}))

    def run_main(self, *arguments, stdin="", keys=None):
        out, err = io.StringIO(), io.StringIO()
        code = main(["--keys", str(keys or self.keys), *arguments], io.StringIO(stdin), out, err, now=NOW)
        return code, out.getvalue(), err.getvalue()

    def test_exit_code_tells_what_became_of_it(self):
        cases = {
            "valid": (sign_jwt(CLAIMS, KEY), 0),
            "altered": (tamper(sign_jwt(CLAIMS, KEY)), 1),
            "expired": (sign_cwt({"exp": 1}, KEY), 1),
            "early": (sign_cwt({"nbf": 2_000_000_000}, KEY), 1),
            "unknown_key": (sign_jwt(CLAIMS, STRANGER), 2),
            "invalid": ("hello", 2),
        }
        for result, (text, expected) in cases.items():
            with self.subTest(result):
                code, out, _err = self.run_main(text)
                self.assertEqual(code, expected)
                self.assertTrue(out.startswith(result.upper() + ":"), out)

    def test_good_document_shows_what_it_says(self):
        _code, out, _err = self.run_main(sign_cwt(CLAIMS, KEY))
        self.assertIn("reference: R-1\n", out)
        self.assertIn("amount: 12.50\n", out)

    def test_changed_document_shows_nothing_of_what_it_says(self):
        header, _payload, signature = sign_jwt(CLAIMS, KEY).split(".")
        _header, payload, _signature = sign_jwt({**CLAIMS, "amount": "9999.00"}, STRANGER).split(".")
        _code, out, _err = self.run_main(f"{header}.{payload}.{signature}")
        self.assertNotIn("9999", out)

    def test_scanner_types_one_document_a_line_and_the_worst_counts(self):
        good, late = sign_jwt(CLAIMS, KEY), sign_cwt({"exp": 1}, KEY)
        self.assertEqual(self.run_main("-", stdin=f"{good}\r\n\r\n{good}\n")[0], 0)
        code, out, _err = self.run_main(stdin=f"{good}\n{late}\n{good}")
        self.assertEqual((code, out.count("VALID"), out.count("EXPIRED")), (1, 2, 1))
        self.assertEqual(self.run_main(stdin=f"{late}\nrubbish\n{good}")[0], 2)

    def test_overlong_line_is_one_invalid_document(self):
        code, out, _err = self.run_main(stdin="x" * (MAX_TEXT * 5) + "\n" + sign_jwt(CLAIMS, KEY) + "\n")
        self.assertEqual((code, out.count("INVALID:")), (2, 1))
        self.assertIn("reference: R-1", out)

    def test_json_is_one_object_a_line(self):
        _code, out, _err = self.run_main("--json", stdin=f"{sign_cwt(CLAIMS, KEY)}\nrubbish\n")
        first, second = map(json.loads, out.splitlines())
        self.assertEqual((first["result"], first["claims"], first["kid"]), ("valid", CLAIMS, KEY.kid))
        self.assertEqual((second["result"], second["claims"]), ("invalid", {}))

    def test_terminal_gets_no_commands_out_of_a_document(self):
        _code, out, _err = self.run_main(
            sign_jwt({"reference": "a\x1b[2J\u202eb", "payee_name": "Amïna"}, KEY)
        )
        self.assertIn("a\\x1b[2J\\u202eb", out)
        self.assertIn("Amïna", out)

    def test_nothing_to_check_and_unusable_keys_are_no_verdict(self):
        code, out, err = self.run_main(stdin="\n\n")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("Nothing", err)
        code, out, err = self.run_main("x", keys=self.keys.parent / "none.json")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("No such file", err)
        empty = self.keys.parent / "empty.json"
        empty.write_text("[]")
        self.assertEqual(self.run_main("x", keys=empty)[0], 2)

    def test_it_runs_by_itself_without_odoo_and_without_the_addon(self):
        # A finder that refuses Odoo stands in for a machine that has none.
        guard = (
            "import runpy, sys\n"
            "class Guard:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name.split('.')[0] in ('odoo', 'g2p_payment_files'):\n"
            "            raise ImportError(name)\n"
            "sys.meta_path.insert(0, Guard())\n"
            "sys.argv = sys.argv[1:]\n"
            "runpy.run_path(sys.argv[0], run_name='__main__')\n"
        )
        for start in (["-c", guard, str(FOLDER)], [str(FOLDER)]):
            done = subprocess.run(
                [sys.executable, *start, "--keys", str(self.keys)],
                input=sign_cwt(CLAIMS, KEY) + "\n" + "rubbish \udcff\n",
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                env={**os.environ, "LC_ALL": "C"},
                cwd=self.keys.parent,
                timeout=120,
            )
            self.assertEqual(done.stderr, "")
            self.assertEqual(done.returncode, 2)
            self.assertIn("VALID: Signed", done.stdout)
            self.assertIn("INVALID:", done.stdout)
