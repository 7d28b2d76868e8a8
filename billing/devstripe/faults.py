"""Faults asked for by tests: ``{"match": "POST /v1/refunds", "mode": "500", "times": 1}``."""

import re
from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What happens to a request that matches."""

    ERROR = "500"  # refused; nothing was done
    TIMEOUT = "timeout"  # never answered; nothing was done
    DROP_AFTER = "drop_after"  # done, and the answer is lost
    DELAY = "delay"  # done, ``seconds`` later


@dataclass
class Fault:
    """``match`` is a regular expression over ``METHOD /path``; it hits ``times`` requests."""

    match: re.Pattern[str]
    mode: Mode
    times: int = 1
    seconds: float = 1.0

    @classmethod
    def parse(cls, wish: dict[str, object]) -> "Fault":
        """Raises ValueError for a mode or pattern that does not exist."""
        try:
            pattern = re.compile(str(wish["match"]))
            return cls(
                pattern,
                Mode(str(wish["mode"])),
                int(str(wish.get("times", 1))),
                float(str(wish.get("seconds", 1))),
            )
        except (KeyError, re.error) as error:
            raise ValueError(f"a fault needs match and mode: {error}") from error


class Faults:
    """The faults still to come; the first that matches is taken."""

    def __init__(self) -> None:
        self._coming: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """From now on."""
        self._coming.append(fault)

    def clear(self) -> None:
        """No more faults."""
        self._coming.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault this request meets, counted down."""
        for fault in self._coming:
            if fault.times > 0 and fault.match.fullmatch(f"{method} {path}"):
                fault.times -= 1
                return fault
        return None
