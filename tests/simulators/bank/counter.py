"""The counter: files from one folder, results and refusals into another."""

import argparse
import json
import sys
from pathlib import Path

from ..script import ScriptError
from .bank import Bank
from .faults import BankScript
from .orders import Refused

DESCRIPTION = """A bank and a pay point without an API: takes each payment file of a folder (the bank's CSV,
pain.001.001.09, or a pay point's list as XLSX) once, and leaves a file of results for it, or what is wrong with it."""


def work_off(bank, inbox, outbox):
    """Take each file of a folder, in the order of their names; what was looked at is put into ``done`` below it.

    :param bank: bank.Bank
    :param inbox: folder
    :param outbox: folder, made where it is not there
    :return: list of (name of the file, Reply or list of texts that say why it was refused)
    """
    inbox, outbox = Path(inbox), Path(outbox)
    done = inbox / "done"
    for folder in (done, outbox):
        folder.mkdir(parents=True, exist_ok=True)
    told = []
    for path in sorted(path for path in inbox.iterdir() if path.is_file() and not path.name.startswith(".")):
        try:
            answer = bank.take(path.name, path.read_bytes())
            (outbox / answer.name).write_bytes(answer.content)
        except Refused as refusal:
            answer = refusal.problems
            (outbox / f"{path.name}-refused.txt").write_text("\n".join([path.name, *answer]) + "\n")
        path.replace(done / path.name)
        told.append((path.name, answer))
    return told


def main(arguments=None):
    """Work off a folder as the command line says; return 1 where a file was refused."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.bank", description=DESCRIPTION)
    parser.add_argument("--inbox", required=True, help="folder of payment files")
    parser.add_argument("--outbox", required=True, help="folder for results and refusals")
    parser.add_argument("--ledger", required=True, help="file of executed payments; kept and added to")
    parser.add_argument("--script", help="JSON file of outcomes, and of faults in results")
    args = parser.parse_args(arguments)
    if not Path(args.inbox).is_dir():
        parser.error(f"{args.inbox} is no folder")
    try:
        script = BankScript.load(args.script)
    except (OSError, json.JSONDecodeError, ScriptError) as error:
        sys.exit(f"{args.script}: {error}")
    bank = Bank(args.ledger, script)
    try:
        told = work_off(bank, args.inbox, args.outbox)
    finally:
        bank.close()
    for name, answer in told:
        print(f"{name}: {_describe(answer)}")
    return int(any(isinstance(answer, list) for _name, answer in told))


def _describe(answer):
    if isinstance(answer, list):
        return "refused: " + "; ".join(answer)
    return f"{answer.paid} paid, {answer.refused} refused, {answer.pending} pending; {answer.name}"
