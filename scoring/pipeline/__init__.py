"""One call from its file to its stored score, and many calls from the store to published scorecards."""
