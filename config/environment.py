"""Where this copy of Kinroll keeps its things: read before Django, by settings, supervisor and manage.py."""

import json
import os
import secrets
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

BASE_DIR = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """The folder of ``KINROLL_DATA``, absolute; ``.data`` in the checkout by default. Not created here."""
    return Path(os.environ.get("KINROLL_DATA") or BASE_DIR / ".data").expanduser().resolve()


def stored_secret(data: Path, name: str) -> str:
    """The secret ``name`` of this data folder, made the first time and the same ever after.

    Two processes may ask at once: the first file wins, because a hard link cannot replace one.
    """
    path = data / "secrets" / name
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
        with os.fdopen(handle, "w") as file:
            file.write(Fernet.generate_key().decode() if name == "field_key" else secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            Path(draft).unlink()
    return path.read_text()


def ports_file(data: Path) -> Path:
    return data / "run" / "ports.json"


def local_ports(data: Path) -> dict[str, int]:
    """The ports of the demo's own mail catcher and Stripe, as the supervisor chose them last; else empty."""
    try:
        stored = json.loads(ports_file(data).read_text())
    except (OSError, ValueError):
        return {}
    return {name: int(port) for name, port in stored.items()}
