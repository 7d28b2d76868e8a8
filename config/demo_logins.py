"""Who can log in to the demo: shared by ``create_demo``, the supervisor's welcome and the tests.

These passwords are public. Nothing reads this module outside demo mode and the tests.
"""

from dataclasses import dataclass

PASSWORD = "kinroll-demo-2026"  # noqa: S105  (public on purpose)  # nosec B105


@dataclass(frozen=True)
class DemoLogin:
    """One person of the demo; ``is_staff`` says whether their way in is the staff dashboard or the portal."""

    email: str
    role: str
    is_staff: bool
    password: str = PASSWORD


ADMINISTRATOR = DemoLogin("admin@demo.kinroll.test", "administrator", is_staff=True)
FRONT_DESK = DemoLogin("desk@demo.kinroll.test", "front desk", is_staff=True)
INSTRUCTOR = DemoLogin("coach@demo.kinroll.test", "instructor", is_staff=True)
STUDIO = DemoLogin("studio@demo.kinroll.test", "administrator of the dance studio", is_staff=True)
OWNER = DemoLogin("amara@demo.kinroll.test", "account owner", is_staff=False)
OTHER_GUARDIAN = DemoLogin("daniel@demo.kinroll.test", "guardian from another household", is_staff=False)
TEENAGER = DemoLogin("noah@demo.kinroll.test", "teenager", is_staff=False)

DEMO_LOGINS = (ADMINISTRATOR, FRONT_DESK, INSTRUCTOR, OWNER, OTHER_GUARDIAN, TEENAGER, STUDIO)
