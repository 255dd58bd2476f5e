"""Whatever somebody may see in the menus opens: the list, its first record, and an empty form.

These run after the officer's journey, on what it left.
"""

import pytest
from playwright.sync_api import expect

from .staff import ADMINISTRATOR, APPROVER, AUDITOR, CLERK, FINANCE, KEY_KEEPER, OFFICER

MENU_SERVICE = "odoo.__WOWL_DEBUG__.root.env.services.menu"
#: Ends when the view is there, or fails; a page that cannot be left would wait for ever.
OPEN_MENU = f"""id => Promise.race([
    {MENU_SERVICE}.selectMenu(id).then(() => "", () => "it fails"),
    new Promise(resolve => setTimeout(() => resolve("the page before cannot be left"), 15000)),
])"""
ACTION_SERVICE = "odoo.__WOWL_DEBUG__.root.env.services.action"
IS_FORM = "view => view[1] === 'form'"
EVERYBODY = (OFFICER, APPROVER, FINANCE, AUDITOR, ADMINISTRATOR, CLERK, KEY_KEEPER)


@pytest.mark.parametrize("user", EVERYBODY, ids=lambda user: user.role)
def test_every_menu_opens_without_an_error(sit_down, user):
    screen = sit_down(user)
    menus = find_menus(screen.page)
    assert menus, f"{user.role} sees no menu of ours"
    problems = [f"{path}: {problem}" for menu, path in menus for problem in try_menu(screen, menu)]
    screen.complaints.clear()  # they are among the problems, each with its menu
    assert not problems, "\n".join(problems)


def find_menus(page):
    """Return (menu id, path of names) of all menus of ours that open something, as the browser got them."""
    menus = {menu["id"]: menu for menu in page.evaluate(f"{MENU_SERVICE}.getAll()")}
    found = []

    def go_down(menu, path):
        if menu["actionID"] and path:
            found.append((menu["id"], f"{path} / {menu['name']}"))
        for child in menu["children"]:
            go_down(menus[child], f"{path} / {menu['name']}")

    for app in menus["root"]["children"]:
        if menus[app]["xmlid"].startswith("g2p_"):
            go_down(menus[app], "")
    return found


def try_menu(screen, menu):
    """Open a menu, the first record of its list, and an empty form; return what went wrong (texts)."""
    page, before = screen.page, len(screen.complaints)
    error = page.locator(".o_error_dialog")
    stuck = page.evaluate(OPEN_MENU, menu)
    for open_record in (open_first, open_new):
        if not error.count() and open_record(screen):
            form = page.locator(".o_form_view, .o_selected_row")
            expect(form.or_(error).first).to_be_visible()
    problems = [*screen.complaints[before:], *([stuck] if stuck else [])]
    problems += [text[:300] for text in error.all_inner_texts()]
    if problems:
        page.reload()
        expect(page.locator(".o_main_navbar")).to_be_visible()
    return problems


def open_first(screen):
    """Open the first record; some lists are all there is of their records."""
    rows = screen.rows()
    if rows.count() and screen.page.evaluate(
        f"{ACTION_SERVICE}.currentController.action.views.some({IS_FORM})"
    ):
        rows.first.locator("td.o_data_cell:not(.o_handle_cell)").first.click()
        return True
    return False


def open_new(screen):
    """Begin a new record, where that is offered."""
    new = screen.page.locator(".o_control_panel").get_by_role("button", name="New", exact=True)
    if new.count() and new.is_enabled():
        new.click()
        return True
    return False
