"""Odoo's public methods from outside: XML-RPC and JSON-RPC."""

import itertools
import json
import urllib.request
import xmlrpc.client

TIMEOUT = 600  # seconds for one call; Odoo's own limit is the same


class RpcError(Exception):
    """What Odoo answered instead of a result; ``data`` is its whole JSON error."""

    def __init__(self, data):
        self.data = data
        super().__init__(data.get("data", {}).get("message") or data.get("message"))


class _Transport(xmlrpc.client.Transport):
    def make_connection(self, host):
        connection = super().make_connection(host)
        connection.timeout = TIMEOUT
        return connection


def xmlrpc_caller(url, database, login, password):
    """Log in over XML-RPC.

    :return: a callable (model, method, \\*args, \\*\\*kwargs); a refusal raises xmlrpc.client.Fault
    """
    user = _proxy(f"{url}/xmlrpc/2/common").authenticate(database, login, password, {})
    if not user:
        raise PermissionError(f"Odoo refuses the login {login!r} on database {database!r}.")
    models = _proxy(f"{url}/xmlrpc/2/object")

    def call(model, method, *args, **kwargs):
        return models.execute_kw(database, user, password, model, method, args, kwargs)

    call.user_id = user
    return call


def jsonrpc_caller(url, database, login, password):
    """Log in over JSON-RPC.

    :return: a callable (model, method, \\*args, \\*\\*kwargs); a refusal raises RpcError
    """
    numbers = itertools.count(1)

    def service(name, method, *args):
        body = {
            "jsonrpc": "2.0",
            "id": next(numbers),
            "method": "call",
            "params": {"service": name, "method": method, "args": args},
        }
        request = urllib.request.Request(
            f"{url}/jsonrpc", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            answer = json.load(response)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    user = service("common", "authenticate", database, login, password, {})
    if not user:
        raise PermissionError(f"Odoo refuses the login {login!r} on database {database!r}.")

    def call(model, method, *args, **kwargs):
        return service("object", "execute_kw", database, user, password, model, method, args, kwargs)

    call.user_id = user
    return call


def _proxy(address):
    return xmlrpc.client.ServerProxy(address, transport=_Transport(), allow_none=True)
