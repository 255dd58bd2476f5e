"""``make demo``. Exit code 0: both sides agree, nothing is open, and what failed is what had to fail."""

import argparse
import sys
import xmlrpc.client

from tests.environment.environment import Environment
from tests.environment.progress import SetupError
from tests.environment.server import OdooServer

from . import notes
from .closing import Closing
from .narration import Narrator
from .rails import RAILS, UnknownRail, make_rail
from .story import Story
from .table import format_table
from .watch import Stuck

SHOWN = 20  # differences


def main():
    """Play the demo and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("--rail", choices=sorted(RAILS), default="g2p_connect", help="how the money is paid")
    parser.add_argument(
        "--mode",
        default="",
        help="of the rail, where it has several: interop has pil and sdk, g2p_connect sync, async and bridge",
    )
    arguments = parser.parse_args()
    try:
        rail = make_rail(arguments.rail, arguments.mode)
    except UnknownRail as error:
        parser.error(str(error))
    try:
        return play(Narrator(), rail)
    except SetupError as error:
        print(f"demo: FAILED: {error}", flush=True)
    except KeyboardInterrupt:
        print("demo: interrupted", flush=True)
    return 1


def play(narrator, rail):
    """Set up, play the story, compare; return the exit code.

    :param narrator: narration.Narrator
    :param rail: rails.rail.Rail
    """
    narrator.chapter("Environment")
    environment = Environment()
    database = environment.clone_database(notes.database_name())
    narrator.say("environment", f"makes the clean database {database} on {environment.server.host}")
    with rail.running(narrator):
        notes.write(environment, rail)
        server = OdooServer(
            environment,
            database,
            channels=rail.channels,
            log_path=environment.state_dir / "log" / "demo.log",
        )
        with server:
            narrator.say("environment", f"Odoo and its job runner run at {server.url}; log {server.log_path}")
            story = Story(server, rail, narrator)
            closing = tell(story)
    if closing is None:
        print(f"demo: FAILED. Odoo's log is {server.log_path}", flush=True)
        return 1
    notes.write(environment, rail, program=story.program, cycle=story.cycle, counts=closing.rows[-1].counts)
    return report(closing, narrator, find_complaints(server.warnings(), story.refusals))


def tell(story):
    """Play the story and read how it ended; None where it broke off, with the reason printed."""
    try:
        story.play()
        return Closing(story)
    except xmlrpc.client.Fault as fault:
        print(f"\nOdoo refused:\n{fault.faultString}", flush=True)
    except (Stuck, PermissionError) as error:
        print(f"\n{error}", flush=True)
    return None


def find_complaints(warnings, refusals):
    """Return what Odoo logged above INFO, but for the refusals that belong to the story: each is logged once.

    :param warnings: texts of the log
    :param refusals: what Odoo said when it refused
    """
    left = list(refusals)
    complaints = []
    for text in warnings:
        expected = next((one for one in left if " WARNING " in text and "odoo.http: " + one in text), None)
        if expected is None:
            complaints.append(text)
        else:
            left.remove(expected)
    return complaints


def report(closing, narrator, complaints):
    """Print table, comparison and last line; return the exit code.

    :param closing: closing.Closing
    :param narrator: narration.Narrator
    :param complaints: what Odoo logged above INFO; there has to be nothing
    """
    narrator.chapter("The money")
    print("\n".join(format_table(closing.rows)))
    verdict = closing.verdict
    narrator.chapter("Odoo and the ledger, payment by payment")
    for line in verdict.differences[:SHOWN]:
        print(f"  {line}")
    if len(verdict.differences) > SHOWN:
        print(f"  … and {len(verdict.differences) - SHOWN} more")
    narrator.say(
        "comparison",
        f"{len(closing.payments)} payments, {len(closing.ledger)} executed by the payment system,"
        f" {len(verdict.differences)} differences",
    )
    for text in complaints:
        print(f"Odoo's log complains: {text}")
    print(f"Notes: {notes.FILE}. By hand: make serve\n\n{verdict.last_line}", flush=True)
    return 0 if verdict.agrees and not complaints else 1


if __name__ == "__main__":
    sys.exit(main())
