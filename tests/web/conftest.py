import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "publish"))  # invented.py, the builder of sample calls
