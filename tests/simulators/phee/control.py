"""What tests say to the simulator itself, the same on both ports."""

from flask import Blueprint, request

from ..script import ScriptError
from .knobs import HubScript

ROOT = "/_simulator"


def control(simulator) -> Blueprint:
    """Return the routes: state, script, reset, release, expire, callback."""
    routes = Blueprint("control", __name__, url_prefix=ROOT)

    @routes.get("/state")
    def state():
        return simulator.state()

    @routes.post("/script")
    def script():
        try:
            simulator.play(HubScript.parse(request.get_json()))
        except ScriptError as error:
            return {"error": str(error)}, 400
        return simulator.state()

    @routes.post("/reset")
    def reset():
        simulator.reset()
        return simulator.state()

    @routes.post("/release")
    def release():
        simulator.release()
        return simulator.state()

    @routes.post("/expire")
    def expire():
        simulator.tokens.expire()
        return simulator.state()

    @routes.post("/callback")
    def callback():
        """Send a callback for ``batchId`` now, true or (``body``) not."""
        asked = request.get_json()
        batch = simulator.engine.batches.get(asked["batchId"])
        if batch is None:
            return {"error": "no such batch"}, 404
        return simulator.callbacks.send(batch, simulator.profile, asked.get("url"), asked.get("body"))

    return routes
