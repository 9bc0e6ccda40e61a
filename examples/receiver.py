"""Receives events of Injeung, verifies their signatures and prints them: see README.md."""

import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT = int(os.environ.get("PORT", "4200"))
# One secret, or the new and the old one while it is replaced.
SECRETS = [secret.strip() for secret in os.environ.get("EVENTS_SECRET", "").split(",")]
if not all(secret.startswith("whsec_") for secret in SECRETS):
    raise SystemExit("set EVENTS_SECRET as in Injeung")
KEYS = [base64.b64decode(secret[len("whsec_"):]) for secret in SECRETS]
# The ids of events that were received. A real receiver stores them for four days, with what it does for the event.
known = set()


def is_signed(headers, body):
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > 300:
        return False
    signed = f"{headers.get('webhook-id')}.{sent_at}.".encode() + body
    expected = ["v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in KEYS]
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one.encode(), other.encode()) for one in given for other in expected)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not is_signed(self.headers, body):
            return self.answer(401)
        event = json.loads(body)
        # Act here, before the answer: an event that is not answered with 2xx comes again. `ping` comes from the doctor.
        if self.headers["webhook-id"] not in known and event["type"] != "ping":
            fields = [event["data"].get(name) for name in ("verificationId", "status", "recipient")]
            print(event["type"], *filter(None, fields), flush=True)
        known.add(self.headers["webhook-id"])
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        """Prints nothing but the events."""


server = ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
print(f"The receiver is http://127.0.0.1:{PORT}", flush=True)
server.serve_forever()
