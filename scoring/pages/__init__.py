"""One typed context a page, the charts and the templates: used by files and by the web alike."""

from scoring.pages.types import CallRecord, SetAside, SiteData

__all__ = ["CallRecord", "SetAside", "SiteData"]
