"""Calls to scorecards: counts, rates with intervals, trends, moments."""

from scoring.scorecard.types import ScoredCall, Scorecards

__all__ = ["ScoredCall", "Scorecards"]
