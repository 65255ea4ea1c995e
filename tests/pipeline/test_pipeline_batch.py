"""Which calls a batch holds: files, folders, manifests, patterns, and what is not a call."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pipeline_calls import CHAT, write_call

from scoring.calls import CallInfo
from scoring.errors import InputError, ManifestError, SettingsError
from scoring.pipeline.batch import plan_batch
from scoring.settings import Settings, load_settings


def names(folder: Path) -> list[str]:
    return [job.info.file for job in plan_batch([folder], load_settings()).jobs]


def test_a_folder_is_searched_in_depth_and_in_order(folder: Path) -> None:
    write_call(folder / "later" / "three.wav")
    assert names(folder) == ["later/three.wav", "one.wav", "two.wav"]


def test_hidden_files_and_other_files_are_no_calls(folder: Path) -> None:
    write_call(folder / ".trash" / "old.wav")
    (folder / "README.md").write_text("# calls")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    assert names(folder) == ["one.wav", "two.wav"]


def test_a_text_beside_a_recording_of_its_name_is_a_note_and_no_call(folder: Path) -> None:
    (folder / "one.txt").write_text(CHAT)
    (folder / "chat.txt").write_text(CHAT)
    assert names(folder) == ["chat.txt", "one.wav", "two.wav"]


def test_the_same_file_given_twice_is_one_job(folder: Path) -> None:
    jobs = plan_batch([folder, folder / "one.wav"], load_settings()).jobs
    assert [job.info.file for job in jobs] == ["one.wav", "two.wav"]


def test_the_manifest_beside_the_calls_is_found_and_names_missing_files(folder: Path) -> None:
    (folder / "manifest.csv").write_text("file,agent_id,agent_name\none.wav,a1,Dora Field\ngone.wav,a2,Nobody\n")
    batch = plan_batch([folder], load_settings())
    assert [(job.info.file, job.info.agent_name) for job in batch.jobs] == [
        ("one.wav", "Dora Field"),
        ("two.wav", None),
    ]
    assert batch.missing == ("gone.wav",)


def test_a_single_file_is_still_looked_up_in_the_manifest(folder: Path) -> None:
    (folder / "manifest.csv").write_text("file,agent_id\none.wav,a1\n")
    batch = plan_batch([folder / "one.wav"], load_settings())
    assert batch.jobs[0].info == CallInfo("one.wav", agent_id="a1")
    assert batch.missing == ()


def test_a_manifest_with_faults_stops_the_batch(folder: Path) -> None:
    (folder / "manifest.csv").write_text("file,agnt_id\none.wav,a1\n")
    with pytest.raises(ManifestError, match="agent_id"):
        plan_batch([folder], load_settings())


def test_names_of_files_can_say_who_spoke(folder: Path) -> None:
    (folder / "one.wav").rename(folder / "a7_Dora_2026-03-01.wav")
    pattern = r"(?P<agent_id>a\d+)_(?P<agent_name>[A-Z][a-z]+)_(?P<started_at>[\d-]+)\.wav"
    settings = Settings(recordings={"filename_pattern": pattern})  # type: ignore[arg-type]
    info = plan_batch([folder / "a7_Dora_2026-03-01.wav"], settings).jobs[0].info
    assert (info.agent_id, info.agent_name) == ("a7", "Dora")
    assert info.started_at is not None


def test_a_broken_pattern_is_a_setting_to_mend(folder: Path) -> None:
    with pytest.raises(SettingsError):
        plan_batch([folder], Settings(recordings={"filename_pattern": "("}))  # type: ignore[arg-type]


def test_a_link_that_leads_nowhere_is_a_call_that_will_be_set_aside(folder: Path) -> None:
    (folder / "lost.wav").symlink_to("/nowhere/lost.wav")
    (folder / "round.wav").symlink_to("round.wav")
    (folder / "notes.md").symlink_to("/nowhere/notes.md")
    (folder / "manifest.csv").write_text("file,agent_id\nlost.wav,a1\n")
    batch = plan_batch([folder], load_settings())
    assert [job.info.file for job in batch.jobs] == ["lost.wav", "one.wav", "round.wav", "two.wav"]
    assert batch.missing == ()  # said once, as a call, and not again as a name without a file


def test_a_name_that_is_not_utf_8_can_be_said(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9.wav")).write_bytes(b"RIFF")
    assert names(folder)[0].encode() == "caf\N{REPLACEMENT CHARACTER}.wav".encode()


def test_pipes_and_devices_are_no_calls(folder: Path) -> None:
    os.mkfifo(folder / "pipe.wav")
    (folder / "endless.wav").symlink_to("/dev/zero")
    assert names(folder) == ["one.wav", "two.wav"]
    for name in ("pipe.wav", "endless.wav"):
        with pytest.raises(InputError, match="is not a file"):
            plan_batch([folder / name], load_settings())


def test_an_empty_folder_says_what_counts_as_a_call(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"No calls in .*empty.*\.wav"):
        plan_batch([tmp_path / "empty"], load_settings())


def test_a_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere is not there"):
        plan_batch([tmp_path / "nowhere"], load_settings())
