from odoo.fields import Command

from odoo.addons.g2p_registry_base.tests.common import RegistryCase


class MembershipCase(RegistryCase):
    """Builders for tests of group membership."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head = cls.env.ref("g2p_registry_membership.group_membership_kind_head")
        cls.spouse = cls.env["g2p.group.membership.kind"].create({"name": "T Spouse"})
        cls.group = cls.new_group()
        cls.anna, cls.ben = cls.new_individual("T Anna"), cls.new_individual("T Ben")

    @classmethod
    def join(cls, group, individual, *kinds, **vals):
        return cls.env["g2p.group.membership"].create(
            {
                "group": group.id,
                "individual": individual.id,
                "kind": [Command.link(kind.id) for kind in kinds],
                **vals,
            }
        )

    @classmethod
    def new_household(cls, number, size=3):
        """Values of a household with a head and members, as imports send it."""
        individuals = cls.env["res.partner"].create(
            [{"name": f"T Person {number}.{place}", "is_registrant": True} for place in range(size)]
        )
        return {
            "name": f"T Household {number}",
            "is_registrant": True,
            "is_group": True,
            "group_membership_ids": [
                Command.create(
                    {
                        "individual": individual.id,
                        "kind": [] if place else [Command.link(cls.head.id)],
                    }
                )
                for place, individual in enumerate(individuals)
            ],
        }
