"""The face of the local Stripe: idempotency keys, webhooks, CORS, recorded calls, faults (README.md)."""

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import socket
import subprocess  # nosec B404: starts localstripe, without a shell
import sys
from collections import deque
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from billing.devstripe.delivery import Courier
from billing.devstripe.faults import Fault, Faults, Mode
from billing.devstripe.journal import Answer, Journal, Webhook

logger = logging.getLogger(__name__)

STAND_IN = "/js.stripe.com/v3/"
STAND_IN_MORE = Path(__file__).with_name("standin.js")
CALLS_KEPT = 5000
PEER_STARTS_WITHIN = 20.0
LONGEST_SILENCE = 120.0
SECRET_PARAMS = ("number", "cvc")


class Peer:
    """localstripe as a child process on a loopback port of its own; it ends when our pipe to it ends."""

    def __init__(self, data: Path) -> None:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        self.address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        fd = listening.fileno()
        command = [sys.executable, "-m", "billing.devstripe.peer", "--fd", str(fd), "--data", str(data)]
        root = str(Path(__file__).resolve().parents[2])
        self._process = subprocess.Popen(  # nosec B603: our own module, no shell
            command, stdin=subprocess.PIPE, pass_fds=(fd,), cwd=root, start_new_session=True
        )
        listening.close()

    async def wait_until_ready(self, http: aiohttp.ClientSession) -> None:
        """Raises RuntimeError when it ends or stays silent."""
        async with asyncio.timeout(PEER_STARTS_WITHIN):
            while self._process.poll() is None:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{self.address}{STAND_IN}"):
                        return
                await asyncio.sleep(0.05)
        raise RuntimeError("localstripe did not start")

    async def watch(self) -> None:
        """Ends the proxy when localstripe ends, so that whoever started the proxy can start it again."""
        while self._process.poll() is None:
            await asyncio.sleep(0.5)
        logger.error("localstripe ended with %s", self._process.returncode)
        os._exit(1)

    def stop(self) -> None:
        """Close the pipe and wait."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Proxy:
    """One request: meet a fault, look up the idempotency key, ask localstripe, remember the answer."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.journal = Journal(data / "proxy.sqlite3")
        self.faults = Faults()
        self.calls: deque[dict[str, Any]] = deque(maxlen=CALLS_KEPT)
        self._locks: dict[str, asyncio.Lock] = {}
        self.peer: Peer
        self.http: aiohttp.ClientSession
        self.courier: Courier

    async def life(self, app: web.Application) -> AsyncIterator[None]:
        """Start localstripe and the courier; stop both at the end."""
        timeout = aiohttp.ClientTimeout(total=60)
        async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as self.http:
            self.peer = Peer(self.data)
            await self.peer.wait_until_ready(self.http)
            self.courier = Courier(self.journal, self.http, self.peer.address)
            tasks = [asyncio.create_task(self.courier.run()), asyncio.create_task(self.peer.watch())]
            yield
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self.peer.stop()
        self.journal.close()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Any address of Stripe's."""
        body = await request.read()
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        call: dict[str, Any] = {
            "method": request.method,
            "path": request.path,
            "params": shown(parameters(body) if body else dict(request.query)),
            "idempotency_key": key,
            "status": None,
            "replayed": False,
        }
        self.calls.append(call)
        fault = self.faults.take(request.method, request.path)
        if fault is not None and (refused := await meet(fault, request)) is not None:
            return refused
        answer = await (self._once(request, body, key, call) if key else self._ask(request, body))
        call["status"] = answer.status
        if request.method in ("POST", "DELETE"):
            self.courier.poke()
        if fault is not None and fault.mode is Mode.DROP_AFTER:
            hang_up(request)
        return answer

    async def _once(self, request: web.Request, body: bytes, key: str, call: dict[str, Any]) -> web.Response:
        """The same key gives the same answer; a second sender waits for the first."""
        asked = (
            f"{request.method} {request.path} ".encode()
            + json.dumps(parameters(body), sort_keys=True).encode()
        )
        fingerprint = hashlib.sha256(asked).hexdigest()
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            stored = self.journal.answer(key)
            if stored is None:
                answer = await self._ask(request, body)
                if 200 <= answer.status < 300 or answer.status == 402:
                    kept = answer.body if isinstance(answer.body, bytes) else b""
                    self.journal.keep_answer(key, Answer(fingerprint, answer.status, kept))
                return answer
        if stored.fingerprint != fingerprint:
            return problem(
                400,
                "idempotency_error",
                "Keys for idempotent requests can only be used with the same parameters they were first used "
                f"with. Try using a key other than '{key}' if you meant to execute a different request.",
            )
        call["replayed"] = True
        headers = {"Idempotent-Replayed": "true"}
        return web.Response(
            status=stored.status, body=stored.body, content_type="application/json", headers=headers
        )

    async def _ask(self, request: web.Request, body: bytes) -> web.Response:
        headers = {
            name: request.headers[name]
            for name in ("Authorization", "Content-Type")
            if name in request.headers
        }
        url = self.peer.address + request.raw_path
        async with self.http.request(request.method, url, data=body, headers=headers) as answer:
            return web.Response(
                status=answer.status,
                body=await answer.read(),
                content_type=answer.content_type,
                charset="utf-8",
            )

    async def stand_in(self, request: web.Request) -> web.Response:
        """localstripe's Stripe.js, and what people need to use it: labels, and card numbers with spaces."""
        async with self.http.get(self.peer.address + STAND_IN) as answer:
            script = await answer.text()
        return web.Response(
            text=f"{script}\n{STAND_IN_MORE.read_text()}", content_type="application/javascript"
        )

    # Ours: for the supervisor and the tests

    async def register_webhook(self, request: web.Request) -> web.Response:
        """``url`` and ``secret``; ``events`` if not all are wanted."""
        wish = parameters(await request.read())
        url, secret, events = wish.get("url", ""), wish.get("secret"), wish.get("events")
        if not secret or not str(url).startswith("http"):
            return problem(400, "invalid_request_error", "a webhook needs url and secret")
        chosen = tuple(events) if isinstance(events, list) else None
        self.journal.keep_webhook(Webhook(request.match_info["id"], str(url), str(secret), chosen))
        return web.json_response({"ok": True})

    async def forget_webhook(self, request: web.Request) -> web.Response:
        """Nothing more is sent to it."""
        self.journal.forget_webhook(request.match_info["id"])
        return web.json_response({"ok": True})

    async def forget_data(self, request: web.Request) -> web.Response:
        """Customers, cards, payments, keys, calls, faults: gone. Webhooks stay."""
        async with self.http.delete(f"{self.peer.address}/_config/data"):
            self.journal.forget_data()
        self.faults.clear()
        self.calls.clear()
        return web.json_response({"ok": True})

    async def add_fault(self, request: web.Request) -> web.Response:
        """A fault, or a list of them."""
        wish = await request.json()
        try:
            for one in wish if isinstance(wish, list) else [wish]:
                self.faults.add(Fault.parse(one))
        except ValueError as error:
            return problem(400, "invalid_request_error", str(error))
        return web.json_response({"ok": True})

    async def clear_faults(self, request: web.Request) -> web.Response:
        """No more faults."""
        self.faults.clear()
        return web.json_response({"ok": True})

    async def list_calls(self, request: web.Request) -> web.Response:
        """What was asked, oldest first."""
        return web.json_response(list(self.calls))

    async def clear_calls(self, request: web.Request) -> web.Response:
        """Begin a new list."""
        self.calls.clear()
        return web.json_response({"ok": True})

    async def list_deliveries(self, request: web.Request) -> web.Response:
        """Every event sent or to be sent, oldest first."""
        return web.json_response(self.journal.deliveries())

    async def redeliver(self, request: web.Request) -> web.Response:
        """Send an event (``{"event": id}``), or all, once more."""
        wish = parameters(await request.read())
        count = self.journal.redeliver(wish.get("event"))
        self.courier.poke()
        return web.json_response({"deliveries": count})


def parameters(body: bytes) -> dict[str, Any]:
    """JSON (the Stripe.js stand-in sends it) or a form; a form keeps its flat names (``metadata[key]``)."""
    if not body:
        return {}
    try:
        found = json.loads(body)
    except ValueError:
        return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    return found if isinstance(found, dict) else {}


def shown(params: dict[str, Any]) -> dict[str, Any]:
    """For the list of calls: no card numbers."""
    return {
        name: shown(value)
        if isinstance(value, dict)
        else "…"
        if name.rstrip("]").endswith(SECRET_PARAMS)
        else value
        for name, value in params.items()
    }


def problem(status: int, kind: str, message: str) -> web.Response:
    """An error in Stripe's form."""
    return web.json_response({"error": {"type": kind, "message": message}}, status=status)


def hang_up(request: web.Request) -> None:
    """Cut the connection: the client hears nothing."""
    if request.transport is not None:
        request.transport.abort()


async def meet(fault: Fault, request: web.Request) -> web.Response | None:
    """What a fault does before the request is carried out; None lets it through."""
    if fault.mode is Mode.ERROR:
        return problem(500, "api_error", "A fault that was asked for.")
    if fault.mode is Mode.TIMEOUT:
        await asyncio.sleep(LONGEST_SILENCE)
        hang_up(request)
        return problem(500, "api_error", "A fault that was asked for.")
    if fault.mode is Mode.DELAY:
        await asyncio.sleep(fault.seconds)
    return None


@web.middleware
async def cross_origin(request: web.Request, handler: Any) -> web.StreamResponse:
    """The stand-in calls from pages of another origin; our own addresses are for this machine alone."""
    if request.path.startswith("/_") and request.remote not in ("127.0.0.1", "::1"):
        return problem(403, "invalid_request_error", "only from this machine")
    answer: web.StreamResponse
    answer = web.Response(status=204) if request.method == "OPTIONS" else await handler(request)
    if origin := request.headers.get("Origin"):
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Headers"] = (
            "Authorization, Content-Type, Accept, Idempotency-Key"
        )
        answer.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE, OPTIONS"
        answer.headers["Vary"] = "Origin"
    return answer


def build(data: Path) -> tuple[web.Application, Proxy]:
    """The application over the store in ``data``."""
    data.mkdir(parents=True, exist_ok=True)
    proxy = Proxy(data)
    app = web.Application(middlewares=[cross_origin], client_max_size=1 << 20)
    app.cleanup_ctx.append(proxy.life)
    app.add_routes([
        web.get(STAND_IN, proxy.stand_in),
        web.post("/_config/webhooks/{id}", proxy.register_webhook),
        web.delete("/_config/webhooks/{id}", proxy.forget_webhook),
        web.delete("/_config/data", proxy.forget_data),
        web.post("/_faults", proxy.add_fault),
        web.delete("/_faults", proxy.clear_faults),
        web.get("/_calls", proxy.list_calls),
        web.delete("/_calls", proxy.clear_calls),
        web.get("/_deliveries", proxy.list_deliveries),
        web.post("/_redeliver", proxy.redeliver),
        web.route("*", "/{anything:.*}", proxy.handle),
    ])  # fmt: skip
    return app, proxy
