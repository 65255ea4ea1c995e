import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parents[1] / "publish"))  # invented.py, the builder of sample calls
settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")
