from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """What two transactions do at once; on committed data, which it removes."""

    def open_env(self):
        cr = db_connect(get_db_name()).cursor()
        self.addCleanup(cr.close)
        return api.Environment(cr, SUPERUSER_ID, {})

    def setUp(self):
        super().setUp()
        self.first, self.second = self.open_env(), self.open_env()
        partners = self.first["res.partner"].create(
            [
                {"name": f"T Concurrent {place}", "is_registrant": True, "is_group": not place}
                for place in range(3)
            ]
        )
        self.first.cr.commit()
        self.partner_ids = partners.ids
        self.addCleanup(self.remove_partners)

    def remove_partners(self):
        for env in (self.first, self.second):
            env.cr.rollback()
        with db_connect(get_db_name()).cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["res.partner"].browse(self.partner_ids).unlink()

    def make_head(self, env, place):
        head = env.ref("g2p_registry_membership.group_membership_kind_head")
        env["g2p.group.membership"].create(
            {
                "group": self.partner_ids[0],
                "individual": self.partner_ids[place],
                "kind": [Command.link(head.id)],
            }
        )
        env.flush_all()

    def test_second_of_two_heads_at_once_has_to_start_again(self):
        # the second transaction looks at the data before the first has written
        self.second["g2p.group.membership"].search_count([])
        self.make_head(self.first, 1)
        self.first.cr.commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
            self.make_head(self.second, 2)
