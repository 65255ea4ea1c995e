"""Invented calls, labelled by the codebook as careful readers would, and the file they stand in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROLES = {"A": "agent", "C": "customer", "S": "system", "?": None}

TYRES = (
    ("S", "This call may be recorded for training purposes."),
    ("A", "Good morning, thank you for calling Larkfield Tyres, this is Dora speaking. How can I help you today?"),
    ("C", "Hello, my name is Peter Moss. I have a flat tyre and I would like a new one, please."),
    ("A", "Oh no, I am sorry to hear that, Peter. When did you notice that it was flat?"),
    ("C", "This morning. I am worried, I need my car to take my mother to the hospital."),
    ("A", "So your tyre went flat overnight and you need the car today. I have booked you in for two o'clock today."),
    ("C", "That is great."),
    ("A", "Is there anything else I can do for you?"),
    ("C", "No, that's all."),
    ("A", "Thank you for calling Larkfield Tyres. Have a great day, bye."),
)
BILL = (
    ("A", "Northfield Water, how can I help?"),
    ("C", "I have a question about my bill."),
    ("A", "Can I put you on a brief hold while I look for it?"),
    ("C", "Sure."),
    ("S", "Please stay on the line, your call is important to us."),
    ("A", "Thank you for holding. The bill is for two months, so it is correct."),
    ("C", "Okay. Bye."),
    ("A", "Goodbye."),
)
SURVEY = (
    ("C", "Hello?"),
    ("A", "Hi, this is Bruno from Larkfield Tyres. I am calling about the tyre you bought last week."),
    ("C", "Yes, it works now."),
    ("?", "Mm."),
    ("A", "Wonderful. Thanks for your time, goodbye."),
)
MAILBOX = (("S", "You have reached Northfield Water. Please leave a message after the tone."), ("C", "It is Ann. Bye."))

LABELS: dict[str, dict[str, Any]] = {
    "tyres": {
        "greet_salutation": "y", "greet_name": "y", "greet_company": "y", "greet_offer": "y",
        "name_known": "y", "name_used": "y", "name_count": [1, 1], "listen_clarify": "y", "listen_paraphrase": "y",
        "listen_repeat_forced": "n", "emp_needed": "y", "emp_expressed": "y", "emp_dismissive": "n",
        "close_more": "y", "close_next": None, "close_thanks": "y", "close_bye": "y",
        "hold": "n", "hold_announced": "na", "hold_return": "na",
        "direction": "inbound", "outcome": "dated", "type": ["normal"], "overall": [5, 4],
    },
    "bill": {
        "greet_salutation": "n", "greet_name": "n", "greet_company": "y", "greet_offer": "y",
        "name_known": "n", "name_used": "na", "name_count": [0, 1], "listen_clarify": "n", "emp_needed": "n",
        "emp_expressed": "na", "emp_dismissive": "n", "close_more": "n", "close_next": "n", "close_thanks": "n",
        "close_bye": "y",
        "hold": "y", "hold_announced": "y", "hold_return": "y",
        "direction": "inbound", "outcome": "resolved", "type": ["normal"],
    },
    "survey": {
        "greet_salutation": "y", "greet_name": "y", "greet_company": "y", "greet_offer": "y", "name_known": "n",
        "name_count": 0, "emp_needed": "n", "close_more": "n", "close_thanks": "y", "close_bye": "y", "hold": "n",
        "direction": "outbound", "type": "normal",
    },
    "mailbox": {"greet_name": "na", "close_bye": "na", "direction": "inbound", "outcome": "na", "type": ["voicemail"]},
}  # fmt: skip
EVIDENCE: dict[str, dict[str, list[int]]] = {
    "tyres": {"greet_name": [1], "greet_offer": [1], "name_used": [3], "close_more": [7], "close_bye": [9]},
    "bill": {"greet_offer": [0], "close_bye": [6, 7], "hold": [2]},
    "survey": {"greet_name": [1], "close_bye": [4]},
    "mailbox": {},
}
TALKS = {"tyres": TYRES, "bill": BILL, "survey": SURVEY, "mailbox": MAILBOX}


def line(name: str, *, seconds: float | None = None) -> dict[str, Any]:
    """One call as a line of a reference file; each turn lasts `seconds`, or there are no times."""
    turns = [{"text": text, "role": ROLES[role], "start_ms": None, "end_ms": None} for role, text in TALKS[name]]
    for place, turn in enumerate(turns if seconds else []):
        turn |= {"start_ms": int(1000 * place * seconds), "end_ms": int(1000 * (place + 1) * seconds)}
    return {"id": name, "labels": dict(LABELS[name]), "evidence": dict(EVIDENCE[name]), "turns": turns, "source": "own"}


def lines() -> list[dict[str, Any]]:
    """All of them, two with times."""
    return [line(name, seconds=4.0 if place % 2 else None) for place, name in enumerate(TALKS)]


def write(path: Path, rows: Sequence[Any]) -> Path:
    """Write rows as JSON lines; text stands as it is."""
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n")
    return path
