"""How Temporal is spoken to: in the clear on one machine, by TLS and a key elsewhere."""

from pathlib import Path

import pytest
from temporalio.service import TLSConfig

from settings import Settings
from temporal_client import connect_lazily


async def test_on_one_machine_it_is_spoken_to_in_the_clear() -> None:
    config = (await connect_lazily(Settings(_env_file=None))).service_client.config
    assert (config.tls, config.api_key) == (False, None)


async def test_a_key_only_travels_by_tls() -> None:
    config = (await connect_lazily(Settings(_env_file=None, temporal_api_key="key"))).service_client.config
    assert (config.tls, config.api_key) == (True, "key")


async def test_certificates_of_our_own_are_shown(tmp_path: Path) -> None:
    for name in ("ca", "cert", "key"):
        (tmp_path / name).write_text(name)
    settings = Settings(
        _env_file=None,
        temporal_tls_ca=tmp_path / "ca",
        temporal_tls_cert=tmp_path / "cert",
        temporal_tls_key=tmp_path / "key",
        temporal_tls_server_name="temporal.internal",
    )
    tls = (await connect_lazily(settings)).service_client.config.tls
    assert tls == TLSConfig(
        server_root_ca_cert=b"ca", client_cert=b"cert", client_private_key=b"key", domain="temporal.internal"
    )


async def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"absent\.pem"):
        await connect_lazily(Settings(_env_file=None, temporal_tls_ca=tmp_path / "absent.pem"))
