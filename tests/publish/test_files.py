import errno
import json
from pathlib import Path

import pytest

from scoring.errors import CallscoreError
from scoring.publish import files
from scoring.publish.files import LIST, Tree, read_list, write_whole


def listed(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def put(root: Path, *paths: str) -> tuple[Path, ...]:
    tree = Tree(root, paths)
    for path in paths:
        tree.write(path, path.encode())
    return tree.finish()


def test_what_no_longer_belongs_is_removed_and_the_rest_of_the_folder_left_alone(tmp_path: Path) -> None:
    (tmp_path / "calls").mkdir()
    others = {"README.md", "calls/notes.html", "agents.txt"}
    for name in others:
        (tmp_path / name).write_text("not ours")
    put(tmp_path, "index.html", "calls/a.html", "calls/b.html", "teams/t.html")
    removed = put(tmp_path, "index.html", "calls/b.html")
    assert [path.name for path in removed] == ["a.html", "t.html"]
    assert listed(tmp_path) == {*others, "index.html", "calls/b.html", LIST}
    assert not (tmp_path / "teams").exists()


def test_a_list_that_somebody_changed_leads_nowhere_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    victims = [tmp_path / "victim.html", out / "README.md", out / "calls" / "UPPER.html"]
    put(out, "index.html")
    for victim in victims:
        victim.parent.mkdir(exist_ok=True)
        victim.write_text("not ours")
    paths = ["../victim.html", str(victims[0]), "README.md", "calls/../../victim.html", "calls/UPPER.html", LIST]
    (out / LIST).write_text(json.dumps({"version": 1, "files": paths}))
    assert put(out, "index.html") == ()
    assert all(victim.read_text() == "not ours" for victim in victims)


@pytest.mark.parametrize("content", ["", "[]", "null", '{"files": 3}', '{"files": [3]}', "\x00"])
def test_a_list_that_cannot_be_read_is_one_clear_line(tmp_path: Path, content: str) -> None:
    (tmp_path / LIST).write_text(content)
    with pytest.raises(CallscoreError, match="list of published files") as caught:
        read_list(tmp_path)
    assert "Delete it" in caught.value.hint


def test_no_other_path_can_be_planned(tmp_path: Path) -> None:
    for path in ("../index.html", "calls/a/b.html", "/etc/x.html", "calls/A.html", "README.md", "index.html\n"):
        with pytest.raises(ValueError, match="not a path"):
            Tree(tmp_path, [path])
    with pytest.raises(ValueError, match="not planned"):
        Tree(tmp_path, ["index.html"]).write("calls.csv", b"")


def test_a_full_disk_is_one_line_and_the_old_file_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "index.html"
    write_whole(path, b"old")

    def full(self: Path, content: bytes) -> int:
        self.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CallscoreError, match=r"index\.html cannot be written: No space left on device") as caught:
        write_whole(path, b"new")
    assert "\n" not in str(caught.value)
    assert "Make room" in caught.value.hint
    assert path.read_bytes() == b"old"
    assert listed(tmp_path) == {"index.html"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's always-full device")
def test_a_device_that_is_really_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passing = tmp_path / f".calls.csv.{files.os.getpid()}.tmp"
    passing.symlink_to("/dev/full")
    with pytest.raises(CallscoreError, match="No space left on device"):
        write_whole(tmp_path / "calls.csv", b"x" * 100_000)
    assert list(tmp_path.glob("*.csv")) == []


def test_a_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(CallscoreError, match="cannot be written"):
        put(tmp_path / "out", "index.html")


def test_an_interrupted_run_is_cleared_up_by_the_next(tmp_path: Path) -> None:
    put(tmp_path, "index.html", "calls/old.html")
    tree = Tree(tmp_path, ["index.html", "calls/new.html"])
    tree.write("calls/new.html", b"")  # and here the power fails
    assert read_list(tmp_path) == {"index.html", "calls/old.html", "calls/new.html"}
    put(tmp_path, "index.html")
    assert listed(tmp_path) == {"index.html", LIST}


def test_a_file_that_is_right_already_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "index.html"
    write_whole(path, b"same")
    before = path.stat()
    write_whole(path, b"same")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
