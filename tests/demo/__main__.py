"""``make demo``. Exit code 0: both sides agree, nothing is open, and what failed is what had to fail."""

import sys
import xmlrpc.client
from contextlib import contextmanager

from tests.environment.environment import Environment
from tests.environment.progress import SetupError
from tests.environment.server import OdooServer

from . import notes, payment_system
from .closing import Closing
from .narration import Narrator
from .story import Story
from .table import format_table
from .watch import Stuck

SHOWN = 20  # differences


def main():
    """Play the demo and return the exit code."""
    narrator = Narrator()
    try:
        return play(narrator)
    except SetupError as error:
        print(f"demo: FAILED: {error}", flush=True)
    except KeyboardInterrupt:
        print("demo: interrupted", flush=True)
    return 1


def play(narrator):
    """Set up, play the story, compare; return the exit code."""
    narrator.chapter("Environment")
    environment = Environment()
    database = environment.clone_database(notes.database_name())
    narrator.say("environment", f"makes the clean database {database} on {environment.server.host}")
    with running_payment_system(narrator) as simulator:
        notes.write(environment, simulator)
        server = OdooServer(
            environment,
            database,
            channels=payment_system.CHANNELS,
            log_path=environment.state_dir / "log" / "demo.log",
        )
        with server:
            narrator.say("environment", f"Odoo and its job runner run at {server.url}; log {server.log_path}")
            story = Story(server, simulator, narrator)
            closing = tell(story)
    if closing is None:
        print(f"demo: FAILED. Odoo's log is {server.log_path}", flush=True)
        return 1
    notes.write(
        environment, simulator, program=story.program, cycle=story.cycle, counts=closing.rows[-1].counts
    )
    return report(closing, narrator, server.warnings())


@contextmanager
def running_payment_system(narrator):
    """Run the payment system with an empty ledger for a ``with`` block."""
    ledger = notes.ledger_path()
    ledger.unlink(missing_ok=True)
    simulator = payment_system.start(ledger)
    try:
        narrator.say("environment", f"a payment system runs at {simulator.base_url}; its ledger is {ledger}")
        yield simulator
    finally:
        simulator.stop()


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
