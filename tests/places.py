"""Where things lie, for tests that run the product as another process."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
SAMPLES = REPOSITORY / "audio_samples"
# Weights are large and never change: `make test` puts them here. Read before a test takes the variable away.
CACHE = Path(os.environ.get("CALLSCORE_CACHE_DIR") or REPOSITORY / ".cache" / "callscore").resolve()
