"""Values to JSON text and back, without loss."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import ConfigDict, RootModel, ValidationError
from pydantic_core import PydanticSerializationError

from scoring.errors import StoreError

T = TypeVar("T")


@cache
def _model(kind: Any) -> type[RootModel[Any]]:
    class Stored(RootModel[kind]):
        # pydantic would write null for NaN, and a missing number is not the same as a wrong one
        model_config = ConfigDict(ser_json_inf_nan="constants")

    return Stored


def dumps(kind: Any, value: Any) -> str:
    """Return `value`, of type `kind`, as JSON text.

    Raises:
        StoreError: a part of it has another type, or is a number that JSON does not know (NaN, infinity).
    """
    try:
        text = _model(kind).model_construct(value).model_dump_json(warnings="error")
        if "NaN" in text or "Infinity" in text:
            json.loads(text, parse_constant=_refuse)  # the word may also stand in what somebody said
    except (PydanticSerializationError, ValueError) as error:
        raise StoreError(f"This {_name(kind)} cannot be stored: {' '.join(str(error).split())}") from None
    return text


def loads(kind: type[T], text: str) -> T:
    """Return the value that `dumps` wrote.

    Raises:
        StoreError: the text does not hold one.
    """
    try:
        return cast(T, _model(cast(Any, kind)).model_validate_json(text).root)
    except ValidationError as error:
        raise StoreError(
            f"A stored {_name(kind)} is damaged: {error.errors()[0]['msg']}.", hint="Restore the database from a copy."
        ) from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))
