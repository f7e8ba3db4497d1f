"""Ports: one clear line about what is taken, and a way out."""

import socket

import pytest

from ops.ports import check, free_port, wanted
from ops.processes import ProcessError
from settings import Settings


def _settings(**ports: int) -> Settings:
    names = ("api_port", "temporal_port", "temporal_ui_port", "simulator_port", "worker_metrics_port")
    return Settings.model_validate({"relay_metrics_port": 0, **{name: free_port() for name in names}, **ports})


def test_free_ports_pass() -> None:
    check(wanted(_settings()))


def test_a_taken_port_is_named_with_its_setting_and_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ProcessError) as refused:
            check(wanted(_settings(api_port=port)))
    start, _, advice = str(refused.value).partition("CLOSELOOP_API_PORT=")
    assert start == f"Port {port} (API) is taken. Free it or choose another: "
    assert int(advice.split()[0]) > port
    assert advice.endswith(" make run")


def test_one_port_wanted_twice_is_found() -> None:
    port = free_port()
    with pytest.raises(ProcessError, match=rf"Port {port} \(channel simulator\) is taken"):
        check(wanted(_settings(api_port=port, simulator_port=port)))


def test_servers_that_run_elsewhere_need_no_port_here() -> None:
    settings = Settings(_env_file=None, temporal_address="temporal:7233", channels_url="http://channels:8010")
    assert [one.setting for one in wanted(settings)] == ["api_port", "worker_metrics_port", "relay_metrics_port"]


def test_a_free_port_is_promised_once() -> None:
    assert len({free_port() for _ in range(500)}) == 500
