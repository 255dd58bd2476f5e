"""What tests say to any simulator itself."""

from flask import Blueprint, request

from .script import ScriptError

ROOT = "/_simulator"


def basic_control(simulator, script_type, *commands) -> Blueprint:
    """Return the routes that every simulator has, state, script, reset and release, and one for each command.

    :param script_type: class that parses the script of this payment system
    :param commands: further methods of the simulator that take nothing
    """
    routes = Blueprint("control", __name__, url_prefix=ROOT)

    @routes.get("/state")
    def state():
        return simulator.state()

    @routes.post("/script")
    def script():
        try:
            simulator.play(script_type.parse(request.get_json()))
        except ScriptError as error:
            return {"error": str(error)}, 400
        return simulator.state()

    @routes.post(f"/<any({', '.join(('reset', 'release', *commands))}):name>")
    def do(name):
        getattr(simulator, name)()
        return simulator.state()

    return routes
