"""localstripe as a process of its own: its store in our data folder, its answers corrected, no orphan.

``python -m billing.devstripe.peer --fd N --data DIR`` serves on an inherited listening socket and ends
when its standard input ends, that is when the proxy that started it is gone, however it went.
"""

import argparse
import os
import pickle  # nosec B403: our own file, never anything received
import socket
import threading
from pathlib import Path
from typing import Any

from aiohttp import web
from localstripe import resources, server
from localstripe.errors import UserError

from billing.devstripe.corrections import OVERRIDES


def keep_store_in(folder: Path) -> None:
    """Load the store from ``folder`` and save it there, whole or not at all, once per request."""
    path = folder / "localstripe.pickle"

    def dump(store: Any) -> None:
        half = path.with_suffix(".half")
        with half.open("wb") as file:
            pickle.dump(store, file, protocol=pickle.HIGHEST_PROTOCOL)
        half.replace(path)

    store_class = resources.Store
    store_class.__setitem__ = dict.__setitem__
    store_class.__delitem__ = dict.__delitem__
    store_class.dump_to_disk = dump
    if path.exists():
        with path.open("rb") as file:
            resources.store.update(pickle.load(file))  # noqa: S301  # nosec B301: our own file


def no_own_webhooks(event: Any) -> None:
    """localstripe would send each event once; the proxy reads the stored events and sends them."""


@web.middleware
async def corrected(request: web.Request, handler: Any) -> web.StreamResponse:
    """Answer with the corrected handler where there is one; complete localstripe's bare errors."""
    resource = request.match_info.route.resource
    override = OVERRIDES.get((request.method, resource.canonical if resource else ""))
    try:
        answer: web.StreamResponse = await (server.api_extra(override, "") if override else handler)(request)
    except UserError as error:
        if error.code == 402:
            error.body["error"]["type"] = "card_error"
        if error.code == 404:
            error.body["error"].setdefault("code", "resource_missing")
        raise
    return answer


def end_with_the_proxy() -> None:
    """Standard input is a pipe held by the proxy alone."""
    while os.read(0, 1):  # not sys.stdin: its lock would disturb our own end
        pass
    os._exit(0)


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    keep_store_in(options.data)
    resources.schedule_webhook = no_own_webhooks
    server.app.middlewares.append(corrected)
    threading.Thread(target=end_with_the_proxy, daemon=True).start()
    web.run_app(
        server.app,
        sock=socket.socket(fileno=options.fd),
        access_log=None,
        print=None,
        handle_signals=False,
        shutdown_timeout=1,
    )


if __name__ == "__main__":
    main()
