"""Worker processes that die: a program that loads a database once and forks a worker for each job it is told.

As Odoo's own multi-process server does, the workers are forked from a process that has the registry and no
connection; each of them is a real process with connections of its own, and ends itself with SIGKILL at a named point.

Started with the options of Odoo (JSON) and the database as arguments; reads one JSON object a line:

``{"start": [{"job": "dispatch", "submission": 5, "point": "after_claim", "signal": "KILL"}]}``
    forks a worker for each, lets all of them go at once, and answers with their process ids; the job "lane" does all
    that is due of that submission's manager, and has no points; "apply" applies what was called back of it
``{"wait": [pid, ...]}``
    answers with their exit codes, negative for signals

Points are ``before_``, ``in_`` (done, not committed) and ``after_`` (committed) one of the engine's stages: claim,
take, store, apply_pending, follow_up. The product has no hooks for this: the stages' runner is replaced here.
"""

import functools
import json
import os
import signal
import sys

import odoo
import odoo.tools
from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.module import initialize_sys_path
from odoo.modules.registry import Registry


def arm(point, signal_name):
    """Let this process get a signal at ``point``; an empty one never comes."""
    from odoo.addons.g2p_programs.dispatch import worker

    run = worker.run_in_own_transaction
    number = getattr(signal, f"SIG{signal_name}")

    def reach(name):
        if name == point:
            os.kill(os.getpid(), number)

    def run_and_reach(registry, stage, *args):
        @functools.wraps(stage)
        def stage_and_reach(*stage_args):
            result = stage(*stage_args)
            stage_args[0].flush_all()
            reach(f"in_{stage.__name__}")
            return result

        reach(f"before_{stage.__name__}")
        result = run(registry, stage_and_reach, *args)
        reach(f"after_{stage.__name__}")
        return result

    worker.run_in_own_transaction = run_and_reach
    return worker


def work(registry, go, job):
    """Do one job in this (forked) process, once the starter has closed its end of the pipe ``go``."""
    worker = arm(job.get("point", ""), job.get("signal", "KILL"))
    os.read(go, 1)
    if job["job"] == "lane":
        with registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["g2p.payment.submission"].browse(
                job["submission"]
            )._job_lane()
    elif job["job"] == "apply":
        with registry.cursor() as cr:
            submission = api.Environment(cr, SUPERUSER_ID, {})["g2p.payment.submission"].browse(
                job["submission"]
            )
            key = (submission.manager_model, submission.manager_res_id)
        worker.apply_stored(registry, key, 60)
    else:
        getattr(worker, job["job"])(registry, job["submission"])


def start(registry, jobs):
    """Fork a worker for each job, let them go together, and return their process ids."""
    sql_db.close_all()
    go, hold = os.pipe()
    pids = []
    for job in jobs:
        pid = os.fork()
        if not pid:
            status = 1
            try:
                os.close(hold)
                work(registry, go, job)
                status = 0
            finally:
                os._exit(status)
        pids.append(pid)
    os.close(go)
    os.close(hold)
    return pids


def main(options, database):
    """Serve the commands on standard input until it ends."""
    odoo.tools.config.parse_config([])
    for name, value in json.loads(options).items():
        odoo.tools.config[name] = value
    initialize_sys_path()
    registry = Registry(database)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if "start" in command:
            answer = start(registry, command["start"])
        else:
            answer = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in command["wait"]]
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
