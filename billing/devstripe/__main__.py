"""``python -m billing.devstripe --port N --data DIR``: serve the local Stripe until told to stop."""

import argparse
import os
import sys
import threading
from pathlib import Path

from aiohttp import web

from billing.devstripe.journal import Webhook
from billing.devstripe.proxy import build


def end_with_standard_input() -> None:
    """For starters that may be killed: their end of the pipe closes with them."""
    while os.read(0, 1):  # not sys.stdin: its lock would disturb our own end
        pass
    os._exit(0)


def main() -> None:
    """Parse the options and serve."""
    parser = argparse.ArgumentParser(prog="python -m billing.devstripe", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, required=True, help="folder of the store")
    parser.add_argument(
        "--webhook", help="where events are sent, such as http://localhost:8000/stripe/webhook/"
    )
    parser.add_argument("--webhook-secret", help="whsec_..., with which they are signed")
    parser.add_argument("--end-with-stdin", action="store_true", help="stop when standard input ends")
    options = parser.parse_args()
    if options.webhook and not options.webhook_secret:
        parser.error("--webhook needs --webhook-secret")
    app, proxy = build(options.data.resolve())
    if options.webhook:
        proxy.journal.keep_webhook(Webhook("main", options.webhook, options.webhook_secret, None))
    if options.end_with_stdin:
        threading.Thread(target=end_with_standard_input, daemon=True).start()
    try:
        web.run_app(
            app, host=options.host, port=options.port, access_log=None, print=None, shutdown_timeout=1
        )
    except OSError as error:
        sys.exit(f"The local Stripe cannot listen on port {options.port}: {error.strerror}")


if __name__ == "__main__":
    main()
