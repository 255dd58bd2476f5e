"""What tests say to the simulator itself."""

from flask import Blueprint, request

from ..script import ScriptError
from .burst import burst
from .knobs import ConnectScript

ROOT = "/_simulator"


def control(simulator) -> Blueprint:
    """Return the routes: state, script, reset, release, expire, burst."""
    routes = Blueprint("control", __name__, url_prefix=ROOT)

    @routes.get("/state")
    def state():
        return simulator.state()

    @routes.post("/script")
    def script():
        try:
            simulator.play(ConnectScript.parse(request.get_json()))
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

    @routes.post("/burst")
    def fire():
        try:
            return burst(simulator, **request.get_json())
        except (TypeError, ValueError) as error:
            return {"error": str(error)}, 400

    return routes
