"""Builders of payments that wait for a result, and of files that bring it."""

import base64
import csv
import io
from unittest.mock import patch

from odoo import fields

from odoo.addons.g2p_programs.tests.common import ProgramCase

COLUMNS = ("reference", "status", "amount", "currency", "date", "code", "reason", "bank reference")


class ResultCase(ProgramCase):
    """Payments of the default manager, which here pays by file, and hears nothing by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manager = type(cls.env["g2p.program.payment.manager.default"])
        patcher = patch.object(manager, "_pays_by_file", lambda self: True)
        patcher.start()
        cls.addClassCleanup(patcher.stop)

    @classmethod
    def make_open_batch(cls, members=3, state="sent"):
        """Return a batch whose payments are with whoever pays."""
        people = cls.make_registrants(members)
        cls.env.cr.execute(
            "UPDATE res_partner SET email = 'payee' || id || '@example.org' WHERE id = ANY(%s)", (people.ids,)
        )
        people.invalidate_recordset(["email"])
        program = cls.make_program(people, fund=1e9)
        program.get_manager(program.MANAGER_PAYMENT).sudo().payee_id_type = "email"
        cycle = cls.make_cycle(program, "approved")
        cycle.prepare_payment()
        batch = cycle.payment_batch_ids.sudo()
        batch._guarded_write({"released": True, "released_by": cls.releaser.id})
        submission = cls.env["g2p.payment.submission"]._guarded_create(
            [
                {
                    "batch_id": batch.id,
                    "manager_model": batch.manager_model,
                    "manager_res_id": batch.manager_res_id,
                    "state": state,
                    "key": f"key-{batch.id}",
                    "claim_token": "token",
                    "claimed_at": fields.Datetime.now(),
                    "tries": 1,
                }
            ]
        )
        batch.payment_ids._guarded_write({"state": "sent", "submission_id": submission.id})
        return batch

    @classmethod
    def make_file(cls, *rows, columns=COLUMNS):
        """Return a CSV with these rows."""
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(row + ("",) * (len(columns) - len(row)) for row in rows)
        return stream.getvalue().encode()

    @classmethod
    def upload(cls, content, user=None, **vals):
        """Return an import of this file by somebody of finance."""
        model = cls.env["g2p.payment.result.import"].with_user(user or cls.finance)
        return model.create({"file": base64.b64encode(content), "file_name": "results.csv", **vals})

    @classmethod
    def check(cls, *rows, **vals):
        """Return a checked import of these rows."""
        record = cls.upload(cls.make_file(*rows), **vals)
        record.action_check()
        return record
