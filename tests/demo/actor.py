"""Somebody of the story, logged in over XML-RPC."""


class Actor:
    """One user; call it as (model, method, \\*args, \\*\\*kwargs).

    :param server: tests.environment.server.OdooServer
    :param user: users.User
    :param narrator: narration.Narrator
    """

    def __init__(self, server, user, narrator):
        self.role = user.role
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
