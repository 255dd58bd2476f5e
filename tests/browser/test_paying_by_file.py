"""By hand, in the browser: a bank without an API is paid by a file, and its results come back as one."""

import base64
import hashlib
import re

import pytest
from playwright.sync_api import expect

from tests.demo import people
from tests.demo.rails.file_errands import raise_amount
from tests.demo.scanner import read_codes
from tests.demo.users import find_id
from tests.simulators.bank.bank import Bank

from . import steps
from .backstage import Backstage
from .conftest import HOUSEHOLDS
from .staff import APPROVER, AUDITOR, CLERK, FINANCE, OFFICER

PROGRAM = "School Meals"
AMOUNT = 120.0
#: One head has no account.
PAYMENTS = HOUSEHOLDS - 1
TOTAL = "4,680.00"
BANK_CSV = "Bank Transfers (CSV)"
VOUCHERS = "Voucher Sheet (A4, 8 to a Page)"
KIND = "File Payment Manager"
ACCOUNT = "7001002003"
#: While jobs work.
SLOW = 40_000  # milliseconds
#: A clerk of the bank writes two amounts that nobody ordered into the first file of results.
BANKS_DAY = {
    "outcomes": [{"payee_suffixes": [people.CLOSED], "result": "refused", "code": "AC04"}],
    "faults": [{"play": "wrong_amount", "calls": [1], "rows": 2}],
}


@pytest.fixture
def backstage(server):
    return Backstage(server)


@pytest.fixture
def bank(tmp_path):
    made = Bank(tmp_path / "ledger.jsonl", BANKS_DAY)
    yield made
    made.close()


# ---- From the program to settled payments ----
def test_officer_pays_by_a_file_and_finance_imports_what_came_back(sit_down, server, backstage, bank):
    enter_payer_account(server.xmlrpc())
    backstage.make_approved_cycle(PROGRAM, AMOUNT)
    officer = sit_down(OFFICER)
    choose_file_manager(officer)
    steps.open_cycle(officer, PROGRAM)
    steps.prepare_payments(officer, PAYMENTS, 1)
    open_batch(officer)
    auditor = sit_down(AUDITOR)
    watch_files(auditor)
    release_and_send(sit_down(APPROVER))
    see_file_being_made(officer, auditor)

    name, data = take_file(officer)
    see_what_was_taken(auditor, data)
    reply = bank.take(name, data)
    finance = sit_down(FINANCE)
    meet_wrong_cells(finance, reply)
    expect(officer.page.get_by_role("radio", name="Sent")).to_be_checked()
    expect(officer.field("stats_paid_transactions")).to_have_text("0")
    import_results(finance, bank.ask_again(reply.message_id, "results.csv"))

    expect(officer.page.get_by_role("radio", name="Done")).to_be_checked(timeout=SLOW)
    expect(officer.field("stats_paid_transactions")).to_have_text(str(PAYMENTS - 1))
    expect(officer.field("stats_failed_transactions")).to_have_text("1")
    assert officer.still_watching()
    officer.picture("file-batch-done")


def enter_payer_account(admin):
    """Enter the ministry's own account, as an administrator does once."""
    [company] = admin("res.company", "search_read", [], ["partner_id"], limit=1)
    admin(
        "res.partner.bank",
        "create",
        [{"acc_number": ACCOUNT, "partner_id": company["partner_id"][0]}],
    )


def choose_file_manager(officer):
    officer.open_app("Programs")
    officer.open_menu("Programs")
    officer.row(PROGRAM).click()
    officer.title(PROGRAM)
    steps.begin_to_choose_manager(officer, KIND)
    officer.picture("file-manager-new")
    officer.pick("Payment Files", BANK_CSV)
    officer.pick("Payer Account", ACCOUNT)
    officer.picture("file-manager")
    steps.keep_manager(officer, KIND)


def open_batch(officer):
    officer.tab("Payments")
    officer.row(re.compile("PB-")).get_by_role("button", name="Open").click()
    officer.title("PB-")
    officer.tab("Files")
    expect(officer.button("Download Payment File")).to_have_count(0)
    officer.picture("file-batch-draft")
    officer.begin_to_watch()


def watch_files(auditor):
    auditor.open_app("Programs")
    auditor.open_menu("Payments", "Files", title="Payment Files")
    auditor.see("No files yet")
    auditor.picture("files-none")
    auditor.begin_to_watch()


def release_and_send(approver):
    steps.open_cycle(approver, PROGRAM)
    steps.look_at_release(approver, PAYMENTS, 1, TOTAL)
    approver.picture("file-release")
    steps.release_and_send(approver, 1)


def see_file_being_made(officer, auditor):
    """Both pages were open before; neither is reloaded."""
    expect(auditor.row("Made")).to_have_count(1, timeout=SLOW)
    expect(auditor.row("Made")).to_contain_text(TOTAL)
    expect(officer.button("Download Payment File")).to_be_visible(timeout=SLOW)
    expect(officer.row(".csv")).to_contain_text("Made")
    officer.picture("file-batch-queued")
    assert officer.still_watching()
    assert auditor.still_watching()


def take_file(officer):
    """Download it for the first time, which counts as sending it, and once more.

    :return: (file name, bytes)
    """
    name, data = officer.download(officer.button("Download Payment File"), agree=True)
    expect(officer.page.get_by_role("radio", name="Sent")).to_be_checked()
    assert officer.download(officer.button("Download Payment File Again")) == (name, data)
    assert data.decode().count(f"{AMOUNT:.2f}") == PAYMENTS
    officer.picture("file-batch-sent")
    return name, data


def see_what_was_taken(auditor, data):
    expect(auditor.row(OFFICER.name)).to_have_count(1)
    auditor.picture("files")
    assert auditor.still_watching()
    auditor.row(OFFICER.name).click()
    expect(auditor.field("sha256")).to_have_text(hashlib.sha256(data).hexdigest())
    expect(auditor.field("downloads")).to_have_text("2")
    auditor.picture("file")


def meet_wrong_cells(finance, reply):
    """Upload results of which two cells are wrong: each is named, and nothing can be applied."""
    finance.open_app("Programs")
    finance.open_menu("Payments", "Payment Results")
    finance.picture("results-none")
    finance.press("New")
    upload(finance, reply)
    expect(finance.row(f"{AMOUNT + 1:.2f}")).to_have_count(2)
    for line in ("2", "3"):
        wrong = finance.rows().filter(has=finance.page.locator(f"td[name=line]:text-is('{line}')"))
        expect(wrong.locator("td[name=column_name]")).to_have_text("Amount")
    finance.see("Nothing is applied while a line is wrong")
    finance.picture("results-wrong")
    expect(finance.button("Apply")).to_have_count(0)


def import_results(finance, reply):
    """Upload the right results from the batch that they are of, and apply them."""
    finance.open_menu("Payments", "Batches", title="Payment Batches")
    finance.row(TOTAL).click()
    finance.title("PB-")
    finance.picture("file-batch-finance")
    finance.press("Upload Results")
    upload(finance, reply)
    expect(finance.row(f"{AMOUNT + 1:.2f}")).to_have_count(0)
    for status, count in (("Paid", PAYMENTS - 1), ("Failed", 1)):
        line = finance.field("summary").locator("tbody tr").filter(has_text=status)
        expect(line).to_contain_text(re.compile(rf"Apply\s*{status}\s*{count}\b"))
    finance.picture("results-checked")
    finance.press("Apply")
    finance.agree()
    expect(finance.page.get_by_role("radio", name="Applied")).to_be_checked(timeout=SLOW)
    finance.picture("results-applied")


def upload(finance, reply):
    finance.upload("file", reply.name, reply.content)
    finance.picture("results-new")
    finance.press("Check")
    expect(finance.page.get_by_role("radio", name="Checked")).to_be_checked(timeout=SLOW)


# ---- How files look ----
def test_officer_drags_a_column_of_a_copy_and_sees_what_it_makes(sit_down):
    officer = sit_down(OFFICER)
    open_copy(officer, BANK_CSV)
    officer.tab("Columns")
    preview = officer.field("columns_preview")
    expect(preview).to_contain_text("No,End-to-End ID,Beneficiary Name")
    officer.picture("config-columns")
    officer.drag(officer.row("Message ID"), above=officer.rows().first)
    expect(preview).to_contain_text("Message ID,No,End-to-End ID,Beneficiary Name")
    officer.picture("config-columns-dragged")
    officer.save()
    officer.page.reload()
    expect(officer.rows().first).to_contain_text("Message ID")
    officer.press("Preview")
    expect(officer.front.locator("iframe")).to_be_visible()
    officer.picture("config-preview")


def test_mistake_in_a_template_is_shown_with_its_line(sit_down):
    officer = sit_down(OFFICER)
    open_copy(officer, VOUCHERS)
    officer.tab("Template")
    editor = officer.field("body_string").locator(".ace_editor")
    editor.locator(".ace_content").click()
    officer.picture("config-template")
    officer.page.keyboard.press("Control+Home")
    officer.page.keyboard.insert_text('<p t-out="payment.secret"/>\n')
    officer.tab("Page")
    officer.see("Template, line 1:")
    officer.picture("config-template-mistake")
    officer.press("Discard all changes")
    expect(officer.front.get_by_text("Template, line 1:")).to_have_count(0)


def open_copy(officer, name):
    officer.open_app("Programs")
    officer.open_menu("Configuration", "Payment File Configs", title="Payments File Configs")
    officer.picture("configs")
    officer.row(name).first.click()
    officer.title(name)
    officer.duplicate()
    officer.title(f"{name} (copy)")


# ---- Vouchers ----
def test_clerk_tells_a_good_voucher_from_an_altered_one(sit_down, server, backstage):
    code = make_voucher(server.xmlrpc(), backstage)
    clerk = sit_down(CLERK)
    # Who does nothing else is there at once.
    expect(clerk.labelled("Scanned Code")).to_be_focused()
    clerk.picture("verify")
    scan(clerk, code)
    expect(clerk.front.locator(".text-bg-success")).to_contain_text("VALID")
    clerk.picture("verify-valid")
    scan(clerk, raise_amount(code))
    expect(clerk.front.locator(".text-bg-danger")).to_contain_text("ALTERED")
    expect(clerk.front.locator(".text-bg-success")).to_have_count(0)
    clerk.picture("verify-altered")


def make_voucher(admin, backstage):
    """Return the code of a voucher that was taken to a pay point."""
    families = [("name", "like", "household 000")]
    program, cycle = backstage.make_approved_cycle("Seed Vouchers", 20.0, families)
    config = find_id(admin, "g2p_payment_files.payment_file_config_voucher_sheet")
    [file] = backstage.pay_by_file(program, cycle, [config])
    [made] = backstage.officer("g2p.payment.file", "read", [file], ["batch_id"])
    action = backstage.officer("g2p.payment.batch", "action_download_files", made["batch_id"][:1])
    assert action["url"] == f"/g2p_payment_files/{file}", "vouchers are all that pays this batch"
    sheet = backstage.officer("g2p.payment.file", "fetch_file", [file])
    return read_codes(base64.b64decode(sheet["content"]))[0]


def scan(clerk, code):
    """Type a code as a hand scanner does: it ends with Enter."""
    clerk.fill("Scanned Code", code)
    clerk.page.keyboard.press("Enter")
