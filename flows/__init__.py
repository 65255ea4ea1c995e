"""Prefect flows: order, retries, time limits, schedule, progress. No rules of their own; tasks take and return ids."""

from __future__ import annotations

import os

# Data never leaves the machine, and neither does news of its use. Prefect reads these when it is first imported.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
