"""Every error callscore raises on purpose.

CallscoreError                 one line for the user, no traceback
├── InputError                 something the user gave is wrong
│   ├── SettingsError          callscore.toml or a CALLSCORE_ variable
│   ├── ManifestError          the list that says who spoke and when
│   ├── RecordingError         audio that cannot be decoded or judged
│   ├── TextError              a written conversation that cannot be read
│   └── RubricError            a rubric with faults; lists them all
├── WeightsError               model weights missing or not what they claim to be
├── StoreError                 the database
│   └── StoreVersionError      written by a newer callscore
└── TransientError             worth trying again: a lost share, a busy database
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches


class CallscoreError(Exception):
    """Base of all errors shown to the user as one line.

    `hint` says what to do about it and is printed under the message.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(CallscoreError):
    """Something the user gave is wrong; trying again unchanged will fail again."""


class SettingsError(InputError):
    """A setting is unknown or has a value it cannot have."""


class ManifestError(InputError):
    """The manifest cannot be used as it is."""


class RecordingError(InputError):
    """A recording cannot be decoded or holds nothing that can be judged."""


class TextError(InputError):
    """A written conversation cannot be read."""


class RubricError(InputError):
    """A rubric has faults. `faults` holds each with its path, such as `criteria[2].weight: …`."""

    def __init__(self, message: str, faults: Sequence[str] = (), *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {fault}" for fault in self.faults)])

    def __reduce__(self) -> tuple[object, ...]:
        return (_remake_rubric_error, (self.message, self.faults, self.hint))


class WeightsError(CallscoreError):
    """Model weights are missing, or their sha256 is not the one in our source."""


class StoreError(CallscoreError):
    """The database refused what was asked of it."""


class StoreVersionError(StoreError):
    """The database was written by a newer callscore than this one."""


class TransientError(CallscoreError):
    """A cause outside the call itself; the same work may succeed later."""


def _remake_rubric_error(message: str, faults: tuple[str, ...], hint: str) -> RubricError:
    return RubricError(message, faults, hint=hint)


def nearest(name: str, known: Sequence[str]) -> str:
    """Return `did you mean X?` for the closest known name, or an empty string."""
    matches = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {matches[0]!r}?" if matches else ""
