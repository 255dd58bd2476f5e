"""What tests say to the simulator itself."""

from flask import Blueprint, request

from ..control import basic_control
from .knobs import BridgeScript


def control(simulator) -> Blueprint:
    """Return the routes that every simulator has, and step, finish, statement and day."""
    routes = basic_control(simulator, BridgeScript, "step", "finish", "statement")

    @routes.post("/day")
    def day():
        """Let today be ``days_ahead`` days from now."""
        days = request.get_json().get("days_ahead")
        if type(days) is not int:
            return {"error": "days_ahead is a number of days"}, 400
        simulator.clock.days_ahead = days
        simulator.works.wake()
        return simulator.state()

    return routes
