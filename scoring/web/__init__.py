"""The pages on this machine's own address, read-only."""

from scoring.web.app import make_app, serve

__all__ = ["make_app", "serve"]
