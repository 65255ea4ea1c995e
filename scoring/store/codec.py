"""Values to JSON text and back, without loss."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from scoring.errors import StoreError

T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dumps(kind: Any, value: Any) -> str:
    """Return `value`, of type `kind`, as JSON text.

    Raises:
        StoreError: a part of it has another type, or is a number that JSON does not know (NaN, infinity).
    """
    try:
        plain = _adapter(kind).dump_python(value, mode="json", warnings="error")
        return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (PydanticSerializationError, ValueError) as error:
        raise StoreError(f"This {_name(kind)} cannot be stored: {' '.join(str(error).split())}") from None


def loads(kind: type[T], text: str) -> T:
    """Return the value that `dumps` wrote.

    Raises:
        StoreError: the text does not hold one.
    """
    try:
        value: T = _adapter(cast(Any, kind)).validate_json(text)
    except ValidationError as error:
        raise StoreError(
            f"A stored {_name(kind)} is damaged: {error.errors()[0]['msg']}.", hint="Restore the database from a copy."
        ) from None
    return value


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))
