"""How written replies end: own name and department."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scoring.calls import Role, Transcript
from scoring.signals.company import TRADES
from scoring.signals.names import Known, could_be_name, match
from scoring.signals.phrases import make_hit
from scoring.signals.text import Utterance
from scoring.signals.types import Hit

TAIL = 12  # words at the end of a message in which it is signed
_FAREWELL = re.compile(r"(?:regards|sincerely|best|wishes|faithfully|truly|cheers|thanks|respectfully|yours)$")


def sign_offs(transcript: Transcript, spoken: Sequence[Utterance], known: Known, *, cased: bool) -> Iterator[Hit]:
    """Yield the name and the department that stand after a farewell ("Kind regards, …")."""
    for utterance in spoken:
        if utterance.role is not Role.AGENT:
            continue
        tail = utterance.tokens[-TAIL:]
        farewells = [i for i, token in enumerate(tail[:-1]) if _FAREWELL.match(token.norm)]
        words = tail[farewells[-1] + 1 :] if farewells else ()
        places = [t for t in words if t.norm in TRADES or any(t.norm in name.split() for name in known.company)]
        names = [t for t in words if match(t.norm, known.agent) or (could_be_name(t, cased=cased) and t.capital)]
        if names and names[0] not in places:
            yield make_hit(transcript.turns, names[:1], "sign_off", 0.9)
        if places:
            yield make_hit(transcript.turns, places, "sign_off_department", 0.9)
