"""The benchmark runs through all stages; how quick they are is for ``make bench`` to say."""

import json
import os
import subprocess
import sys

from tests.environment.cache import REPO
from tests.environment.environment import TEMPLATE

STAGES = [
    "import of members",
    "enrolling",
    "filling a cycle",
    "making entitlements",
    "submitting them",
    "approving entitlements",
    "preparing payments and batches",
    "releasing",
    "queueing",
    "claiming",
    "applying statuses",
    "hub: queueing, with files",
    "hub: claiming",
    "hub: applying pages",
    "hub: signing",
    "layer, 500 a list: queueing",
    "layer, 500 a list: claiming",
    "layer, 500 a list: applying",
    "bridge: queueing",
    "bridge: sending",
    "bridge: settling",
    "layer, 50 a list: queueing",
    "layer, 50 a list: claiming",
    "layer, 50 a list: applying",
    "direct: queueing",
    "direct: paying, 8 at once",
    "called back: queueing",
    "called back: claiming",
    "called back: taking",
    "called back: applying",
    "CSV",
]


def run(environment, *arguments):
    environ = {**os.environ, TEMPLATE: environment.template()}
    command = [sys.executable, "-m", "benchmarks", "--n", "30", *map(str, arguments)]
    return subprocess.run(command, cwd=REPO, env=environ, capture_output=True, text=True, check=False)


def test_benchmark_measures_every_stage(environment, tmp_path):
    path = tmp_path / "bench.json"
    answer = run(environment, "--json", path, "--limit", 1_000_000)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    report = json.loads(path.read_text())
    assert [row["stage"].removesuffix(" of 30 rows") for row in report["stages"]] == STAGES
    assert all(row["seconds"] > 0 and row["plain_seconds"] > 0 for row in report["stages"])
    assert [row["stage"] for row in report["stages"] if not row["queries"]] == ["hub: signing"]
    assert report["settings"]["synchronous_commit"] == "on"


def test_benchmark_fails_where_a_stage_passes_the_limit(environment, tmp_path):
    answer = run(environment, "--json", tmp_path / "bench.json", "--limit", 0.001)
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "more than 0.001x plain SQL: import of members" in answer.stdout
