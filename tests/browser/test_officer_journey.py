"""By hand, in the browser: from making a program to the last payment that is settled, nobody pressing reload."""

import re

from playwright.sync_api import expect

from tests.demo import people

from . import steps
from .conftest import HOUSEHOLDS
from .staff import ADMINISTRATOR, APPROVER, FINANCE, FINANCE_2, OFFICER

PROGRAM = "Winter Grants"
BATCH_SIZE = 10
API_TIMEOUT = 4  # seconds
#: While jobs work; the longest wait is one time-out of a call and one turn of the page's own reloading.
SLOW = 40_000  # milliseconds
#: One head has no account; of four submissions the second is executed and its answer lost, the third is lost
#: before it is executed.
PAYMENTS = HOUSEHOLDS - 1
BATCHES = 4
GOOD_DAY = {
    "outcomes": [{"payee_suffixes": [people.CLOSED], "result": "refused", "code": "rjct.payee_fa.invalid"}],
}
BAD_DAY = {
    **GOOD_DAY,
    "latency": 2.5,
    "faults": [
        # Questions are not answered either, so whoever watches has time to see it.
        {"on": "status", "play": "status", "status": 503},
        {"play": "timeout", "calls": [2], "executed": True, "seconds": 2.0 * API_TIMEOUT},
        {"play": "timeout", "calls": [3], "executed": False, "seconds": 2.0 * API_TIMEOUT},
    ],
}


def test_officer_takes_a_program_from_nothing_to_settled_payments(sit_down, payment_system):
    officer = sit_down(OFFICER)
    make_program(officer)
    choose_payment_manager(officer, payment_system)
    enter_token(sit_down(ADMINISTRATOR), payment_system)
    enrol(officer)
    prepare_cycle(officer)
    finance = sit_down(FINANCE)
    post_fund(finance)
    approver = sit_down(APPROVER)
    approve(approver)
    prepare_payments(officer)

    watcher = sit_down(OFFICER)
    watch_batches(watcher)
    officer.tab("Payments")
    officer.begin_to_watch()
    payment_system.play(BAD_DAY)
    release_and_send(approver)
    see_batches_progress(officer, watcher)

    payment_system.play(GOOD_DAY)
    ask_again(officer)
    expect(officer.row(re.compile("PB-")).filter(has_text="Done")).to_have_count(BATCHES - 1, timeout=SLOW)
    expect(watcher.row("Unknown")).to_have_count(1, timeout=SLOW)
    propose_that_nothing_was_executed(finance)
    confirm(sit_down(FINANCE_2))
    expect(watcher.row("Rejected")).to_have_count(1, timeout=SLOW)
    assert watcher.still_watching()

    send_again(approver)
    expect(watcher.row("Done")).to_have_count(BATCHES, timeout=SLOW)
    assert watcher.still_watching()
    watcher.picture("batches-done")
    see_payments(officer)
    assert len(payment_system.ledger()) == PAYMENTS - 1, "one account is refused, and nobody is paid twice"


# ---- the officer's preparations ----
def make_program(officer):
    officer.open_app("Programs")
    officer.press("Create Program")
    officer.fill("Program Name", PROGRAM)
    officer.tab("Entitlements")
    officer.fill("Amount Per Cycle", "150")
    officer.press("Next")
    officer.see("Import Eligible Registrants")
    officer.press("Create")
    officer.title(PROGRAM)


def choose_payment_manager(officer, payment_system):
    steps.begin_to_choose_manager(officer, "G2P Connect Payment Manager")
    officer.fill("Payment Endpoint URL", payment_system.payment_url)
    officer.fill("Status Endpoint URL", payment_system.status_url)
    officer.fill("Sender ID", "ministry")
    officer.fill("API Timeout (seconds)", str(API_TIMEOUT))
    officer.fill("Payer Financial Address", "account:7001002003@central-bank")
    expect(officer.labelled("Payee ID Type")).to_have_value("Bank Account Number")
    officer.pick_new("Batch Tags", "Ten at a time")
    officer.fill("Batch Tag", "Ten at a time")
    officer.fill("Max Batch Size", str(BATCH_SIZE))
    officer.press("Save")
    officer.see("Payment Endpoint URL")
    officer.picture("payment-manager")
    steps.keep_manager(officer, "G2P Connect Payment Manager")
    officer.picture("program")


def enter_token(administrator, payment_system):
    administrator.open_app("Programs")
    administrator.open_menu("Configuration", "G2P Connect Managers", title="G2P Connect Payment Managers")
    administrator.row(PROGRAM).click()
    administrator.see("Bearer Token is missing")
    administrator.fill("Bearer Token", payment_system.token)
    administrator.save()
    expect(administrator.front.get_by_text("Bearer Token is missing")).to_have_count(0)


def enrol(officer):
    officer.press("Import Eligible Registrants")
    officer.told(f"{HOUSEHOLDS} registrants imported")
    officer.press("Enroll Eligible Registrants")
    officer.told(f"{HOUSEHOLDS} successfully")


def prepare_cycle(officer):
    officer.press("Create New Cycle")
    officer.told("New cycle Cycle 1 created")
    officer.title("Cycle 1")
    expect(officer.stat("Beneficiaries")).to_contain_text(str(HOUSEHOLDS))
    officer.press("Copy Beneficiaries")
    officer.told("0 beneficiaries added")
    officer.press("Prepare Entitlements")
    officer.told(f"{HOUSEHOLDS} entitlements prepared")
    officer.picture("cycle-draft")
    officer.press("Submit for Approval")
    expect(officer.button("Reset to Draft")).to_be_visible()
    expect(officer.button("Approve Cycle")).to_have_count(0)


def prepare_payments(officer):
    steps.prepare_payments(officer, PAYMENTS, BATCHES)
    officer.stat("Blocked").click()
    officer.title("Findings")
    expect(officer.row("has no Bank Account Number")).to_have_count(1)
    officer.picture("findings")
    officer.back_to("Cycle 1")


# ---- the others ----
def post_fund(finance):
    finance.open_app("Programs")
    finance.open_menu("Accounting", "Program Funds")
    finance.press("New")
    finance.pick("Program", PROGRAM)
    finance.fill("Amount", "10000")
    finance.press("Post Fund")
    expect(finance.button("Post Fund")).to_have_count(0)
    expect(finance.page.get_by_role("radio", name="Posted")).to_be_checked()


def approve(approver):
    steps.open_cycle(approver, PROGRAM)
    approver.press("Approve Cycle")
    approver.agree()
    approver.press("Approve Entitlements")
    approver.told(f"{HOUSEHOLDS} entitlements approved")
    expect(approver.button("Approve Entitlements")).to_have_count(0)


def release_and_send(approver):
    steps.look_at_release(approver, PAYMENTS, BATCHES, "5,850.00")
    approver.picture("release")
    steps.release_and_send(approver, BATCHES)


# ---- watching ----
def watch_batches(watcher):
    watcher.open_app("Programs")
    watcher.open_menu("Payments", "Batches", title="Payment Batches")
    expect(watcher.row("Draft")).to_have_count(BATCHES)
    watcher.begin_to_watch()


def see_batches_progress(officer, watcher):
    """Both pages were open before; neither is reloaded."""
    expect(watcher.rows().filter(has_text=re.compile("Queued|Sending")).first).to_be_visible(timeout=SLOW)
    expect(watcher.row("Done")).to_have_count(BATCHES - 2, timeout=SLOW)
    watcher.picture("batches-sending")
    expect(watcher.row("Unknown")).to_have_count(2, timeout=SLOW)
    expect(officer.row("Unknown")).to_have_count(2, timeout=SLOW)
    officer.picture("cycle")
    assert officer.still_watching()
    assert watcher.still_watching()


def ask_again(officer):
    """Ask about both: one was executed, of the other nothing is known."""
    names = [row.split()[0] for row in officer.row("Unknown").all_inner_texts()]
    for name in names:
        officer.row(name).get_by_role("button", name="Open").click()
        officer.title(name)
        officer.see("gave no certain answer")
        officer.picture("batch-unknown")
        officer.press("Ask Again Now")
        officer.told("is being asked")
        officer.back_to("Cycle 1")
        officer.tab("Payments")


def propose_that_nothing_was_executed(finance):
    finance.open_menu("Payments", "Submissions")
    finance.row("Unknown").click()
    finance.see("It may or may not have arrived")
    finance.picture("submission-unknown")
    finance.press("Propose a Decision")
    finance.front.get_by_label("It was never executed").check()
    finance.fill("Evidence Reference", "Ticket 4711")
    finance.fill("Reason", "The bank's operations desk searched its journal: no such order.")
    finance.picture("decision")
    finance.press("Propose")
    finance.tab("Decisions")
    expect(finance.row("Proposed")).to_have_count(1)


def confirm(second):
    second.open_app("Programs")
    second.open_menu("Payments", "Decisions")
    second.row("Proposed").click()
    second.press("Confirm")
    second.agree()
    expect(second.page.get_by_role("radio", name="Confirmed")).to_be_checked()


def send_again(approver):
    approver.open_menu("Payments", "Submissions")
    approver.row("Rejected").click()
    approver.press("Send Again")
    approver.agree()
    expect(approver.page.get_by_role("radio", name="Done")).to_be_checked(timeout=SLOW)


def see_payments(officer):
    officer.stat("Payments").click()
    officer.title("Payments")
    expect(officer.row("Paid")).to_have_count(PAYMENTS - 1)
    expect(officer.row("rjct.payee_fa.invalid")).to_have_count(1)
    expect(officer.row("rjct.payee_fa.invalid")).to_contain_text("Failed")
    officer.picture("payments")
