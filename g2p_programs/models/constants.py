"""Names shared by programs, cycles, entitlements and everybody who extends them (INTERFACES.md 7.1)."""

STATE_DRAFT = "draft"
STATE_TO_APPROVE = "to_approve"
STATE_APPROVED = "approved"
STATE_DISTRIBUTED = "distributed"
STATE_ENDED = "ended"
STATE_CANCELLED = "cancelled"

MANAGER_ELIGIBILITY = 1
MANAGER_CYCLE = 2
MANAGER_PROGRAM = 3
MANAGER_ENTITLEMENT = 4
MANAGER_DEDUPLICATION = 5
MANAGER_NOTIFICATION = 6
MANAGER_PAYMENT = 7

#: {field of g2p.program: {wrapper model: concrete model}} of the managers that every new program is given.
MANAGER_MODELS = {
    "program_managers": {"g2p.program.manager": "g2p.program.manager.default"},
    "payment_managers": {"g2p.program.payment.manager": "g2p.program.payment.manager.default"},
}

#: {manager kind: field of g2p.program} of the kinds that a program has at most one of.
SINGLE_MANAGER_FIELDS = {
    MANAGER_CYCLE: "cycle_managers",
    MANAGER_PROGRAM: "program_managers",
    MANAGER_ENTITLEMENT: "entitlement_managers",
    MANAGER_PAYMENT: "payment_managers",
}

#: {manager kind: field of g2p.program} of the kinds that all run, in their order.
MULTIPLE_MANAGER_FIELDS = {MANAGER_ELIGIBILITY: "eligibility_managers"}

#: Entitlement states in which nothing is owed any more: such a row does not stand in the way of a new one.
ENTITLEMENT_DEAD_STATES = ("cancelled", "expired", "rejected1", "rejected2", "rejected3")

#: Entitlement states whose money is spoken for in the fund.
ENTITLEMENT_RESERVING_STATES = ("approved", "trans2FSP", "rdpd2ben")

#: Program membership states that an enrolment run may look at: the others are somebody's decision.
ENROLLABLE_STATES = ("draft", "enrolled", "not_eligible")
