"""What is sent is what is attached, byte for byte, or nothing is sent."""

import base64
import hashlib
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..client import PHEEClient
from ..settings import Credentials
from .manager_case import PHEEManagerCase

AT_PREPARE = {"make_csv_at_prepare": True}


@tagged("post_install", "-at_install")
class TestManagerFiles(PHEEManagerCase):
    # ---- when they are made -----------------------------------------------------------------------------------
    def test_files_are_made_at_prepare_where_the_manager_says_so(self):
        _cycle, _manager, batches = self.prepare(manager=AT_PREPARE)
        file = batches.hub_file_ids
        self.assertEqual((len(file), file.rows, file.replaced, file.submission_id.id), (1, 3, False, False))
        text = self.texts(file)[0]
        self.assertEqual(file.sha256, hashlib.sha256(text.encode()).hexdigest())
        self.assertEqual(file.size, len(text))
        for payment in batches.payment_ids:
            self.assertIn(f",{payment.name},closedloop,", text)
        self.assertEqual(file.create_uid, self.officer)

    def test_files_are_made_when_a_batch_is_queued_otherwise(self):
        _cycle, _manager, batches = self.prepare()
        self.release(batches)
        self.assertFalse(batches.hub_file_ids)
        batches.with_user(self.releaser).send_payment()
        self.assertEqual(batches.hub_file_ids.submission_id, batches.submission_ids)

    def test_no_payee_is_kept_for_searching_in_attachments(self):
        _cycle, _manager, batches = self.prepare(manager=AT_PREPARE)
        found = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", "g2p.payment.phee.file"),
                    ("res_field", "=", "content"),
                    ("res_id", "in", batches.hub_file_ids.ids),
                ]
            )
        )
        self.assertEqual((len(found), found.index_content), (1, False))

    def test_file_made_at_prepare_becomes_the_one_of_its_submission(self):
        _manager, batches, submissions = self.make_open(manager=AT_PREPARE)
        self.assertEqual(len(batches.hub_file_ids), 1)
        self.assertEqual(batches.hub_file_ids.submission_id, submissions)

    def test_each_part_of_a_batch_has_its_file(self):
        people = self.make_registrants(4, accounts=True)
        people[:2].bank_ids.write({"acc_number": "T-SHARED"})
        _manager, batches, submissions = self.make_open(members=people, manager=AT_PREPARE)
        self.assertEqual(len(submissions), 2)
        self.assertEqual(batches.hub_file_ids.submission_id, submissions)
        for submission in submissions:
            self.assertTrue(self.claim(submission))
            self.assertEqual(submission.payload, self.texts(submission.hub_file_ids)[0])

    def test_files_are_cut_by_bytes_as_submissions_are(self):
        _manager, _batches, submissions = self.make_open(members=8, manager={"max_batch_bytes": 600})
        self.assertGreater(len(submissions), 2)
        for submission in submissions:
            self.assertLessEqual(submission.hub_file_ids.size, 600)
            self.assertTrue(self.claim(submission), submission.hold_reason)

    def test_file_is_named_as_it_is_sent(self):
        _manager, batches, submissions = self.make_open(manager={**AT_PREPARE, "file_name_prefix": "grant_"})
        self.assertTrue(batches.hub_file_ids.name.startswith("grant_"))
        self.claim(submissions)
        self.assertEqual(batches.hub_file_ids.name, f"grant_{submissions.key}.csv")

    def test_raw_batches_have_their_json_attached(self):
        _manager, batches, submissions = self.make_open(manager={"batch_type_header": "RAW"})
        self.assertTrue(self.claim(submissions))
        text = self.texts(batches.hub_file_ids)[0]
        self.assertEqual(
            {one["requestId"] for one in json.loads(text)}, set(batches.payment_ids.mapped("name"))
        )
        self.assertTrue(batches.hub_file_ids.name.endswith(".json"))

    # ---- what is sent -----------------------------------------------------------------------------------------
    def test_what_is_sent_is_what_is_attached(self):
        manager, batches, submissions = self.make_open(manager=AT_PREPARE)
        self.assertTrue(self.claim(submissions))
        self.assertEqual(submissions.payload_hash, batches.hub_file_ids.sha256)
        self.assertEqual(self.texts(batches.hub_file_ids), [submissions.payload])
        client = PHEEClient(manager._get_pinned_of(batches), Credentials(signing_key=manager.signing_key))
        self.assertIn(submissions.payload.encode(), client.make_request(submissions._get_data()).body)

    def test_claim_refuses_with_both_hashes_when_the_file_is_another(self):
        _manager, batches, submissions = self.make_open()
        file = batches.hub_file_ids
        other = b"id,request_id\n0,forged"
        self.forge(file, other)
        self.assertFalse(self.claim(submissions))
        self.assertEqual(submissions.state, "queued")
        self.assertIn(hashlib.sha256(other).hexdigest(), submissions.hold_reason)
        self.assertIn(file.sha256, submissions.hold_reason)
        self.assertFalse(submissions.payload, "nothing of the claim is kept")
        self.assertEqual(set(batches.payment_ids.mapped("state")), {"issued"})

    def test_claim_refuses_when_there_is_no_file(self):
        _manager, batches, submissions = self.make_open()
        batches.hub_file_ids._guarded_write({"replaced": True})
        self.assertFalse(self.claim(submissions))
        self.assertIn("no file is attached", submissions.hold_reason)

    def test_refused_batch_is_sent_after_it_was_released_again(self):
        _manager, batches, submissions = self.make_open()
        self.forge(batches.hub_file_ids, b"forged")
        self.claim(submissions)
        mine = batches.with_user(self.releaser)
        mine.withdraw_release()
        mine.release_payments()
        batches.hub_file_ids._guarded_write({"sha256": hashlib.sha256(b"forged").hexdigest()})
        mine.send_payment()
        fresh = batches.submission_ids.filtered(lambda one: one.state == "queued")
        self.assertTrue(self.claim(fresh), fresh.hold_reason)
        self.assertEqual(self.texts(fresh.hub_file_ids), [fresh.payload])

    # ---- what changes -----------------------------------------------------------------------------------------
    def test_payment_that_is_cancelled_makes_the_file_again_and_says_so(self):
        _cycle, _manager, batches = self.prepare(manager=AT_PREPARE)
        first = batches.hub_file_ids
        gone = batches.payment_ids[0]
        gone.with_user(self.officer).action_cancel()
        self.assertTrue(first.replaced)
        new = batches.hub_file_ids - first
        self.assertEqual((new.rows, new.replaced), (2, False))
        self.assertNotIn(gone.name, self.texts(new)[0])
        self.assertIn(first.sha256, batches.message_ids[0].body)
        self.release(batches).send_payment()
        self.assertTrue(self.claim(batches.submission_ids))
        self.assertEqual(batches.submission_ids.payload_hash, new.sha256)

    def test_payment_that_is_deleted_or_moved_makes_the_files_again(self):
        _cycle, _manager, batches = self.prepare(members=4, manager={**AT_PREPARE, "max_batch_size": 2})
        one, two = batches
        gone, moved = one.payment_ids
        names = gone.name, moved.name
        gone.with_user(self.g2padmin).unlink()
        moved.with_user(self.officer).write({"batch_id": two.id})
        current = batches.hub_file_ids.filtered(lambda file: not file.replaced)
        self.assertEqual(current.batch_id, two)
        text = "".join(self.texts(current))
        self.assertEqual([name in text for name in names], [False, True])

    def test_settings_that_change_before_the_release_make_the_file_again(self):
        _cycle, manager, batches = self.prepare(manager=AT_PREPARE)
        first = batches.hub_file_ids
        manager.with_user(self.officer).payer_id = "900100009999"
        self.release(batches)
        self.assertTrue(first.replaced)
        self.assertIn("900100009999", self.texts(batches.hub_file_ids - first)[0])

    def test_file_stays_when_nothing_changed(self):
        _cycle, manager, batches = self.prepare(manager=AT_PREPARE)
        manager._renew_files(batches)
        self.release(batches)
        self.assertEqual((len(batches.hub_file_ids), batches.hub_file_ids.replaced), (1, False))

    def test_files_of_a_try_that_was_refused_stay_with_it(self):
        _manager, batches, submissions = self.make_open()
        self.claim(submissions)
        file = batches.hub_file_ids
        submissions._guarded_write({"state": "rejected"})
        submissions.with_user(self.releaser).action_cancel()
        self.release(batches).send_payment()
        self.assertEqual(file.submission_id, submissions)
        self.assertFalse(file.replaced)
        self.assertEqual(len(batches.hub_file_ids), 2)

    # ---- who may ----------------------------------------------------------------------------------------------
    def test_officer_downloads_and_reviews_the_file_and_nobody_changes_it(self):
        _cycle, _manager, batches = self.prepare(manager=AT_PREPARE)
        file = batches.hub_file_ids
        for user in (self.officer, self.releaser, self.finance, self.auditor, self.validator, self.g2padmin):
            with self.subTest(user.login):
                mine = file.with_user(user)
                self.assertIn(b"closedloop", base64.b64decode(mine.content))
                for attempt in (
                    lambda mine=mine: mine.write({"content": base64.b64encode(b"x")}),
                    lambda mine=mine: mine.write({"replaced": True}),
                    lambda mine=mine: mine.unlink(),
                    lambda mine=mine: mine.create(
                        {"batch_id": batches.id, "content": b"eA==", "sha256": "x"}
                    ),
                ):
                    with self.assertRaises(UserError):
                        attempt()
        for user in (self.registrar, self.nobody):
            with self.subTest(user.login), self.assertRaises(AccessError):
                file.with_user(user).read(["content"])

    def test_attachment_is_frozen_for_everybody(self):
        _manager, batches, _submissions = self.make_open()
        attachment = self.attachment(batches.hub_file_ids)
        for attempt in (
            lambda: attachment.write({"raw": b"forged"}),
            lambda: attachment.write({"res_id": attachment.res_id + 1}),
            lambda: attachment.unlink(),
            lambda: batches.hub_file_ids.write({"content": base64.b64encode(b"forged")}),
            lambda: batches.hub_file_ids.unlink(),
        ):
            with self.assertRaises(UserError):
                attempt()

    def test_files_go_with_a_batch_that_was_never_released(self):
        _cycle, _manager, batches = self.prepare(manager=AT_PREPARE)
        attachment = self.attachment(batches.hub_file_ids)
        batches.unlink()
        self.assertFalse(attachment.exists())

    # ---- for other addons -------------------------------------------------------------------------------------
    def test_csv_of_a_batch_is_the_hubs_own_format(self):
        _cycle, manager, batches = self.prepare(manager=AT_PREPARE)
        self.assertEqual(manager.prepare_csv_for_batch(batches).read(), self.texts(batches.hub_file_ids)[0])
        lines = manager.prepare_csv_for_batch(batches, delimiter=";", quoting=1).read().split("\n")
        self.assertEqual(len(lines), 4)
        self.assertTrue(lines[0].startswith('"id";"request_id";'))

    def test_attachment_of_another_record_is_never_taken_for_ours(self):
        manager = self.make_manager(self.make_program())
        foreign = self.env["ir.attachment"].create(
            {
                "name": "a.csv",
                "raw": b"theirs",
                "res_model": "res.partner",
                "res_id": self.env.user.partner_id.id,
            }
        )
        ours = manager.create_update_csv_attachment("a.csv", b"one")
        self.assertNotEqual(ours, foreign)
        self.assertEqual(manager.create_update_csv_attachment("a.csv", b"two"), ours)
        self.assertEqual((ours.raw, foreign.raw), (b"two", b"theirs"))
        self.assertEqual((ours.res_model, ours.res_id), (manager._name, manager.id))

    def attachment(self, file):
        domain = [("res_model", "=", file._name), ("res_field", "=", "content"), ("res_id", "=", file.id)]
        return self.env["ir.attachment"].search(domain)

    @mute_logger("odoo.sql_db")
    def forge(self, file, data):
        """Put other bytes in the place of a file's, as only somebody with the machine in his hands can."""
        other = self.env["ir.attachment"].create({"name": "forged", "raw": data})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = %s, db_datas = %s, file_size = %s, checksum = %s WHERE id = %s",
            (
                other.store_fname,
                other.db_datas or None,
                other.file_size,
                other.checksum,
                self.attachment(file).id,
            ),
        )
        self.env.invalidate_all()
