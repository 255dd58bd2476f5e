"""The set-up itself: a really running Odoo with its job runner, seen from outside."""

import os
import signal
import xmlrpc.client

import pytest
import requests

from tests.environment.server import OdooServer
from tests.environment.waiting import wait_until


@pytest.fixture(scope="module")
def server(environment):
    """One server for all tests that only look at it: starting it takes longer than they do."""
    name = environment.clone_database(f"g2p_test_run_{os.getpid()}_server")
    with OdooServer(environment, name) as started:
        yield started
    complaints = started.warnings()
    environment.databases.drop(name)
    if complaints:
        pytest.fail("The server logged:\n" + "\n".join(complaints), pytrace=False)


def test_server_answers_both_rpc_dialects_alike(server):
    domain = [("login", "=", "admin")]
    by_xml = server.xmlrpc("admin", "admin")("res.users", "search", domain)
    by_json = server.jsonrpc("admin", "admin")("res.users", "search", domain)
    assert by_xml == by_json
    assert len(by_xml) == 1


def test_server_refuses_wrong_password(server):
    with pytest.raises(PermissionError):
        server.xmlrpc("admin", "wrong")


def test_server_runs_jobs(server):
    session = requests.Session()
    login = {"db": server.database, "login": "admin", "password": "admin"}
    session.post(f"{server.url}/web/session/authenticate", json={"params": login}, timeout=60)
    answer = session.get(f"{server.url}/queue_job/create_test_job", params={"size": 2}, timeout=60)
    assert answer.ok, answer.text
    call = server.xmlrpc()
    assert wait_until(lambda: call("queue.job", "search_count", [("state", "=", "done")]) == 2, seconds=60)


def test_killed_server_starts_again_on_the_same_database(odoo_server, clean_database):
    database = clean_database()
    first = odoo_server(database, jobs=False)
    partner = first.xmlrpc()("res.partner", "create", {"name": "Kept"})
    first.kill(signal.SIGKILL)
    assert not first.is_running()
    second = odoo_server(database, jobs=False)
    [row] = second.xmlrpc()("res.partner", "read", [partner], ["name"])
    assert row["name"] == "Kept"


def test_server_with_workers_answers(odoo_server):
    server = odoo_server(workers=2, jobs=False)
    assert server.xmlrpc()("res.users", "search_count", [("login", "=", "admin")]) == 1


def test_warning_of_a_server_is_reported(odoo_server):
    server = odoo_server(jobs=False, allow_warnings=True)
    with pytest.raises(xmlrpc.client.Fault):
        server.xmlrpc()("res.partner", "no_such_method", [])
    [record] = server.warnings()
    assert "no_such_method" in record


def test_browser_logs_in(server, page):
    page.goto(f"{server.url}/web/login")
    page.fill("input[name=login]", "admin")
    page.fill("input[name=password]", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_web_client .o_main_navbar", timeout=60_000)
