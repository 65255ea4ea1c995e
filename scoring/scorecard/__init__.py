"""Calls to scorecards: counts, rates with intervals, trends, moments."""

from scoring.scorecard.cards import make_scorecards
from scoring.scorecard.periods import local, time_zone
from scoring.scorecard.types import Scorecards, ScoredCall

__all__ = ["Scorecards", "ScoredCall", "local", "make_scorecards", "time_zone"]
