from odoo.tests import HttpCase, tagged

from odoo.addons.g2p_programs.tests.common import ProgramBuilders

from ..documents.results import ReadOptions, read_results
from ..models.payment_batch_export import EXPORT_URL
from .result_case import ResultCase


@tagged("post_install", "-at_install")
class TestOpenPaymentsDownload(HttpCase, ProgramBuilders):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_users()
        cls.batch = ResultCase.make_open_batch.__func__(cls, 3)

    def get(self, login, **params):
        self.authenticate(login, login)
        query = "&".join(f"{name}={value}" for name, value in params.items())
        return self.url_open(f"{EXPORT_URL}?{query}")

    def test_file_is_sent_to_whoever_may_have_it(self):
        for kind in ("csv", "xlsx"):
            with self.subTest(kind):
                answer = self.get("t_finance", batch_ids=self.batch.id, kind=kind)
                self.assertEqual(answer.status_code, 200)
                self.assertIn(f".{kind}", answer.headers["Content-Disposition"])
                self.assertEqual(answer.headers["Cache-Control"], "no-store")
                self.assertEqual(len(read_results(answer.content, ReadOptions()).rows), 3)

    def test_others_are_refused(self):
        for login in ("t_auditor", "t_registrar", "t_nobody"):
            with self.subTest(login):
                self.assertEqual(self.get(login, batch_ids=self.batch.id).status_code, 403)

    def test_nonsense_is_refused(self):
        for params in (
            {"batch_ids": "1;drop"},
            {"batch_ids": ""},
            {"batch_ids": self.batch.id, "kind": "pdf"},
            {"batch_ids": "\u0661"},
        ):
            with self.subTest(params):
                self.assertEqual(self.get("t_finance", **params).status_code, 400)

    def test_stranger_is_sent_to_the_login(self):
        self.authenticate(None, None)
        answer = self.url_open(f"{EXPORT_URL}?batch_ids={self.batch.id}", allow_redirects=False)
        self.assertIn(answer.status_code, (302, 303))
