"""``manage.py export_account``: what a family would get on its page, written to a file."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditEvent, Member, PrivacyRequest
from tests import factories as make
from tests.cast import Cast
from tests.relationships.copies import fill, unpack


def written(path: Path, *args: str, **options: Any) -> str:
    said = StringIO()
    call_command("export_account", *args, output=path, stdout=said, **options)
    return said.getvalue()


def people(path: Path) -> list[str]:
    return [row["person"] for row in unpack(path.read_bytes()).parts["people"]]


def test_an_account_is_written_for_its_first_owner_readable_by_nobody_else(
    cast: Cast, tmp_path: Path
) -> None:
    fill(cast)
    path = tmp_path / "okafor.zip"

    said = written(path, cast.owner.account.code.lower())

    assert "for Amara Okafor" in said
    assert people(path) == ["Amara Okafor", "Chidi Okafor", "Toby Okafor", "Zuri Okafor", "Noah Okafor"]
    assert unpack(path.read_bytes()).finds(cast.co_owner.email, cast.stranger.email, "Browser of Marin") == []
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["okafor.zip"]
    event = AuditEvent.objects.get(action="relationships.export_written")
    assert (event.actor_kind, event.actor_name, event.target_id) == (
        "command", "export_account", cast.owner.account.pk,
    )  # fmt: skip
    assert PrivacyRequest.objects.count() == 0


def test_one_person_is_written_for_themselves_where_they_log_in_else_for_the_first_owner(
    cast: Cast, tmp_path: Path
) -> None:
    account = cast.owner.account.code

    adult = written(tmp_path / "chidi.zip", account, member=cast.co_owner.code)
    child = written(tmp_path / "toby.zip", account, member=cast.child.code)
    other = written(tmp_path / "whole.zip", account, reader=cast.co_owner.code)

    assert ["for Chidi Okafor" in adult, "for Amara Okafor" in child, "for Chidi Okafor" in other] == [
        True
    ] * 3
    assert cast.co_owner.email in unpack((tmp_path / "chidi.zip").read_bytes()).text
    assert people(tmp_path / "toby.zip") == ["Toby Okafor"]
    assert cast.owner.email not in unpack((tmp_path / "whole.zip").read_bytes()).text


@pytest.mark.parametrize(
    ("args", "options", "words"),
    [
        (["NOSUCHCODE"], {}, "There is no account 'NOSUCHCODE'"),
        (["owner"], {"member": "stranger"}, "Nobody with the code"),
        (["owner"], {"reader": "teenager"}, "Only an owner of the account can do this"),
        (["owner"], {"member": "co_owner", "reader": "owner"}, "You can’t do this here"),
    ],
)
def test_what_is_not_there_or_refused_is_said_and_nothing_is_written(
    cast: Cast, tmp_path: Path, args: list[str], options: dict[str, str], words: str
) -> None:
    code = cast.owner.account.code if args == ["owner"] else args[0]
    codes = {name: getattr(cast, who).code for name, who in options.items()}

    with pytest.raises(CommandError, match=words) as refused:
        written(tmp_path / "file.zip", code, **codes)

    assert (refused.value.returncode, list(tmp_path.iterdir())) == (1, [])


def test_people_kept_apart_and_the_erased_are_refused(cast: Cast, tmp_path: Path) -> None:
    make.NoContactFactory(organization=cast.organization, barred=cast.teenager, protected=cast.child)
    with pytest.raises(CommandError, match="can’t be done online"):
        written(tmp_path / "file.zip", cast.owner.account.code)

    Member.objects.filter(pk=cast.sibling.pk).update(erased_at=timezone.now())
    with pytest.raises(CommandError, match="Nobody with the code"):
        written(tmp_path / "file.zip", cast.owner.account.code, member=cast.sibling.code)


def test_a_dry_run_writes_nothing_and_a_file_that_is_there_is_kept(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    assert "It would hold" in written(path, cast.owner.account.code, dry_run=True)
    assert not path.exists()

    path.write_text("somebody's")
    with pytest.raises(CommandError, match="is there already"):
        written(path, cast.owner.account.code)
    assert path.read_text() == "somebody's"
    written(path, cast.owner.account.code, force=True)
    assert people(path) != []


def test_a_place_that_cannot_be_written_is_said(cast: Cast) -> None:
    with pytest.raises(CommandError, match="could not be written"):
        written(Path("/nowhere/at/all.zip"), cast.owner.account.code)
