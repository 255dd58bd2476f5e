"""One way from nothing to paid: the calls that users and the engine make, each committed as they would."""

import time
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace

from odoo import SUPERUSER_ID, api, sql_db
from odoo.service.model import retrying

from odoo.addons.queue_job.job import Job

WORK_CHANNELS = "root.root_program%"  # what a stage may leave to jobs; sending is not part of it
PAUSE = 0.002  # seconds between two looks of the other connection


class Run:
    """A program on its way, and what has to be remembered from one stage to the next.

    :param registry: the database's registry
    :param watcher: a connection of its own, in autocommit mode, that looks at what was committed
    :param dict users: {role: user id}
    :param int count: how many registrants are paid
    :param rail: rails.Rail
    """

    def __init__(self, registry, watcher, users, count, rail):
        self.registry = registry
        self.watcher = watcher
        self.users = users
        self.count = count
        self.rail = rail
        self.queries = 0
        self.ids = {}
        self.claims = self.answers = ()

    # ---- what calls need -------------------------------------------------------------------------------------
    def program(self, env):
        return env["g2p.program"].browse(self.ids["program"])

    def cycle(self, env):
        return env["g2p.cycle"].browse(self.ids["cycle"])

    def batches(self, env):
        return self.cycle(env).payment_batch_ids

    def submission_ids(self):
        query = "SELECT id FROM g2p_payment_submission WHERE cycle_id = %(cycle)s ORDER BY id"
        return [id_ for (id_,) in self.look(query)]

    def look(self, statement):
        """Return the rows that the other connection sees."""
        with self.watcher.cursor() as cursor:
            cursor.execute(statement, self.ids)
            return cursor.fetchall()

    # ---- calls -----------------------------------------------------------------------------------------------
    def request(self, role, function):
        """Call ``function(env)`` as a user, in a transaction as a request has it, and run the jobs it left.

        :return: what the function returned
        """
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.users[role], {})
            answer = retrying(partial(function, env), env)
        if isinstance(answer, dict) and answer.get("params", {}).get("type") in ("danger", "warning"):
            raise RuntimeError(f"A stage was refused: {answer['params'].get('message')}")
        self.work_off(WORK_CHANNELS)
        return answer

    def work_off(self, channels, seconds=None):
        """Run the jobs of some channels, one after the other, until none is left.

        :param str channels: pattern of SQL's LIKE
        :param list seconds: takes how long each job took
        """
        while True:
            started = time.perf_counter()
            if not self._run_one_job(channels):
                return
            if seconds is not None:
                seconds.append(time.perf_counter() - started)

    def _run_one_job(self, channels):
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT uuid FROM queue_job WHERE state = 'pending' AND channel LIKE %s ORDER BY id LIMIT 1",
                (channels,),
            )
            found = cr.fetchone()
            if not found:
                return False
            job = Job.load(api.Environment(cr, SUPERUSER_ID, {}), found[0])
            job.set_started()
            job.perform()
            job.set_done()
            job.store()
            job.enqueue_waiting()
            cr.commit()
            return True

    # ---- stages ----------------------------------------------------------------------------------------------
    def set_up(self, target_type, amount=10.0):
        """Make the program with its rail and its fund; not timed."""
        self.ids["last_job"] = self.look("SELECT coalesce(max(id), 0) FROM queue_job")[0][0]
        self.request("officer", partial(self._make_program, target_type, amount))
        self.request("administrator", self._make_rail)
        self.request("finance", partial(self._make_fund, amount * self.count * 2))

    def _make_program(self, target_type, amount, env):
        values = {"name": f"Bench {target_type}", "target_type": target_type, "amount_per_cycle": amount}
        self.ids["program"] = env["g2p.program.create.wizard"].create(values).create_program()["res_id"]

    def _make_rail(self, env):
        program = self.program(env)
        manager = env[self.rail.model].create(
            {"name": "Bench rail", "program_id": program.id, **self.rail.values()}
        )
        self.ids["manager"] = manager.id
        program.payment_managers.unlink()
        wrapper = {"program_id": program.id, "manager_ref_id": f"{manager._name},{manager.id}"}
        program.payment_managers = env["g2p.program.payment.manager"].create(wrapper)

    def _make_fund(self, amount, env):
        env["g2p.program.fund"].create({"program_id": self.ids["program"], "amount": amount}).post_fund()

    def time(self, stage):
        """Run a stage.

        :return: float, seconds from the call until the other connection sees all rows
        """
        with self.counting() as counted:
            started = time.perf_counter()
            stage.run(self)
            self.wait_until_seen(stage, "public")
            seconds = time.perf_counter() - started
        self.queries = counted.queries
        return seconds

    @contextmanager
    def counting(self):
        """Count Odoo's queries of a ``with`` block; ``queries`` of what it gives is set at the end."""
        counted, before = SimpleNamespace(queries=0), sql_db.sql_counter
        yield counted
        counted.queries = sql_db.sql_counter - before

    def wait_until_seen(self, stage, schema):
        """Return once the other connection sees all rows of a stage done."""
        for _attempt in range(2000):
            found = self.look(stage.seen.format(schema=schema))[0][0]
            if found == self.count:
                return
            time.sleep(PAUSE)
        raise RuntimeError(f"{stage.name} in {schema}: {found} of {self.count} rows are done.")

    def after(self, stage):
        """Do what lies between this stage and the next and is not timed."""
        if stage.then:
            stage.then(self)
