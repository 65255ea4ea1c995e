"""Weights are found, checked and kept; nothing that is not what it claims to be is ever handed out."""

from __future__ import annotations

import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiny_weights import CONTENTS, TWO_PARTS, Packages, hashed

from scoring.errors import WeightsError
from scoring.weights import PUBLISHED, DataFile, Part, Published, locate, published, status
from scoring.weights import cache as rooms_cache
from scoring.weights.files import Memory, replacing
from scoring.weights.table import Wheel

REPOSITORY = Path(__file__).parents[2]


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def install_both(packages: Packages) -> None:
    packages.install("tiny-left")
    packages.install("tiny-right")


def test_parts_out_of_two_packages_become_one_file(packages: Packages, tmp_path: Path) -> None:
    install_both(packages)
    folder = locate("two-parts", tmp_path / "cache")
    assert everything(folder) == {
        "model.bin": CONTENTS["joined"],
        "config.json": CONTENTS["config"],
        "1_Pool/deep.json": CONTENTS["deep"],
    }


def test_a_single_file_is_returned_as_a_file(packages: Packages, tmp_path: Path) -> None:
    packages.install("tiny-single")
    path = locate("one-file", tmp_path / "cache")
    assert path == tmp_path / "cache" / "weights" / "one-file" / "w.pt"
    assert path.read_bytes() == b"weights"


def test_cached_weights_need_no_package(packages: Packages, tmp_path: Path) -> None:
    packages.install("tiny-single")
    first = locate("one-file", tmp_path)
    (packages.site / "tiny_single" / "w.pt").unlink()
    assert locate("one-file", tmp_path) == first


def test_missing_weights_name_the_command(packages: Packages, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="'two-parts'") as caught:
        locate("two-parts", tmp_path)
    assert "callscore models fetch" in caught.value.hint


def test_one_part_alone_is_missing_and_leaves_nothing(packages: Packages, tmp_path: Path) -> None:
    packages.install("tiny-left")
    with pytest.raises(WeightsError, match="missing"):
        locate("two-parts", tmp_path / "cache")
    assert not (tmp_path / "cache" / "weights" / "two-parts" / "model.bin").exists()


def test_an_unknown_key_suggests_the_nearest() -> None:
    with pytest.raises(WeightsError) as caught:
        published("whisper-bas")
    assert "whisper-base" in caught.value.hint


def test_other_contents_are_refused_and_not_kept(packages: Packages, tmp_path: Path) -> None:
    packages.install("tiny-single", {"tiny_single/w.pt": b"weightz"})
    with pytest.raises(WeightsError, match="sha256") as caught:
        locate("one-file", tmp_path / "cache")
    assert "fetch" in caught.value.hint
    assert everything(tmp_path / "cache") == {}


@pytest.mark.parametrize("damage", [b"", b"weightz", b"weights and more"])
def test_a_damaged_file_is_found_out(packages: Packages, tmp_path: Path, damage: bytes) -> None:
    packages.install("tiny-single")
    path = locate("one-file", tmp_path)
    before = path.stat().st_mtime_ns
    path.write_bytes(damage)
    os.utime(path, ns=(before + 1000, before + 1000))
    with pytest.raises(WeightsError, match="damaged") as caught:
        locate("one-file", tmp_path)
    assert "callscore models fetch" in caught.value.hint


def test_an_unchanged_file_is_not_hashed_again(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_both(packages)
    locate("two-parts", tmp_path)
    monkeypatch.setattr("scoring.weights.files.sha256_of", lambda path: pytest.fail(f"{path} was hashed again"))
    locate("two-parts", tmp_path)


@pytest.mark.parametrize("note", [b"", b"not json", b"[]", b"{}"])
def test_losing_the_memory_costs_a_hash_and_nothing_else(packages: Packages, tmp_path: Path, note: bytes) -> None:
    packages.install("tiny-single")
    path = locate("one-file", tmp_path)
    (tmp_path / "weights" / "verified.json").write_bytes(note)
    assert locate("one-file", tmp_path) == path


def test_many_at_once_get_the_same(packages: Packages, tmp_path: Path) -> None:
    install_both(packages)
    cache = tmp_path / "cache"
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: everything(locate("two-parts", cache)), range(16)))
    assert all(one["model.bin"] == CONTENTS["joined"] for one in found)
    assert not [path for path in cache.rglob(".*") if path.is_file()], "temporary files were left"


def test_a_cache_that_cannot_be_written_is_one_clear_error(packages: Packages, tmp_path: Path) -> None:
    packages.install("tiny-single")
    (tmp_path / "cache").write_text("a file is in the way")
    with pytest.raises(WeightsError, match="cannot be written") as caught:
        locate("one-file", tmp_path / "cache")
    assert "CALLSCORE_CACHE_DIR" in caught.value.hint


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(st.binary(max_size=40), min_size=1, max_size=6))
def test_however_a_file_is_cut_it_is_joined_again(pieces: list[bytes], tmp_path: Path) -> None:
    whole = b"".join(pieces)
    parts = tuple(Part(Wheel(f"w{n}", "1", 1), f"{n}") for n in range(len(pieces)))
    file = DataFile("whole", hashed(whole), parts)
    entry = Published("cut", "testing", "MIT", (file,))
    for number, piece in enumerate(pieces):
        (tmp_path / str(number)).write_bytes(piece)
    rooms_cache.put(entry, file, tmp_path, lambda part: (tmp_path / part.path).open("rb"))
    assert rooms_cache.place(entry, tmp_path).read_bytes() == whole
    assert rooms_cache.is_good(entry, file, tmp_path)


def test_status_tells_the_four_states_apart(packages: Packages, tmp_path: Path) -> None:
    def states() -> dict[str, str]:
        return {one.key: one.state for one in status(tmp_path)}

    assert states() == {"two-parts": "missing", "one-file": "missing"}
    install_both(packages)
    assert states() == {"two-parts": "installed", "one-file": "missing"}
    folder = locate("two-parts", tmp_path)
    assert states() == {"two-parts": "cached", "one-file": "missing"}
    (folder / "config.json").write_bytes(b"other")
    assert states() == {"two-parts": "damaged", "one-file": "missing"}


def test_status_says_what_mends(packages: Packages, tmp_path: Path) -> None:
    packages.install("tiny-single")
    locate("one-file", tmp_path)
    missing, there = status(tmp_path)
    assert (missing.mend, missing.where, missing.size) == ("callscore models fetch", "", 20)
    assert (there.mend, there.licence) == ("", "MIT")
    assert there.where.endswith("w.pt")


def test_memory_sees_a_change_of_size_and_of_time(tmp_path: Path) -> None:
    memory, path = Memory(tmp_path / "memory.json"), tmp_path / "file"
    for content, time in ((b"one", 10**18), (b"two", 2 * 10**18), (b"three", 2 * 10**18)):
        path.write_bytes(content)
        os.utime(path, ns=(time, time))
        assert memory.sha256(path) == hashed(content)


def test_replacing_leaves_the_old_file_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail() -> None:
        with replacing(path) as file:
            file.write(b"new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert everything(tmp_path) == {"file": b"old"}


def test_the_table_is_sound() -> None:
    keys = [entry.key for entry in PUBLISHED]
    assert len(set(keys)) == len(keys)
    for entry in PUBLISHED:
        assert entry.licence in ("MIT", "Apache-2.0")
        assert entry.folder == (len(entry.files) > 1)
        assert len({file.name for file in entry.files}) == len(entry.files)
        for file in entry.files:
            assert len(file.sha256) == 64
            assert set(file.sha256) <= set("0123456789abcdef")
            assert file.parts


def test_whispers_hashes_are_the_ones_others_pin() -> None:
    base, tiny = (published(key).files[0].sha256 for key in ("whisper-base", "whisper-tiny.en"))
    assert base.startswith("d01c3014")
    assert base.endswith("a0a6a9")
    assert tiny.startswith("1a5afae0")
    assert tiny.endswith("e936b2a")


def test_the_extra_installs_the_versions_of_the_table() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = dict(line.split("==") for line in project["project"]["optional-dependencies"]["models"])
    table = {wheel.distribution: wheel.version for entry in PUBLISHED for wheel in entry.wheels}
    assert pinned.items() <= table.items()


def test_a_wheel_that_serves_two_files_is_counted_once() -> None:
    assert [wheel.distribution for wheel in TWO_PARTS.wheels] == ["tiny-left", "tiny-right"]
    assert TWO_PARTS.size == 20
