"""Files for everybody: self-contained HTML, CSV, XLSX and JSON."""

from scoring.publish.site import Published, publish

__all__ = ["Published", "publish"]
