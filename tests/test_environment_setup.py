"""The set-up itself: what it refuses, what it ignores, what it survives."""

import json
import os
import subprocess
import sys

import pytest

from tests.environment import addons, apt, cache, checks, logs, pg_binaries, postgres, serving
from tests.environment.cache import REPO
from tests.environment.progress import SetupError

LOG = """2026-01-02 03:04:05,678 9 INFO db odoo.modules: fine
2026-01-02 03:04:06,678 9 WARNING db odoo.fields: odd
Traceback (most recent call last):
  somewhere
2026-01-02 03:04:07,678 9 INFO db odoo.modules: fine again
2026-01-02 03:04:08,678 9 ERROR db odoo.sql_db: broken
"""


@pytest.fixture
def foreign_database(environment):
    """A database with one of our names but without our marker; removed by hand."""
    name = f"g2p_demo_foreign_{os.getpid()}"
    environment.server.query(f'CREATE DATABASE "{name}"')
    yield name
    environment.server.query(f'DROP DATABASE "{name}"')


def test_database_without_marker_is_not_dropped(environment, foreign_database):
    with pytest.raises(SetupError, match="is not dropped"):
        environment.databases.drop(foreign_database)
    assert environment.databases.exists(foreign_database)


def test_database_of_another_name_is_not_dropped_despite_marker(environment):
    name = f"production_{os.getpid()}"
    environment.server.query(f'CREATE DATABASE "{name}"')
    try:
        environment.server.query(f"COMMENT ON DATABASE \"{name}\" IS 'g2p-payments: may be dropped'")
        with pytest.raises(SetupError, match="is not dropped"):
            environment.databases.drop(name)
        assert environment.databases.exists(name)
    finally:
        environment.server.query(f'DROP DATABASE "{name}"')


def test_database_of_another_name_is_not_made(environment):
    with pytest.raises(SetupError, match="g2p_demo_"):
        environment.databases.create("production")


def test_clone_has_addons_and_own_files(environment, clean_database):
    name = clean_database()
    rows = environment.server.query(
        "SELECT name FROM ir_module_module WHERE state = 'installed' AND starts_with(name, 'g2p_')",
        database=name,
    )
    assert {module for (module,) in rows} >= set(addons.present())
    assert any((environment.data_dir / "filestore" / name).rglob("*"))


def test_durable_clone_waits_for_commits(environment, clean_database):
    setting = "SHOW synchronous_commit"
    assert environment.server.query(setting, database=clean_database(durable=True)) == [("on",)]
    assert environment.server.query(setting, database=clean_database()) == [("off",)]


def test_leftovers_of_dead_runs_are_dropped_and_those_of_living_ones_kept(environment):
    finished = subprocess.Popen([sys.executable, "-c", ""])
    finished.wait()
    dead, living = f"g2p_test_run_{finished.pid}_x", f"g2p_test_run_{os.getpid()}_x"
    for name in (dead, living):
        environment.databases.create(name)
    environment.databases.drop_leftovers()
    assert not environment.databases.exists(dead)
    assert environment.databases.exists(living)
    environment.databases.drop(living)


def test_usual_postgres_variables_are_ignored(environment):
    answer = subprocess.run(
        [sys.executable, "-m", "tests.environment", "check-setup"],
        cwd=REPO,
        env={**os.environ, "PGHOST": "/nowhere", "PGPORT": "1", "PGDATABASE": "x", "PGOPTIONS": "--nonsense"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert answer.returncode == 0, answer.stderr


def test_own_server_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setenv("G2P_PG_URL", "postgresql://me:secret@127.0.0.1:1")
    with pytest.raises(SetupError, match="does not answer") as caught:
        postgres.obtain()
    assert "secret" not in str(caught.value)


def test_own_server_url_is_read_with_its_escapes(monkeypatch, environment):
    url = f"postgresql://g2p:p%40ss@{environment.server.host.replace('/', '%2F')}"
    monkeypatch.setenv("G2P_PG_URL", url)
    server = postgres.obtain()
    assert (server.host, server.password, server.private) == (environment.server.host, "p@ss", False)


def test_cluster_starts_despite_a_stale_process_file(monkeypatch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setattr(postgres, "cache_dir", lambda: folder)
    cluster = postgres.Cluster()
    try:
        cluster.start()
        cluster.stop()
        # The process id of somebody who is alive, and is not PostgreSQL.
        (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n0\n5432\n")
        assert cluster.start().query("SELECT 1") == [(1,)]
    finally:
        cluster.stop()
        if cluster.owner:
            subprocess.run(["rm", "-rf", str(cluster.home.parent)], check=True)


def test_long_cache_path_still_gives_a_short_socket(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres, "_unprivileged_user", lambda: None)
    monkeypatch.setattr(postgres, "cache_dir", lambda: tmp_path / ("x" * 120))
    assert len(str(postgres.Cluster().socket_folder)) < postgres.SOCKET_LIMIT - 20


def test_offline_forbids_downloads_and_names_the_remedy(monkeypatch):
    monkeypatch.setenv("G2P_OFFLINE", "1")
    with pytest.raises(SetupError, match="Run the same command once without G2P_OFFLINE"):
        cache.forbid_download("Odoo 19")
    monkeypatch.setenv("G2P_OFFLINE", "0")
    cache.forbid_download("Odoo 19")


def test_half_made_folder_does_not_count(tmp_path):
    with pytest.raises(KeyError), cache.fresh_folder(tmp_path / "half"):
        raise KeyError
    assert not cache.is_ready(tmp_path / "half")
    with cache.fresh_folder(tmp_path / "half"):
        pass
    assert cache.is_ready(tmp_path / "half")


def test_everything_lacking_is_named_at_once_in_one_apt_line(monkeypatch):
    monkeypatch.setattr(checks, "has_pip", lambda: False)
    monkeypatch.setattr(checks.pg_binaries, "obtainable", lambda: False)
    monkeypatch.setattr(checks.browser, "obtainable", lambda: False)
    with pytest.raises(SetupError) as caught:
        checks.require()
    assert "apt-get install -y chromium postgresql python3-venv" in str(caught.value)


def test_other_vendors_repositories_are_no_debian_mirrors(monkeypatch):
    targets = "\n".join(
        (
            "Debian|http://mirror/debian|bookworm|main",
            "Debian|http://mirror/debian-security|bookworm-security|main",
            "Vendor|http://vendor/apt|stable|main",
            "Debian|http://mirror/debian|bookworm|contrib",
            "Debian|http://mirror/debian|bookworm-updates|main",
        )
    )
    monkeypatch.setattr(apt, "_run", lambda command: targets)
    assert apt.mirrors() == ["http://mirror/debian"]


def test_postgres_programs_can_be_named(monkeypatch, tmp_path):
    monkeypatch.setenv(pg_binaries.CHOICE, str(tmp_path))
    with pytest.raises(SetupError, match="no initdb"):
        pg_binaries.choose()
    monkeypatch.setenv(pg_binaries.CHOICE, "embedded")
    assert pg_binaries.choose()[1] is True


def test_log_complaints_come_with_their_tracebacks(tmp_path):
    log = tmp_path / "odoo.log"
    log.write_text(LOG)
    warning, error = logs.complaints(log)
    assert warning.endswith("  somewhere")
    assert "broken" in error
    assert logs.complaints(log, start=LOG.index("2026-01-02 03:04:07")) == [error]


def test_fingerprint_follows_sources_but_not_tests(monkeypatch, tmp_path):
    addon = tmp_path / "g2p_registry_base"
    (addon / "tests").mkdir(parents=True)
    (addon / "__init__.py").touch()
    (addon / "__manifest__.py").write_text("{'name': 'x'}")
    monkeypatch.setattr(addons, "REPO", tmp_path)
    before = addons.fingerprint()
    (addon / "tests" / "test_x.py").touch()
    assert addons.fingerprint() == before
    (addon / "__init__.py").write_text("import os")
    assert addons.fingerprint() != before


@pytest.mark.parametrize(
    "logins",
    (
        {"officer": {"login": "o", "password": "p"}},
        [{"role": "officer", "login": "o", "password": "p"}],
    ),
)
def test_demo_logins_are_read_in_both_forms(logins):
    assert serving.logins(json.loads(json.dumps({"logins": logins}))) == [("officer", "o", "p")]
