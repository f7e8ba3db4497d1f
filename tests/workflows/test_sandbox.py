"""The sandbox does not ask where a payload stands: nothing of ours may write it differently there."""

import pytest
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import WithSerializationContext

from payload_codec import EncryptedPayloads
from settings import Settings
from temporal_client import data_converter
from worker import SANDBOX
from workflows.sandbox import Sandbox


def test_our_workers_run_in_it() -> None:
    assert isinstance(SANDBOX, Sandbox)


def test_no_converter_of_ours_asks_where_a_payload_stands() -> None:
    assert data_converter(Settings(_env_file=None)).payload_converter_class is PydanticPayloadConverter
    kinds = PydanticPayloadConverter().converters.values()
    assert not [kind for kind in kinds if isinstance(kind, WithSerializationContext)]


@pytest.mark.parametrize("kind", [EncryptedPayloads, data_converter(Settings(_env_file=None)).failure_converter_class])
def test_neither_does_the_codec_or_what_writes_failures(kind: type) -> None:
    assert not issubclass(kind, WithSerializationContext)
