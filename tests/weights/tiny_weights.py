"""A small table of invented weights, and packages that carry them: no test needs the real ones or a network."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scoring.weights import DataFile, Part, Published
from scoring.weights.table import Wheel

CONTENTS = {"joined": b"first half, second half", "config": b'{"a": 1}', "deep": b"pooling"}
HALVES = (b"first half, ", b"second half")


def hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


LEFT, RIGHT, SINGLE = (Wheel(name, "1.0.0", 10) for name in ("tiny-left", "tiny-right", "tiny-single"))
TWO_PARTS = Published(
    "two-parts",
    "testing",
    "MIT",
    (
        DataFile(
            "model.bin", hashed(CONTENTS["joined"]), (Part(LEFT, "tiny_left/a.bin"), Part(RIGHT, "tiny_right/b.bin"))
        ),
        DataFile("config.json", hashed(CONTENTS["config"]), (Part(LEFT, "tiny_left/config.json"),)),
        DataFile("1_Pool/deep.json", hashed(CONTENTS["deep"]), (Part(RIGHT, "tiny_right/1_Pool/deep.json"),)),
    ),
    folder=True,
)
ONE_FILE = Published(
    "one-file", "testing", "MIT", (DataFile("w.pt", hashed(b"weights"), (Part(SINGLE, "tiny_single/w.pt"),)),)
)
PACKAGES: dict[str, dict[str, bytes]] = {
    "tiny-left": {"tiny_left/a.bin": HALVES[0], "tiny_left/config.json": CONTENTS["config"]},
    "tiny-right": {"tiny_right/b.bin": HALVES[1], "tiny_right/1_Pool/deep.json": CONTENTS["deep"]},
    "tiny-single": {"tiny_single/w.pt": b"weights"},
}


def files_of(name: str, data: Mapping[str, bytes]) -> dict[str, bytes]:
    """A distribution's files; importing its package is an error."""
    package, info = name.replace("-", "_"), f"{name.replace('-', '_')}-1.0.0.dist-info"
    return {
        f"{package}/__init__.py": b"raise AssertionError('a package of weights was imported')\n",
        **data,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }


@dataclass(frozen=True)
class Packages:
    """Where invented packages are put."""

    site: Path
    wheels: Path

    def install(self, name: str, data: Mapping[str, bytes] | None = None) -> None:
        for path, content in files_of(name, PACKAGES[name] if data is None else data).items():
            target = self.site / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def offer(self, name: str, data: Mapping[str, bytes] | None = None) -> None:
        """Put a wheel where pip will find it."""
        with zipfile.ZipFile(self.wheels / f"{name.replace('-', '_')}-1.0.0-py3-none-any.whl", "w") as wheel:
            for path, content in files_of(name, PACKAGES[name] if data is None else data).items():
                wheel.writestr(path, content)
