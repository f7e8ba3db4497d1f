"""The survey platforms we take responses from, by the name in the webhook's path."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from surveys import formbricks, generic, typeform
from surveys.mapping import Forms, SourceName
from surveys.response import ResponseIn

Verify = Callable[[Mapping[str, str], bytes, Sequence[str], datetime], None]
"""(headers, raw body, secrets, now): raises BadSignature or Stale."""
Parse = Callable[[Mapping[str, str], bytes, Forms, datetime], ResponseIn]
"""(headers, raw body, forms, received at): raises SurveyError and nothing else."""


@dataclass(frozen=True)
class Source:
    """How one platform's deliveries are told from forgeries, and read."""

    name: SourceName
    verify: Verify
    parse: Parse


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        source.name.value: source
        for source in (
            Source(SourceName.GENERIC, generic.verify, generic.parse),
            Source(SourceName.TYPEFORM, typeform.verify, typeform.parse),
            Source(SourceName.FORMBRICKS, formbricks.verify, formbricks.parse),
        )
    }
)
