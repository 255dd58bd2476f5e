"""What a person sees of Odoo's web client, and does with it: menus, buttons, fields, lists."""

import re
from pathlib import Path

from playwright.sync_api import expect

TIMEOUT = 20_000  # milliseconds: of one thing that the server does at once
expect.set_options(timeout=TIMEOUT)

#: Set in the window when a person begins to watch; a reload or another page would lose it.
_WATCHED = "g2pWatchedSince"


class Screen:
    """One person's browser.

    :param page: playwright.sync_api.Page
    :param str url: of the server
    :param pictures: folder for pictures (pathlib.Path), or None for none
    """

    def __init__(self, page, url, pictures=None):
        self.page = page
        self.url = url
        self.pictures = pictures
        self.complaints = []
        page.set_default_timeout(TIMEOUT)
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.complaints.append(f"error in the page: {error}"))

    def _note_console(self, message):
        if message.type == "error":
            self.complaints.append(f"console: {message.text} ({message.location.get('url', '')})")

    # ---- getting around ----
    def log_in(self, user):
        self.page.goto(f"{self.url}/web/login")
        self.page.get_by_label("Email").fill(user.login)
        self.page.get_by_label("Password").fill(user.password)
        self.page.get_by_role("button", name="Log in", exact=True).click()
        expect(self.page.locator(".o_main_navbar")).to_be_visible()

    def open_app(self, name):
        """Open an application by the apps menu."""
        self.page.locator(".o_navbar_apps_menu").get_by_role("button").click()
        self.page.locator(".o_app").filter(has_text=exactly(name)).click()
        expect(self.page.locator(".o_menu_brand")).to_have_text(name)

    def open_menu(self, *path, title=None):
        """Go down the menus of the application that is open, by their names.

        :param str title: of what opens, where it differs from the last name
        """
        self.page.locator(".o_menu_sections").get_by_text(path[0], exact=True).click()
        for name in path[1:]:
            self.page.get_by_role("menuitem", name=name, exact=True).click()
        self.title(title or path[-1])

    def title(self, text):
        """Wait until this is what is open."""
        expect(self.page.locator(".o_last_breadcrumb_item")).to_contain_text(text)

    # ---- doing ----
    @property
    def front(self):
        """The dialog that is open, else what lies below: decided whenever it is looked at."""
        return self.page.locator("body:not(.modal-open) .o_action_manager, .modal:not(.o_inactive_modal)")

    def button(self, name):
        return self.front.get_by_role("button", name=name, exact=True)

    def press(self, name):
        self.button(name).click()

    def agree(self):
        """Say yes to a question."""
        self.press("Ok")
        expect(self.page.locator("body.modal-open")).to_have_count(0)

    def labelled(self, label):
        # A label with an explanation ends with a question mark.
        return self.front.get_by_label(re.compile(rf"^{re.escape(label)}\s*\??$"))

    def fill(self, label, value):
        self.labelled(label).fill(value)

    def pick(self, label, value):
        """Choose a record in a field that searches as one types."""
        self.fill(label, value)
        self.page.get_by_role("option", name=value, exact=True).click()

    def pick_new(self, label, name):
        """Begin to make a record from a field that searches as one types."""
        self.fill(label, name)
        self.page.get_by_role("option", name="Create and edit...").click()

    def upload(self, name, file_name, data):
        """Choose a file for a field.

        :param str name: of the field
        :param bytes data: what is in the file
        """
        file = {"name": file_name, "mimeType": "application/octet-stream", "buffer": data}
        self.field(name).locator("input[type=file]").set_input_files(file)

    def download(self, button, agree=False):
        """Press a button that gives a file.

        :param button: playwright.sync_api.Locator
        :param bool agree: it asks first, and the answer is yes
        :return: (file name, bytes)
        """
        with self.page.expect_download() as caught:
            button.click()
            if agree:
                self.agree()
        return caught.value.suggested_filename, Path(caught.value.path()).read_bytes()

    def duplicate(self):
        """Make a copy of the record that is open."""
        self.page.locator(".o_cp_action_menus").get_by_role("button").first.click()
        self.page.get_by_role("menuitem", name="Duplicate").click()

    def drag(self, row, above):
        """Drag a row by its handle to the place of another one above it.

        :param row: playwright.sync_api.Locator
        :param above: playwright.sync_api.Locator
        """
        row.locator(".o_row_handle").hover()
        self.page.mouse.down()
        box = above.bounding_box()
        self.page.mouse.move(box["x"] + 20, box["y"] + box["height"], steps=8)
        self.page.mouse.move(box["x"] + 20, box["y"] + 2, steps=8)
        self.page.mouse.up()

    def save(self):
        """Keep what was typed, on a form that is not in a dialog."""
        self.page.get_by_role("button", name="Save manually").click()
        expect(self.page.locator(".o_form_status_indicator_buttons.invisible")).to_be_attached()

    def back_to(self, title):
        """Go back by the trail above the page."""
        trail = self.page.locator(".o_control_panel .breadcrumb-item, .o_control_panel .o_back_button")
        trail.filter(has_text=title).last.click()
        self.title(title)

    def stat(self, text):
        """A button with a number at the top of a form."""
        return self.front.locator(".oe_stat_button").filter(has_text=text)

    def tab(self, name):
        self.front.get_by_role("tab", name=name, exact=True).click()

    # ---- seeing ----
    def see(self, text):
        expect(self.front.get_by_text(text).first).to_be_visible()

    def told(self, text):
        """Wait for a notification with this text, and click it away."""
        note = self.page.locator(".o_notification").filter(has_text=text).first
        expect(note).to_be_visible()
        note.get_by_role("button", name="Close").click()

    def rows(self):
        return self.front.locator(".o_list_view, .o_field_x2many_list").locator("tr.o_data_row")

    def row(self, text):
        return self.rows().filter(has_text=text)

    def field(self, name):
        return self.front.locator(f".o_field_widget[name='{name}']").first

    def picture(self, name):
        if self.pictures:
            self.pictures.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.pictures / f"{name}.png")

    # ---- watching ----
    def begin_to_watch(self):
        """From now on nothing may reload this page or leave it: see :meth:`still_watching`."""
        self.page.evaluate(f"window.{_WATCHED} = location.href")

    def still_watching(self):
        return self.page.evaluate(f"window.{_WATCHED} === location.href")


def exactly(text):
    return re.compile(rf"^\s*{re.escape(text)}\s*$")
