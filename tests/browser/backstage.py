"""What happens before the curtain rises: over XML-RPC, by the same people that tests then put before a screen."""

from tests.environment.waiting import wait_until

from .staff import APPROVER, FINANCE, OFFICER

MANAGER = "g2p.program.payment.manager.file"
FUND = 10_000.0


class Backstage:
    """The staff, logged in over XML-RPC.

    :param server: tests.environment.server.OdooServer
    """

    def __init__(self, server):
        self.officer, self.approver, self.finance = (
            server.xmlrpc(user.login, user.password) for user in (OFFICER, APPROVER, FINANCE)
        )

    def make_approved_cycle(self, program, amount, domain=()):
        """Make a program with a fund and beneficiaries, and one cycle that is approved.

        :param str program: its name
        :param float amount: for each household
        :param domain: which households, beside being one
        :return: (program id, cycle id)
        """
        officer = self.officer
        [wizard] = officer(
            "g2p.program.create.wizard",
            "create",
            [
                {
                    "name": program,
                    "target_type": "group",
                    "eligibility_domain": repr([("kind.name", "=", "Household"), *domain]),
                    "amount_per_cycle": amount,
                }
            ],
        )
        program_id = officer("g2p.program.create.wizard", "create_program", [wizard])["res_id"]
        fund = self.finance("g2p.program.fund", "create", [{"program_id": program_id, "amount": FUND}])
        self.finance("g2p.program.fund", "post_fund", fund)
        for step in ("import_eligible_registrants", "enroll_eligible_registrants", "create_new_cycle"):
            officer("g2p.program", step, [program_id])
        [cycle_id] = officer("g2p.cycle", "search", [("program_id", "=", program_id)])
        for step in ("prepare_entitlement", "to_approve"):
            officer("g2p.cycle", step, [cycle_id])
        for step in ("approve", "validate_entitlement"):
            self.approver("g2p.cycle", step, [cycle_id])
        return program_id, cycle_id

    def pay_by_file(self, program_id, cycle_id, configs):
        """Have the payments of an approved cycle released, sent, and their files made.

        :param configs: ids of g2p.payment.file.config
        :return: ids of the files that are made
        """
        officer, approver = self.officer, self.approver
        [manager] = officer(
            MANAGER,
            "create",
            [{"name": "Files", "program_id": program_id, "payment_file_config_ids": [(6, 0, configs)]}],
        )
        wrappers = officer("g2p.program", "read", [program_id], ["payment_managers"])[0]["payment_managers"]
        officer("g2p.program.payment.manager", "write", wrappers, {"manager_ref_id": f"{MANAGER},{manager}"})
        officer("g2p.cycle", "prepare_payment", [cycle_id])
        batches = approver("g2p.payment.batch", "search", [("cycle_id", "=", cycle_id)])
        summary = approver("g2p.payment.batch", "get_release_summary", batches)
        approver(
            "g2p.payment.batch",
            "release_payments",
            batches,
            {str(one["batch_id"]): one["digest"] for one in summary},
        )
        approver("g2p.payment.batch", "send_payment", batches)
        domain = [("batch_id", "in", batches)]
        wait_until(
            lambda: not officer("g2p.payment.file", "search_count", [*domain, ("state", "!=", "made")])
        )
        return officer("g2p.payment.file", "search", domain, order="id")
