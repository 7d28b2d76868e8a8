"""The demo's mail server: keeps every mail as a file and sends none (``python -m config.mailcatcher``).

The pages at ``/dev/mail/`` (``config.dev_views``) show what it kept.
"""

import argparse
import asyncio
import re
import secrets
import signal
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

NAME = re.compile(r"\d{8}T\d{12}-[0-9a-f]{6}")
LARGEST_MAIL = 10_000_000  # bytes


def mail_folder(data: Path) -> Path:
    return data / "mail"


def names(folder: Path, limit: int = 200) -> list[str]:
    """The names of the mails kept in ``folder``, newest first."""
    kept = (path.stem for path in folder.glob("*.eml") if NAME.fullmatch(path.stem))
    return sorted(kept, reverse=True)[:limit]


def read(folder: Path, name: str) -> EmailMessage | None:
    """The mail ``name``, or None when there is none of that name."""
    path = folder / f"{name}.eml"
    if not NAME.fullmatch(name) or not path.is_file():
        return None
    return message_from_bytes(path.read_bytes(), policy=policy.default)


class Catcher:
    """What aiosmtpd calls for each mail; it appears in ``folder`` whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
        draft = self.folder / f"{name}.part"
        draft.write_bytes(
            b"X-Envelope-To: " + ", ".join(envelope.rcpt_tos).encode() + b"\r\n" + envelope.content
        )
        draft.rename(draft.with_suffix(".eml"))
        print(f"mail to {', '.join(envelope.rcpt_tos)} kept as {name}", flush=True)  # noqa: T201
        return "250 kept"


async def serve(port: int, folder: Path) -> None:
    """Take mail on the loopback address until told to end."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    catcher = Catcher(folder)
    server = await loop.create_server(
        lambda: SMTP(catcher, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, loop=loop),
        "127.0.0.1",
        port,
    )
    async with server:
        await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the mails")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.data))


if __name__ == "__main__":
    main()
