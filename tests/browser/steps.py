"""What people do in more than one story, each step by hand in the browser."""

import re

from playwright.sync_api import expect


def begin_to_choose_manager(officer, kind):
    """On a program: open the settings of a new payment manager.

    :param str kind: its name in the list of choices
    """
    officer.tab("Payments")
    officer.see("not connected to a payment system")
    officer.press("Choose Payment Manager")
    officer.front.get_by_label(kind).check()
    officer.press("Continue")


def keep_manager(officer, kind):
    """Save the settings of a new payment manager, and see it at its program."""
    officer.press("Save")
    expect(officer.button("Choose Another Payment Manager")).to_be_visible()
    expect(officer.row(kind)).to_have_count(1)


def open_cycle(screen, program, cycle="Cycle 1"):
    screen.open_app("Programs")
    screen.open_menu("Cycles")
    screen.row(program).filter(has_text=cycle).click()
    screen.title(cycle)


def prepare_payments(officer, payments, batches):
    """On an approved cycle: one entitlement is blocked, because its head has no account."""
    # Nobody told this page of the approvals: it looks by itself.
    expect(officer.button("Prepare Payments")).to_be_visible()
    officer.press("Prepare Payments")
    officer.told(f"{payments} payments in {batches} batches are prepared. 1 entitlements are blocked")


def look_at_release(releaser, payments, batches, total):
    """On a cycle: open what is to be signed, and compare it with what was prepared."""
    releaser.press("Release Payments")
    releaser.see("You sign exactly these payments")
    expect(releaser.rows()).to_have_count(batches)
    expect(releaser.field("count")).to_have_text(str(payments))
    expect(releaser.field("totals")).to_contain_text(total)
    expect(releaser.rows().first.locator("[name=digest]")).to_have_text(re.compile("^[0-9a-f]{64}$"))


def release_and_send(releaser, batches):
    releaser.press("Release and Send")
    releaser.told(f"{batches} batches are on their way")
