"""Run all stages in one database, plain SQL beside each."""

import contextlib
import statistics

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from tests.environment.progress import say, step

from . import bridge, called_back, hub, interop, population, rails, report
from .documents import Documents
from .plain import Copies
from .run import Run
from .stages import STAGES

WARM_UP = 50  # registrants of the run that is not timed, after which caches are as in a server that runs
ROUNDS = 3  # of plain SQL; the median counts


def measure(server, database, count, limit, vouchers=False):
    """Run all stages in a database and return the report.

    :param server: tests.environment.postgres.Server
    :param str database: one with all addons installed, which is written to
    :param int count: households to pay
    :param float limit: ratio that no stage may pass
    :param bool vouchers: make vouchers too, which takes minutes
    """
    registry = Registry(database)
    with contextlib.closing(server.connect(database)) as watcher:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            users = population.make_users(env)
            population.make_individuals(env, WARM_UP)
        copies = [Copies(server, database, f"plain_{number}") for number in range(1, ROUNDS + 1)]
        for one in copies:
            one.make()
        with interop.direct(lambda *args: _set_parameter(registry, *args)) as direct:
            with step(f"warming up with {WARM_UP} individuals"):
                for rail, stages in (
                    (rails.G2P_CONNECT, STAGES),
                    (hub.RAIL, hub.STAGES),
                    (interop.LONG_LISTS, (*interop.BEFORE, *interop.OWN_LONG)),
                    (direct, (*interop.BEFORE, *interop.OWN_DIRECT)),
                    (bridge.RAIL, (*bridge.BEFORE, *bridge.OWN)),
                ):
                    run = Run(registry, watcher, users, WARM_UP, rail)
                    _run_through(run, stages, "individual", lambda *_args: None)
            slow = _measure_slow(registry, watcher, users, count, direct, copies)
        enveloped = _measure_envelopes(registry, watcher, users, count, copies)
        with step(f"making {count} households"):
            with registry.cursor() as cr:
                population.make_households(api.Environment(cr, SUPERUSER_ID, {}), count)
            with watcher.cursor() as cursor:
                cursor.execute("ANALYZE")
        run = Run(registry, watcher, users, count, rails.G2P_CONNECT)
        results = _measure(run, STAGES, copies)
        # What goes before is the same by any rail.
        through_hub = Run(registry, watcher, users, count, hub.RAIL)
        results += _measure(through_hub, hub.STAGES, copies)[-len(hub.OWN) :]
        results.append(hub.measure_requests(through_hub))
        through_layer = Run(registry, watcher, users, count, interop.LONG_LISTS)
        stages = (*interop.BEFORE, *interop.OWN_LONG)
        results += _measure(through_layer, stages, copies)[-len(interop.OWN_LONG) :]
        results += enveloped + slow
        for one in copies:
            one.close()
        documents = Documents(run, lambda: contextlib.closing(server.connect(database)))
        results.append(documents.measure_csv())
        sheets = [documents.measure_vouchers()] if vouchers else []
        return report.make(count, report.read_settings(watcher), results, limit) | {"vouchers": sheets}


def _run_through(run, stages, target_type, on_stage, time=Run.time):
    """Take a program through all stages; ``on_stage(stage, seconds)`` is called after each.

    :param time: function (run, stage) that runs one, and returns its seconds
    """
    run.set_up(target_type)
    for stage in stages:
        seconds = time(run, stage)
        run.after(stage)
        on_stage(stage, seconds)


def _measure(run, stages, copies, target_type="group", time=Run.time):
    """Take everybody through all stages, plain SQL beside each, and return the rows of the report."""
    results = []

    def compare(stage, seconds):
        results.append(_compare(run, stage, seconds, copies))

    _run_through(run, stages, target_type, compare, time)
    return results


def _measure_slow(registry, watcher, users, count, direct, copies):
    """Pay individuals in short lists and one by one, before there are households; return the rows of the report."""
    count = max(WARM_UP, min(count, interop.MOST))
    with registry.cursor() as cr:
        population.make_individuals(api.Environment(cr, SUPERUSER_ID, {}), count - WARM_UP)
    rows = []
    for rail, own in (
        (interop.SHORT_LISTS, interop.OWN_SHORT),
        (direct, interop.OWN_DIRECT),
        (called_back.RAIL, called_back.OWN),
    ):
        run = Run(registry, watcher, users, count, rail)
        rows += _measure(run, (*interop.BEFORE, *own), copies, "individual")[-len(own) :]
    # What each call costs, which one statement for all of them knows nothing of.
    return [row | {"count": count, "limited": False} for row in rows]


def _measure_envelopes(registry, watcher, users, count, copies):
    """Pay a full envelope of individuals, and a tenth of one before; return the rows of the report.

    Whoever is there already is paid too.
    """
    own = bridge.OWN
    sizes, rows = bridge.Sizes([stage.name for stage in own]), []
    for wanted in bridge.SIZES:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            there = env["res.partner"].search_count([("is_registrant", "=", True)])
            size = max(there, min(wanted, count))
            population.make_individuals(env, size - there)
        with watcher.cursor() as cursor:
            cursor.execute("ANALYZE")
        run = Run(registry, watcher, users, size, bridge.RAIL)
        rows = _measure(run, (*bridge.BEFORE, *own), copies, "individual", sizes.time)[-len(own) :]
        rows = [
            sizes.add_to(row) | {"count": size, "limited": row["stage"] not in bridge.ROUNDS} for row in rows
        ]
    return rows


def _set_parameter(registry, name, value):
    with registry.cursor() as cr:
        api.Environment(cr, SUPERUSER_ID, {})["ir.config_parameter"].set_param(name, value)


def _compare(run, stage, seconds, copies):
    """Let plain SQL do the same, and return one row of the report."""
    parameters = run.ids | {"user": SUPERUSER_ID}
    plain = [
        one.run(stage.plain, parameters, lambda schema: run.wait_until_seen(stage, schema)) for one in copies
    ]
    say(f"{stage.name}: {seconds / statistics.median(plain):.1f}x")
    return {
        "stage": stage.name,
        "seconds": round(seconds, 4),
        "plain_seconds": round(statistics.median(plain), 4),
        "queries": run.queries,
    }
