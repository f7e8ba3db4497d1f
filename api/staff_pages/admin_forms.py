"""Forms of administration: held against what they must be, each field with its complaint."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError

Shape = TypeVar("Shape", bound=BaseModel)


def checked(shape: type[Shape], filled: BaseModel, wrong: Mapping[str, str]) -> tuple[Shape | None, dict[str, str]]:
    """What was typed as `shape` has it; or None, and of `wrong` what is said at each field that will not do."""
    try:
        return shape.model_validate(filled.model_dump()), {}
    except ValidationError as error:
        return None, {field: wrong[field] for field in (str(one["loc"][0]) for one in error.errors())}
