"""What tests say to the simulator itself."""

from flask import Blueprint, request

from ..control import basic_control
from .burst import burst
from .knobs import ConnectScript


def control(simulator) -> Blueprint:
    """Return the routes that every simulator has, expire and burst."""
    routes = basic_control(simulator, ConnectScript, "expire")

    @routes.post("/burst")
    def fire():
        try:
            return burst(simulator, **request.get_json())
        except (TypeError, ValueError) as error:
            return {"error": str(error)}, 400

    return routes
