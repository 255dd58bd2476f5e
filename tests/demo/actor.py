"""Somebody of the story, logged in over XML-RPC."""

import http.cookiejar
import json
import urllib.request

SECONDS = 120  # for one download


class Actor:
    """One user; call it as (model, method, \\*args, \\*\\*kwargs).

    :param server: tests.environment.server.OdooServer
    :param user: users.User
    :param narrator: narration.Narrator
    """

    def __init__(self, server, user, narrator):
        self.role = user.role
        self._server = server
        self._user = user
        self.narrator = narrator
        self._call = server.xmlrpc(user.login, user.password)
        self.user_id = self._call.user_id

    def __call__(self, model, method, *args, **kwargs):
        return self._call(model, method, *args, **kwargs)

    def says(self, what):
        """Tell what this person does."""
        self.narrator.say(self.role, what)

    def create(self, model, values):
        """Create one record and return its id."""
        [created] = self(model, "create", [values])
        return created

    def read(self, model, id_, name):
        """Return one field of one record."""
        return self(model, "read", [id_], [name])[0][name]

    def press(self, model, method, ids, does):
        """Press a button, and tell what the screen then says.

        :param ids: the records
        :param str does: what the button does
        """
        answer = self(model, method, ids)
        said = answer.get("params", {}).get("message", "") if isinstance(answer, dict) else ""
        self.says(f"{does}: {said}" if said else does)

    def download(self, path):
        """Follow a link that the screen gave, in a browser session of this user.

        :param str path: with its query
        :return: bytes
        """
        browser = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )
        login = {"db": self._server.database, "login": self._user.login, "password": self._user.password}
        call = urllib.request.Request(
            f"{self._server.url}/web/session/authenticate",
            json.dumps({"jsonrpc": "2.0", "params": login}).encode(),
            {"Content-Type": "application/json"},
        )
        with browser.open(call, timeout=SECONDS):
            pass
        with browser.open(f"{self._server.url}{path}", timeout=SECONDS) as answer:
            return answer.read()
