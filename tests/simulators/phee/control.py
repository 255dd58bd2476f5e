"""What tests say to the simulator itself, the same on both ports."""

from flask import Blueprint, request

from ..control import basic_control
from .knobs import HubScript


def control(simulator) -> Blueprint:
    """Return the routes that every simulator has, expire and callback."""
    routes = basic_control(simulator, HubScript, "expire")

    @routes.post("/callback")
    def callback():
        """Send a callback for ``batchId`` now, true or (``body``) not."""
        asked = request.get_json()
        batch = simulator.engine.batches.get(asked["batchId"])
        if batch is None:
            return {"error": "no such batch"}, 404
        return simulator.callbacks.send(batch, simulator.profile, asked.get("url"), asked.get("body"))

    return routes
