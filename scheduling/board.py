"""The live schedule of a day: which tile stands where.

Columns are rooms or coaches; rows are quarter hours from the first session's half hour. What a tile needs
of layout are small whole numbers, which the template writes as classes (``.at-n .for-n .col-n``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.calendars import day_bounds, local_day
from accounts.models import Organization
from scheduling.enums import RegistrationState
from scheduling.models import Registration, Session

QUARTER = 15
MOST_COLUMNS = 14
MOST_LANES = 6
LONG_PAUSE = 8  # quarter hours without a class that are folded ...
FOLDED_TO = 2  # ... to so many
MOST_SESSIONS = 400
LAST_QUARTER = 96


@dataclass
class Tile:
    """One session on the board. ``at`` and ``length`` count quarter hours, ``column`` and ``lane`` from 1."""

    session: Session
    at: int
    length: int
    column: int
    state: str
    here: int
    booked: int
    lane: int = 1
    lanes: int = 1

    @property
    def is_brief(self) -> bool:
        """Too short for a second line."""
        return self.length <= 2


@dataclass
class Board:
    """A day's schedule at one organisation."""

    day: date
    columns: list[str]
    tiles: list[Tile]
    hours: list[tuple[int, datetime]] = field(default_factory=list)
    pauses: list[tuple[int, datetime]] = field(default_factory=list)
    now_at: int | None = None
    now_minute: int = 0

    @property
    def booked(self) -> int:
        """Places booked this day."""
        return sum(tile.booked for tile in self.tiles)

    @property
    def here(self) -> int:
        """People checked in this day."""
        return sum(tile.here for tile in self.tiles)


# Counted apart: to group by every column of the joined tables takes the planner longer than all the rest.
_HERE = (
    Registration.objects.filter(session=OuterRef("pk"), state=RegistrationState.ATTENDED)
    .order_by()
    .values("session")
    .annotate(people=Count("pk"))
    .values("people")
)


def sessions_of(organization: Organization, day: date) -> list[Session]:
    """The day's sessions with ``here`` (checked in), room, coach and service; one query, bounded."""
    starts, ends = day_bounds(day, organization.time_zone)
    return list(
        Session.objects.filter(organization=organization, starts_at__gte=starts, starts_at__lt=ends)
        .select_related("schedule", "service", "room", "coach")
        .annotate(here=Coalesce(Subquery(_HERE), 0))
        .order_by("starts_at", "id")[:MOST_SESSIONS]
    )


def lay_out(
    sessions: Sequence[Session], *, organization: Organization, day: date, now: datetime, by: str = "room"
) -> Board:
    """Place every session of a day. ``by`` is ``room`` or ``coach``."""
    zone = ZoneInfo(organization.time_zone)
    keys = [_column_of(session, by) for session in sessions]
    names = [name for _order, name in sorted(set(keys))]
    columns = names[:MOST_COLUMNS]
    first = min((_minutes(session.starts_at, zone) for session in sessions), default=8 * 60) // 30 * 30
    tiles = [
        _tile(session, columns, name, first, zone, now)
        for session, (_order, name) in zip(sessions, keys, strict=True)
    ]
    for column in range(1, len(columns) + 1):
        _take_lanes([tile for tile in tiles if tile.column == column])
    board = Board(day=day, columns=columns, tiles=tiles)
    _fold(board, first, now, zone)
    return board


def _column_of(session: Session, by: str) -> tuple[tuple[int, int, str], str]:
    """Order and name of the column a session stands in; those without one come last."""
    if by == "coach":
        return (
            ((0, 0, session.coach.name), session.coach.name)
            if session.coach
            else _elsewhere(_("No coach yet"))
        )
    if session.room is None:
        return _elsewhere(_("No room yet"))
    return (0, session.room.order, session.room.name), session.room.name


def _elsewhere(name: str) -> tuple[tuple[int, int, str], str]:
    return (1, 0, name), name


def _minutes(instant: datetime, zone: ZoneInfo) -> int:
    local = instant.astimezone(zone)
    return local.hour * 60 + local.minute


def _tile(session: Session, columns: list[str], name: str, first: int, zone: ZoneInfo, now: datetime) -> Tile:
    starts = _minutes(session.starts_at, zone) - first
    lasts = int((session.ends_at - session.starts_at).total_seconds() // 60)
    at = min(starts // QUARTER, LAST_QUARTER - 1)
    until = min(-(-(starts + lasts) // QUARTER), LAST_QUARTER)
    return Tile(
        session=session,
        at=at,
        length=max(until - at, 1),
        column=columns.index(name) + 1 if name in columns else len(columns),
        state=_state(session, now),
        here=getattr(session, "here", 0),
        booked=session.seats_taken,
    )


def _state(session: Session, now: datetime) -> str:
    if session.cancelled_at is not None:
        return "cancelled"
    if session.ends_at <= now:
        return "past"
    return "now" if session.starts_at <= now else ""


def _take_lanes(tiles: Iterable[Tile]) -> None:
    """Put tiles that overlap in one column side by side."""
    group: list[Tile] = []
    group_ends = -1
    for tile in sorted(tiles, key=lambda tile: (tile.at, -tile.length)):
        if tile.at >= group_ends:
            _share(group)
            group = []
        taken = {other.lane for other in group if other.at + other.length > tile.at}
        free = (lane for lane in range(1, MOST_LANES) if lane not in taken)
        tile.lane = next(free, MOST_LANES)
        group.append(tile)
        group_ends = max(group_ends, tile.at + tile.length)
    _share(group)


def _share(group: list[Tile]) -> None:
    lanes = max((tile.lane for tile in group), default=1)
    for tile in group:
        tile.lanes = lanes


def _fold(board: Board, first: int, now: datetime, zone: ZoneInfo) -> None:
    """Rule a line each half hour, fold the day's long pauses, and draw the now line.

    ``pauses`` holds where a fold stands and when it ends.
    """
    last = max((tile.at + tile.length for tile in board.tiles), default=0)
    busy = {quarter for tile in board.tiles for quarter in range(tile.at, tile.at + tile.length)}
    midnight = datetime(board.day.year, board.day.month, board.day.day, tzinfo=zone)
    row_of: dict[int, int] = {}
    row = quarter = 0
    while quarter <= last:
        pause = next((n for n in range(quarter, last) if n in busy), last) - quarter
        is_long = pause >= LONG_PAUSE
        rows = FOLDED_TO if is_long else 1
        quarters = pause if is_long else 1
        if is_long:
            board.pauses.append((row, midnight + timedelta(minutes=first + (quarter + pause) * QUARTER)))
        elif quarter % 2 == 0:
            board.hours.append((row, midnight + timedelta(minutes=first + quarter * QUARTER)))
        row_of |= {quarter + n: row + min(n, rows - 1) for n in range(quarters)}
        row, quarter = row + rows, quarter + quarters
    for tile in board.tiles:
        tile.at = row_of[tile.at]
    minutes = _minutes(now, zone) - first
    if local_day(now, str(zone)) == board.day and 0 <= minutes <= last * QUARTER and board.tiles:
        board.now_at, board.now_minute = row_of[minutes // QUARTER], minutes % QUARTER
