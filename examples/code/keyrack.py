"""Asks Keyrack whether a call to your API may go on. Needs nothing but Python 3.8.

Run Keyrack with --trusted-gateway and this program's address, so that it believes the method and path that are told
here; with --trusted-proxy, if keys are narrowed to client addresses.
"""

import http.client
import json
import threading

KEYRACK = "127.0.0.1:8080"
# The project and environment whose keys this API accepts. Never take them from the call.
ENVIRONMENT = "my-blog/prod"
# What Keyrack needs of the call's own headers.
PASSED = ("X-API-Key", "Authorization", "Origin", "Sec-Fetch-Site",
          "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")

_connections = threading.local()  # kept open: a new one would cost more than the question


class Refused(Exception):
    """The call must be answered with this status and body, and nothing else done."""

    def __init__(self, status, body):
        super().__init__(status)
        self.status, self.body = status, body


def identify(method, target, headers, client):
    """Who makes the call: {"id", "kind", "project", "environment", "group", "user_id", …}.

    `target` is path and query as they came, `headers` a mapping, `client` the address of the caller. Raises Refused.
    The answer is never kept: a key that is deleted is refused from the next call on.
    """
    asked = {name: headers[name] for name in PASSED if headers.get(name)}
    asked.update({"X-Original-Method": method, "X-Original-URI": target, "X-Forwarded-For": client})
    try:
        status, body = _ask(asked)
    except (OSError, http.client.HTTPException):
        _connections.open = None
        status, body = 503, b""
    # Whatever is not a clear yes is a no.
    if status != 200:
        raise Refused(status if status in (401, 403, 429) else 503, body)
    return json.loads(body)


def _ask(headers):
    fresh = getattr(_connections, "open", None) is None
    if fresh:
        _connections.open = http.client.HTTPConnection(KEYRACK, timeout=1)
    try:
        _connections.open.request("GET", "/v1/key/" + ENVIRONMENT, headers=headers)
        answer = _connections.open.getresponse()
        return answer.status, answer.read()
    except (ConnectionError, http.client.BadStatusLine):
        _connections.open = None
        if fresh:
            raise
        return _ask(headers)  # it was closed while nobody called
