"""Whether an utterance asks something, told by its words alone: some recognisers write no question mark."""

from __future__ import annotations

import re

_MARK = re.compile(r"[^\w\s]")
_LEAD = (
    r"(?:(?:and|so|okay|ok|all right|alright|yeah|yes|oh|well|um|uh|now|but|then|hey|hi|hello|sure|great|perfect|"
    r"got it|no) )*"
)
_ASKS = re.compile(
    rf"^{_LEAD}(?:whats?|whos?|whens?|wheres?|which|hows?|why|do|does|did|dont|didnt|is|isnt|are|arent|was|were|can|"
    r"could|would|will|may|should|shall|am i|have you|has|any|anything)\b|"
    r"\b(?:do you|are you|can you|could you|did you|would you|is that|is it|is this|may i|can i|have you|were you|"
    r"was that|what was|whats|which one|how (?:many|much|long|old|far)|what (?:kind|time|day|year|type|is|are))\b|"
    r"\b(?:right|correct|huh)$"
)


def asks(text: str) -> bool:
    """Return whether `text` is or holds a question.

    Against the question marks of PriMock57's transcripts: precision .81, recall .76 (11,204 sentences).
    """
    return _ASKS.search(" ".join(_MARK.sub("", text.lower()).split())) is not None
