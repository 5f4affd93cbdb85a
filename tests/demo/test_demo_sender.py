"""A school's system in the demo: it comes again when it is told to, and says what is wrong."""

import json
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from gemist.demo.plan import Event
from gemist.demo.sender import DemoError, Sender

EVENTS = [Event(0, "s1", None, b'{"n":%d}' % number, 0) for number in range(3)]
ACCEPTED = {"accepted": 3, "rejected": 0, "events": []}


class Door:
    """Answers as it was told to, one answer after the other; None hangs up."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.requests = []
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                door.requests.append((self.path, self.headers["Authorization"], body))
                answer = door.answers.pop(0)
                if answer is None:
                    self.close_connection = True
                    return
                status, headers, said = answer
                content = json.dumps(said).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def send(*answers):
    """What the door was sent, and for how long the sender waited."""
    waited = []
    with closing(Door(answers)) as door, closing(Sender(door.port, "t0", waited.append)) as sender:
        try:
            sender.send(EVENTS)
            error = None
        except DemoError as refused:
            error = str(refused)
    return door.requests, waited, error


def test_events_are_posted_as_lines_with_the_schools_token():
    requests, waited, error = send((200, {}, ACCEPTED))
    lines = b'{"n":0}\n{"n":1}\n{"n":2}'
    assert (requests, waited, error) == ([("/v1/events", "Bearer t0", lines)], [], None)


def test_whoever_is_told_to_come_later_comes_later_with_the_same():
    requests, waited, error = send((429, {"Retry-After": "3"}, {}), (200, {}, ACCEPTED))
    assert (len(requests), waited, error) == (2, [3.0], None)
    assert requests[0] == requests[1]


def test_a_door_that_hung_up_is_asked_again():
    requests, waited, error = send(None, (200, {}, ACCEPTED))
    assert (len(requests), waited, error) == (2, [], None)


def test_a_door_that_never_has_time_is_given_up():
    requests, _, error = send(*[(503, {"Retry-After": "1"}, {})] * 5)
    assert len(requests) == 5
    assert error == "the node's door does not take registers: it answers 503"


def test_a_wrong_token_is_said_at_once():
    requests, _, error = send((401, {}, {}))
    assert (len(requests), error) == (1, "the node's door does not take registers: it answers 401")


def test_events_that_are_refused_are_said_with_their_reasons():
    rejects = [{"reason": "too old"}, {"reason": "clock"}, {"reason": "clock"}]
    events = [{"rejects": []}, {"rejects": rejects[:2]}, {"rejects": rejects[2:]}]
    _, _, error = send((200, {}, {"accepted": 1, "rejected": 2, "events": events}))
    assert error == "the node's door refuses events: clock, too old"
