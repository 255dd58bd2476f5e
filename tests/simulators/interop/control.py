"""What tests say to the simulator itself, the same on both ports."""

from flask import Blueprint, request

from ..script import ScriptError
from .knobs import SchemeScript

ROOT = "/_simulator"


def control(simulator) -> Blueprint:
    """Return the routes: state, and script, reset, release, restart, settle, expire."""
    routes = Blueprint("control", __name__, url_prefix=ROOT)

    @routes.get("/state")
    def state():
        return simulator.state()

    @routes.post("/script")
    def script():
        try:
            simulator.play(SchemeScript.parse(request.get_json()))
        except ScriptError as error:
            return {"error": str(error)}, 400
        return simulator.state()

    @routes.post("/<any(reset, release, restart, settle, expire):name>")
    def do(name):
        getattr(simulator, name)()
        return simulator.state()

    return routes
