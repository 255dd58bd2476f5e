"""A callback may come as the one file of a form: it is looked at, stored and acknowledged as any other."""

from io import BytesIO
from unittest.mock import patch

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from odoo.tests import BaseCase, tagged

from .. import const
from ..callbacks import CallbackRefused
from ..controllers import forms
from . import test_manager_callback

TOKEN = "canary-form-31f0"
FIELDS = {"action": "on-disburse", "fileFormat": "json"}


@tagged("post_install", "-at_install")
class TestForms(BaseCase):
    def read_form(self, kind="on-disburse", files=(("fileName", b"{}"),), **fields):
        data = dict(FIELDS) | fields
        for name, content in files:
            data.setdefault(name, []).append((BytesIO(content), "told.json"))
        given = {name: value for name, value in data.items() if value is not None}
        environ = EnvironBuilder(method="POST", data=given, content_type="multipart/form-data").get_environ()
        return forms.read_body(Request(environ), kind)

    def assert_refused(self, code, **changes):
        with self.assertRaises(CallbackRefused) as caught:
            self.read_form(**changes)
        self.assertEqual(caught.exception.code, code)
        told = caught.exception.reply
        self.assertEqual((told.status, told.content["message"]["ack_status"]), (200, "ERR"))
        self.assertEqual(told.content["message"]["error"], {"code": "err.request.bad"})

    def test_file_is_the_message_byte_for_byte(self):
        for content in (b"{}", b"", b"\xff\xfe\r\n--x", b'{"a": "\xc3\xa9"}\r\n'):
            self.assertEqual(self.read_form(files=[("fileName", content)]), content)

    def test_body_of_any_other_type_is_the_message_itself(self):
        environ = EnvironBuilder(method="POST", data=b"{}", content_type="application/json").get_environ()
        self.assertEqual(forms.read_body(Request(environ), "on-disburse"), b"{}")

    def test_format_is_json_also_where_it_is_not_said(self):
        for told in (None, "json", "JSON", " json "):
            self.assertEqual(self.read_form(fileFormat=told), b"{}")
        for told in ("csv", "", "json;csv", ["json", "csv"]):
            with self.subTest(told):
                self.assert_refused("form.format", fileFormat=told)

    def test_there_is_one_file_under_the_official_name(self):
        one = ("fileName", b"{}")
        for files in ((), (one, one), (one, ("more", b"")), (("file", b"{}"),)):
            with self.subTest(files):
                self.assert_refused("form.file", files=files)
        # A text has lost its bytes, and with them what was signed.
        self.assert_refused("form.file", files=(), fileName="{}")

    def test_action_is_that_of_the_path(self):
        self.assertEqual(self.read_form("on-search", action="on-search"), b"{}")
        # As the official file writes it.
        self.assertEqual(self.read_form("on-search", action="on-search'"), b"{}")
        for told in ("on-disburse", "on-search", "on-status"):
            self.assertEqual(self.read_form("on-status", action=told), b"{}")
        for told in (None, "", "on-search", "disburse", ["on-disburse", "on-disburse"]):
            with self.subTest(told):
                self.assert_refused("form.action", action=told)
        self.assert_refused("form.action", kind="on-status", action=None)

    def test_file_that_is_too_large_is_refused(self):
        with patch.object(const, "MAX_CALLBACK_BYTES", 10):
            self.assertEqual(len(self.read_form(files=[("fileName", b"x" * 10)])), 10)
            self.assert_refused("form.size", files=[("fileName", b"x" * 11)])


class FormMixin:
    def send(self, body, headers=None, files=None, **fields):
        files = files or [("fileName", ("told.json", body, "application/json"))]
        return self.opener.post(
            self.base_url() + self.path + "/on-disburse", data=FIELDS | fields, files=files, headers=headers
        )

    def assert_sending_changes_nothing(self, status, *args, **kwargs):
        before = self.untouched()
        response = self.send(*args, **kwargs)
        self.assertEqual(response.status_code, status)
        self.assertEqual(self.untouched(), before)
        return response


@tagged("post_install", "-at_install")
class TestCallbackAsForm(FormMixin, test_manager_callback.ConnectCallbackCase):
    manager_more = {"callback_token": TOKEN}
    headers = {"Authorization": f"Bearer {TOKEN}"}

    def test_form_is_acknowledged_and_stored_once_however_it_comes(self):
        body = self.body()[0]
        for response in (
            self.send(body, self.headers),
            self.send(body, self.headers, fileFormat="json"),
            self.call(body, self.headers),
        ):
            self.assertEqual(response.json()["message"]["ack_status"], "ACK")
        exchange = self.stored()
        self.assertEqual((len(exchange), exchange.key), (1, self.submission.key))
        self.assertEqual(exchange.answer["body"], body.decode())

    def test_token_is_wanted_of_forms_too(self):
        response = self.assert_sending_changes_nothing(401, self.body()[0], {"Authorization": "Bearer x"})
        self.assertNotIn(TOKEN, response.text)

    def test_wrong_forms_are_refused_and_touch_nothing(self):
        body = self.body()[0]
        other = [("fileName", ("a", body)), ("fileName", ("b", body))]
        for changes in (
            {"fileFormat": "csv"},
            {"action": "on-search"},
            {"files": other},
            {"files": [("fileName", ("a", b"{"))]},
            {"files": [("fileName", ("a", self.body(receiver_id="somebody else")[0]))]},
        ):
            with self.subTest(changes):
                response = self.assert_sending_changes_nothing(200, body, self.headers, **changes)
                self.assertEqual(response.json()["message"]["ack_status"], "ERR")

    def test_form_cannot_say_whose_address_it_came_to(self):
        names = {"manager_id": "0", "token": "x", "what": "disburse/on-search"}
        self.assertEqual(self.send(self.body()[0], self.headers, **names).status_code, 200)
        self.assertEqual(self.stored().code, "on-disburse")

    def test_form_that_is_too_large_is_not_taken_apart(self):
        body = b" " * (const.MAX_CALLBACK_BYTES + 1)
        self.assert_sending_changes_nothing(413, body, self.headers)


@tagged("post_install", "-at_install")
class TestCallbackAsSignedForm(FormMixin, test_manager_callback.ConnectCallbackCase):
    manager_more = test_manager_callback.TestCallbackWithSignature.manager_more
    signed = test_manager_callback.TestCallbackWithSignature.signed

    def test_file_is_verified_as_a_body_is(self):
        right = self.signed()
        self.assert_sending_changes_nothing(401, self.body()[0])
        self.assert_sending_changes_nothing(401, right.replace(b'"succ"', b'"rjct"', 1))
        self.assertEqual(self.send(right).json()["message"]["ack_status"], "ACK")
        self.assertEqual(len(self.stored()), 1)
