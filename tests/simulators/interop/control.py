"""What tests say to the simulator itself, the same on both ports."""

from flask import Blueprint

from ..control import basic_control
from .knobs import SchemeScript


def control(simulator) -> Blueprint:
    """Return the routes that every simulator has, and expire, restart and settle."""
    return basic_control(simulator, SchemeScript, "expire", "restart", "settle")
