"""Every action of the audit has a sentence, so that the activity pages speak in words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from accounts.activity import TOPICS, sentences
from accounts.operations import factors
from billing.enums import CartState, LedgerKind

ROOT = Path(settings.BASE_DIR)

ACTION = re.compile(rf"(?:{'|'.join(settings.KINROLL_APPS)})\.[a-z_]+")
NO_RECORD = {"of_job", "task", "defer", "apply", "get_model", "import_string"}  # jobs have such names too

# Actions that are put together: the file, the fixed part, and all it is put together with.
PUT_TOGETHER = {
    ("accounts/operations/erasure.py", "accounts.erasure_"): [
        "asked",
        "agreed",
        "taken_back",
        "begun",
        "done",
        "done_again",
    ],
    ("accounts/operations/factors.py", "accounts."): [*factors.CHANGES],
    ("accounts/operations/roles.py", "accounts.role_"): ["created", "changed", "deleted"],
    ("accounts/operations/staff.py", "accounts.staff_"): ["added", "changed", "deactivated", "reactivated"],
    ("billing/operations/carts.py", "billing.cart_"): [
        "begun",
        "held",
        CartState.LAPSED,
        CartState.CANCELLED,
    ],
    ("billing/operations/payments.py", "billing.payment_"): ["begun", "failed", "refund_begun"],
    ("billing/ledger.py", "billing."): [f"{kind.value}_posted" for kind in LedgerKind],
    ("scheduling/operations/attendance.py", "scheduling.marked_"): ["attended", "booked", "no_show"],
    ("relationships/operations/moves.py", "relationships.move_"): ["declined", "withdrawn", "lapsed"],
    ("relationships/operations/exporting.py", "relationships.export_"): [
        "asked",
        "made",
        "failed",
        "fetched",
    ],
}


def actions_in(path: Path) -> Iterator[str]:
    """The actions that a module names in a call: each text, and each put together with all it may become."""
    where = str(path.relative_to(ROOT))
    tree = ast.parse(path.read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and is_action_of_calls(node, tree):
            yield from actions_of(node.value, where)
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and name_of(call) not in NO_RECORD:
            for value in (*call.args, *(keyword.value for keyword in call.keywords)):
                yield from actions_of(value, where)


def is_action_of_calls(node: ast.Assign, tree: ast.Module) -> bool:
    """Whether some call is given ``action=`` the name that is assigned here."""
    names = {target.id for target in node.targets if isinstance(target, ast.Name)}
    given = (each.value for each in ast.walk(tree) if isinstance(each, ast.keyword) and each.arg == "action")
    return any(isinstance(value, ast.Name) and value.id in names for value in given)


def actions_of(value: ast.expr, where: str) -> Iterator[str]:
    """The actions that one argument may be."""
    if isinstance(value, ast.JoinedStr):
        first = value.values[0] if value.values else None
        fixed = str(first.value) if isinstance(first, ast.Constant) else ""
        if fixed.partition(".")[0] in settings.KINROLL_APPS:
            ends = PUT_TOGETHER.get((where, fixed), [f" put together in {where}"])
            yield from (f"{fixed}{end}" for end in ends)
    elif isinstance(value, ast.IfExp):
        yield from (*actions_of(value.body, where), *actions_of(value.orelse, where))
    elif isinstance(value, ast.Constant) and isinstance(value.value, str) and ACTION.fullmatch(value.value):
        yield value.value


def name_of(call: ast.Call) -> str:
    """What is called."""
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def recorded() -> set[str]:
    """Every action that the apps write down."""
    found: set[str] = set()
    for app in settings.KINROLL_APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "record(" in path.read_text():
                found |= set(actions_in(path))
    return found


def test_every_action_has_a_sentence() -> None:
    assert recorded() - {sentence.key for sentence in sentences} == set()


def test_no_sentence_is_about_an_action_that_is_gone() -> None:
    assert {sentence.key for sentence in sentences} - recorded() == set()


def test_every_sentence_stands_under_a_topic_and_says_something() -> None:
    assert [each.key for each in sentences if each.topic not in TOPICS or not str(each.text).strip()] == []
