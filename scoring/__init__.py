"""callscore: recorded conversations in, evidence-backed scorecards out."""

__version__ = "0.1.0"
