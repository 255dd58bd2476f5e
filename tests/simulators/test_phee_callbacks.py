"""The simulated Payment Hub EE calls back: unsigned, in the shape of its version, and not always (section 5)."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from .phee import callbacks
from .phee.messages import CORRELATION, row

pytest_plugins = ("tests.simulators.phee.fixtures",)


class Listener:
    """Somebody who hears callbacks, and answers with the first of ``answers`` that is left, then with 200."""

    def __init__(self):
        heard, answers = [], []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.append((self.path, dict(self.headers), body))
                self.send_response(answers.pop(0) if answers else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                """Print nothing."""

        self.heard, self.answers = heard, answers
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/callback/OPAQUE"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listener():
    listener = Listener()
    yield listener
    listener.close()


def wait_for(check, seconds=10):
    ends = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < ends
        time.sleep(0.005)


def done(hub):
    return [one for one in hub.state()["callbacks"] if one["status"] == 200]


def play(hub, profile="v1.13.1", outcomes=(), **knobs):
    hub.play({"hub": {"profile": profile, "callback_seconds": 0.01, **knobs}, "outcomes": list(outcomes)})


def send(caller, listener, *rows):
    """Send with both spellings of the header, as somebody who does not know the version."""
    headers = {"X-CallbackURL": listener.url, "X-Callback-URL": listener.url}
    answer = caller.send(*rows or [row(0)], headers=headers, query="?type=CSV")
    return answer.body.get("batch_id") or answer.batch_id


@pytest.mark.parametrize(
    ("profile", "kind"),
    [
        ("v1.4.1", "text"),
        ("v1.7.0", "text"),
        ("v1.8.1", "text"),
        ("v1.11.0", "string"),
        ("v1.12.1", "string"),
        ("v1.13.0", "object"),
        ("v1.13.1", "object"),
    ],
)
def test_callback_has_the_shape_of_its_version(hub, caller, listener, profile, kind):
    play(hub, profile)
    batch_id = send(caller, listener)
    wait_for(lambda: done(hub))
    [(path, headers, body)] = listener.heard
    text = "The Batch Aggregation API was complete with : 100"
    told = {"clientCorrelationId": CORRELATION, "batchId": batch_id, "message": text}
    assert path == "/callback/OPAQUE"
    assert (body.decode() if kind == "text" else json.loads(body)) == (told if kind == "object" else text)
    assert not {"Content-Type", "Authorization", "X-SIGNATURE"} & set(headers)


@pytest.mark.parametrize("profile", ["v1.9.0", "v1.10.0"])
def test_callback_is_impossible_in_these_versions(hub, caller, listener, profile):
    play(hub, profile)
    send(caller, listener)
    play(hub)
    # The next one comes; so the first would have.
    batch_id = send(caller, listener)
    wait_for(lambda: batch_id in [one["batchId"] for one in done(hub)])
    assert [one["batchId"] for one in hub.state()["callbacks"]] == [batch_id]


def test_each_version_has_its_own_spelling_of_the_header(hub, caller, listener):
    play(hub)
    caller.send(row(0), headers={"X-Callback-URL": listener.url})
    batch_id = caller.send(row(1), headers={"X-CallbackURL": listener.url}).batch_id
    wait_for(lambda: batch_id in [one["batchId"] for one in done(hub)])
    assert len(hub.state()["callbacks"]) == 1


def test_callbacks_can_be_off(hub, caller, listener):
    play(hub, callbacks=False)
    send(caller, listener)
    assert hub.state()["callbacks"] == []


def test_failures_keep_the_rate_low_and_the_callback_comes_after_the_last_look(hub, caller, listener):
    play(hub, outcomes=[{"reference": "-0$", "result": "refused"}])
    send(caller, listener, row(0), row(1))
    wait_for(lambda: done(hub))
    assert json.loads(listener.heard[0][2])["message"].endswith(" : 50")


def test_unsuccessful_callback_is_tried_three_times(hub, caller, listener):
    listener.answers[:] = [500, 302, 404, 200]
    play(hub)
    send(caller, listener)
    wait_for(lambda: [one for one in hub.state()["callbacks"] if one["tries"] == 3 and one["status"] == 404])
    assert len(listener.heard) == 3


def test_callback_that_is_heard_in_the_end_is_not_repeated(hub, caller, listener):
    listener.answers[:] = [500]
    play(hub)
    send(caller, listener)
    wait_for(lambda: done(hub))
    assert [one["tries"] for one in hub.state()["callbacks"]] == [2]


@pytest.mark.parametrize("url", ["http://192.0.2.1/x", "http://10.0.0.1/x", "https://127.0.0.1/x"])
def test_no_other_machine_is_spoken_to(monkeypatch, url):
    monkeypatch.setattr(callbacks.http.client, "HTTPConnection", pytest.fail)
    assert callbacks._post(url, b"") is None


def test_callback_that_cannot_be_sent_is_remembered(hub, caller):
    play(hub)
    for number, url in enumerate(("http://192.0.2.1/x", "https://odoo.example.org/x", "nonsense")):
        caller.send(row(number), headers={"X-CallbackURL": url})
    wait_for(lambda: [one["tries"] for one in hub.state()["callbacks"]] == [3, 3, 3])
    assert {one["status"] for one in hub.state()["callbacks"]} == {None}


def test_broken_workflow_says_nothing(hub, caller, listener):
    play(hub, sub_batch_size=1)
    send(caller, listener, row(0, amount="1.5"), row(1))
    batch_id = send(caller, listener)
    wait_for(lambda: batch_id in [one["batchId"] for one in done(hub)])
    assert len(hub.state()["callbacks"]) == 1


def test_correlation_is_a_job_key_where_authorization_is_enabled(hub, caller, listener):
    play(hub, authorization_enabled=True)
    batch_id = send(caller, listener)
    wait_for(lambda: done(hub))
    told = json.loads(listener.heard[0][2])
    assert told["clientCorrelationId"].isdigit()
    assert told["batchId"] == batch_id


def test_callback_can_be_sent_again_and_can_lie(hub, caller, listener):
    play(hub)
    batch_id = caller.send(row(0)).batch_id
    hub.call_back(batch_id, url=listener.url)
    hub.call_back(batch_id, url=listener.url, body='{"batchId": "other"}')
    assert [json.loads(body)["batchId"] for _path, _headers, body in listener.heard] == [batch_id, "other"]
