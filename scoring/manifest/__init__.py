"""Who and when: what a list beside the calls, or a file's own name, says about each call."""

from scoring.manifest.names import info_from_name
from scoring.manifest.read import Manifest, find_manifest, read_manifest

__all__ = ["Manifest", "find_manifest", "info_from_name", "read_manifest"]
