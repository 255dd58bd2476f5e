"""Every recorded exchange comes out again: the same status, the same members, the same words."""

import json
from functools import lru_cache

import pytest

from .interop.contract import PIL_FILE, SDK_FILE, official
from .interop.knobs import TOOLKIT_RULES
from .interop.messages import SAMPLES, call, payee

pytest_plugins = ("tests.simulators.interop.fixtures",)

NAMES = sorted(path.stem for path in SAMPLES.glob("*.json"))
#: Members that the files do not know, and the real systems send all the same.
UNDOCUMENTED = {
    "initiatedTimestamp",
    "direction",
    "traceId",
    "prepare",
    "transactionId",
    "payerFsp",
    "payeeFsp",
}
UNDOCUMENTED |= {
    "getPartiesRequest",
    "quoteRequest",
    "originalIso20022QuoteResponse",
    "message",
    "statusCode",
}
UNDOCUMENTED |= {
    "transferState",
    "uptime",
    "startTime",
    "versionNumber",
    "services",
    "LoggerPresent",
    "status",
}
#: Told anew each time, so that only the kind of value can be compared.
VOLATILE = {
    "timestamp",
    "initiatedTimestamp",
    "completedTimestamp",
    "expiration",
    "quoteId",
    "traceId",
    "condition",
}
VOLATILE |= {"ilpPacket", "fulfilment", "uptime", "startTime"}
#: What messages between banks carry besides, which was made up at random by the bank that was played.
MADE_UP = {"headers", "geoCode", "extensionList"}


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text())


@lru_cache(maxsize=1)
def known_names():
    """Return the names of all members that the two files know, and those above."""
    names, todo = set(UNDOCUMENTED), [official(PIL_FILE), official(SDK_FILE)]
    while todo:
        node = todo.pop()
        names.update(node.get("properties", {}) if isinstance(node, dict) else {})
        children = node.values() if isinstance(node, dict) else node
        todo += [child for child in children if isinstance(child, dict | list)]
    return names - MADE_UP


def essence(value, name=""):
    """Return what an answer says, without what was made up and without what is another each time."""
    if isinstance(value, dict):
        return {key: essence(inner, key) for key, inner in value.items() if key in known_names()}
    if isinstance(value, list):
        return [essence(inner, name) for inner in value]
    return type(value).__name__ if name in VOLATILE else value


def replay(scheme, exchange):
    request = exchange["request"]
    if request == "1001 payees":
        lines = [payee(number) for number in range(1001)]
        return call(scheme.payment_url, "POST", {"disbursementId": "x", "payeeList": lines})
    host, path = request["url"].split("//")[1].split("/", 1)
    base = {"127.0.0.1:8102": scheme.pil_url, "127.0.0.1:8111": scheme.sdk_url}[host]
    return call(f"{base}/{path}", request["method"], request["body"])


@pytest.mark.parametrize("name", NAMES)
def test_recorded_exchange_is_reproduced(scheme, name):
    # The banks of the recording refuse and lose by what is transferred, fees included. So a RECEIVE of 777, 778,
    # 888, 999 or 666 was simply paid: samples whose names say otherwise recorded COMMITTED.
    scheme.play({"outcomes": TOOLKIT_RULES})
    exchange = sample(name)
    before = name.replace("_get_", "_post_")
    if name == "pil_get_known":
        replay(scheme, sample("pil_post_partial"))
    elif before != name and before in NAMES:
        replay(scheme, sample(before))
    answer = replay(scheme, exchange)
    assert answer.status == exchange["status"]
    if exchange["body"] is None:
        assert (answer.raw, answer.headers.get("Content-Type")) == (b"", None)
    else:
        assert essence(answer.body) == essence(exchange["body"])


def test_comparison_of_samples_would_see_a_difference():
    body = sample("sdk_post_committed")["body"]
    for spoil in (
        lambda one: one.pop("quoteId"),
        lambda one: one["fulfil"]["body"].update(transferState="ABORTED"),
        lambda one: one["quoteResponse"]["body"]["payeeReceiveAmount"].update(amount=100),
        lambda one: one.update(currentState="ABORTED"),
    ):
        other = json.loads(json.dumps(body))
        spoil(other)
        assert essence(other) != essence(body)
    assert len(NAMES) == 25
