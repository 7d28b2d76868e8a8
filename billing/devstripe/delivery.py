"""Webhooks: events taken over from localstripe, signed as Stripe does, sent until they are accepted."""

import asyncio
import hashlib
import hmac
import json
import logging
import time

import aiohttp

from billing.devstripe.journal import Delivery, Journal, Webhook

logger = logging.getLogger(__name__)

KEY = {"Authorization": "Bearer sk_test_devstripe"}
LONGEST_WAIT = 60.0
PAGE = 100


def signature(payload: bytes, secret: str, at: int) -> str:
    """The ``Stripe-Signature`` header: HMAC-SHA256 over ``timestamp.payload``."""
    signed = hmac.new(secret.encode(), b"%d.%s" % (at, payload), hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


class Courier:
    """Delivers events in order, each until its webhook answers 2xx, waiting longer after each failure."""

    def __init__(self, journal: Journal, http: aiohttp.ClientSession, peer: str) -> None:
        self._journal = journal
        self._http = http
        self._peer = peer
        self._poke = asyncio.Event()

    def poke(self) -> None:
        """Something happened: look for events now."""
        self._poke.set()

    async def run(self) -> None:
        """For ever: take events over, send what is due, wait for a poke or a moment."""
        while True:
            self._poke.clear()
            try:
                await self._take_events()
                for delivery in self._journal.due(time.time()):
                    await self._send(delivery)
            except aiohttp.ClientError as error:
                logger.warning("events not read: %s", error)
            try:
                async with asyncio.timeout(1):
                    await self._poke.wait()
            except TimeoutError:
                continue

    async def _take_events(self) -> None:
        """localstripe lists events oldest first and keeps them in its store."""
        more = True
        while more:
            cursor = self._journal.cursor()
            query = {"limit": str(PAGE)} | ({"starting_after": cursor} if cursor else {})
            async with self._http.get(f"{self._peer}/v1/events", params=query, headers=KEY) as answer:
                page = await answer.json()
            for event in page["data"]:
                body = json.dumps({"livemode": False, **event}).encode()
                self._journal.take_event(event["id"], event["type"], body)
            more = bool(page["has_more"])

    async def _send(self, delivery: Delivery) -> None:
        hooks = {hook.id: hook for hook in self._journal.webhooks()}
        hook = hooks.get(delivery.webhook)
        if hook is None:
            return
        if await self._accepted(hook, delivery.body):
            self._journal.delivered(delivery)
        else:
            wait = min(LONGEST_WAIT, 0.5 * 2**delivery.attempts)
            self._journal.postponed(delivery, until=time.time() + wait)

    async def _accepted(self, hook: Webhook, body: bytes) -> bool:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(body, hook.secret, int(time.time())),
        }
        timeout = aiohttp.ClientTimeout(total=10)
        try:
            async with self._http.post(hook.url, data=body, headers=headers, timeout=timeout) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.info("webhook %s not delivered: %s", hook.id, error)
            return False
