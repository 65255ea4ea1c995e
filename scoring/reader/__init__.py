"""Reads a conversation as a whole: who speaks in each turn, and what is shown in it."""

from scoring.reader.labels import AGENT_SHOWS, CUSTOMER_SHOWS, LABELS
from scoring.reader.reading import ConversationReader, Reading, Shown, load_reader

__all__ = [
    "AGENT_SHOWS",
    "CUSTOMER_SHOWS",
    "LABELS",
    "ConversationReader",
    "Reading",
    "Shown",
    "load_reader",
]
