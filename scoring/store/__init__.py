"""What was done is kept here, by content hash. The only room that knows SQL."""

from scoring.store.store import Store
from scoring.store.types import AsideEntry, StoredCall

__all__ = ["AsideEntry", "Store", "StoredCall"]
