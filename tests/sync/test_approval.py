"""Only the approved protocol writes; losing every local file approves nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from study import subject

from redcap_licats.api.client import RedcapClient
from redcap_licats.config import ProjectSettings
from redcap_licats.errors import ConfigError
from redcap_licats.protocol import Protocol, load_protocol
from redcap_licats.sync.approval import Approval, read_approvals, record_approval
from redcap_licats.sync.worker import sync

SHIPPED = load_protocol()


def overlay(folder: Path) -> Protocol:
    """The protocol with another cut: onset on day 10 is no longer early."""
    folder.mkdir()
    (folder / "study.toml").write_text("[settings.timing]\nearly_until = 9\n", encoding="utf-8")
    return load_protocol(folder)


def approval(protocol: Protocol, by: str = "A. Sato") -> Approval:
    return Approval(
        version=protocol.version,
        hash=protocol.hash,
        by=by,
        why="Amendment 2",
        at="2027-04-01T00:00:00+00:00",
        moved={"timing": 1},
    )


def test_approvals_are_added_and_the_last_is_in_force(tmp_path: Path) -> None:
    file, other = tmp_path / "study.approved.json", overlay(tmp_path / "overlay")
    assert read_approvals(file) is None
    record_approval(file, SHIPPED, approval(SHIPPED, "first"))
    record_approval(file, other, approval(other))
    found = read_approvals(file)
    assert found is not None
    assert [one.by for one in found.approvals] == ["first", "A. Sato"]
    assert found.last.moved == {"timing": 1}
    approved = found.approved()
    assert approved is not None
    assert (approved.hash, approved.settings.timing.early_until) == (other.hash, 9)
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["study.approved.json"]


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"approvals": [], "protocol": {}}'])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "study.approved.json"
    file.write_text(damage)
    with pytest.raises(ConfigError) as error:
        read_approvals(file)
    assert error.value.code == "APPROVAL-FILE"
    assert error.value.where == str(file)


def test_a_protocol_edited_in_the_file_is_not_approved(tmp_path: Path) -> None:
    file = tmp_path / "study.approved.json"
    record_approval(file, SHIPPED, approval(SHIPPED))
    content = json.loads(file.read_text(encoding="utf-8"))
    content["protocol"]["settings"]["timing"]["early_until"] = 9
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read_approvals(file)
    assert error.value.code == "APPROVAL-FILE"


def test_a_protocol_that_can_no_longer_be_read_still_has_its_hash(tmp_path: Path) -> None:
    file = tmp_path / "study.approved.json"
    record_approval(file, SHIPPED, approval(SHIPPED))
    found = read_approvals(file)
    assert found is not None
    older = found.model_copy(update={"protocol": {**found.protocol, "retired_key": 1}})
    assert older.approved() is None


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        record_approval(tmp_path / "missing" / "study.approved.json", SHIPPED, approval(SHIPPED))
    assert error.value.code == "APPROVAL-WRITE"


def test_a_new_study_needs_no_ceremony_and_a_changed_protocol_does(
    client: RedcapClient, project: ProjectSettings, tmp_path: Path
) -> None:
    project = project.model_copy(update={"approval": tmp_path / "study.approved.json"})
    changed = overlay(tmp_path / "overlay")
    client.import_rows(subject("1"))
    assert sync(project, SHIPPED).exit == 0

    refused = sync(project, changed)
    assert refused.error is not None
    assert (refused.error.code, refused.exit, refused.cells_written) == ("PROTOCOL-UNAPPROVED", 4, 0)
    assert "licats protocol approve" in refused.error.remedy
    assert sync(project, changed, dry_run=True).exit == 0

    record_approval(project.approval, changed, approval(changed))
    accepted = sync(project, changed)
    assert (accepted.exit, accepted.cells_written > 0) == (0, True)
    assert sync(project, changed).cells_written == 0
    back = sync(project, SHIPPED)
    assert back.error is not None
    assert back.error.code == "PROTOCOL-UNAPPROVED"
    assert "A. Sato" in back.error.message


def test_losing_the_local_files_approves_nothing(
    client: RedcapClient, project: ProjectSettings, tmp_path: Path
) -> None:
    project = project.model_copy(update={"approval": tmp_path / "study.approved.json"})
    changed = overlay(tmp_path / "overlay")
    record_approval(project.approval, changed, approval(changed))
    client.import_rows(subject("1"))
    assert sync(project, changed).exit == 0
    project.approval.unlink()
    shutil.rmtree(project.state)
    refused = sync(project, SHIPPED)
    assert refused.error is not None
    assert (refused.error.code, refused.exit) == ("PROTOCOL-UNAPPROVED", 4)
    assert changed.hash[:12] in refused.error.message
    assert sync(project, changed).exit == 0
