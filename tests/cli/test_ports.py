"""Doctor asks the ROMS of its own data folder, also when another one answers on the port of the settings."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from devtools.system import free_port
from roms_app.config import Settings
from roms_app.ops import doctor, ports, running


@contextmanager
def answering(answer: object) -> Iterator[int]:
    """A server that answers so to everything; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def a_roms() -> Iterator[int]:
    """The port of something that answers as a ROMS does."""
    with answering({"status": "ready", "database": True, "redis": True}) as port:
        yield port


@pytest.fixture
def other_roms() -> Iterator[int]:
    with answering({"status": "ready", "database": True, "redis": True}) as port:
        yield port


def at(folder: Path, port: int) -> Settings:
    return Settings(data_dir=folder, port=port, simulator_port=free_port())


def look(settings: Settings) -> doctor.Finding:
    return doctor._look("Ports", doctor.CHECKS["Ports"], settings)


def test_our_run_is_asked_where_it_runs(tmp_path: Path, a_roms: int, other_roms: int) -> None:
    with running.exclusive_run(at(tmp_path, a_roms)) as is_ours:
        assert is_ours
        assert look(at(tmp_path, a_roms)).detail == f"ROMS answers on {a_roms}"
        found = look(at(tmp_path, other_roms))
    assert found.is_good
    assert found.detail == f"ROMS answers on {a_roms}; ROMS_PORT here is {other_roms}, which another ROMS uses"


def test_another_roms_does_not_answer_for_ours(tmp_path: Path, other_roms: int) -> None:
    dead = free_port()
    with running.exclusive_run(at(tmp_path, dead)):
        found = look(at(tmp_path, other_roms))
    assert not found.is_good
    assert str(dead) in found.detail


def test_a_port_that_is_taken_tells_by_whom(tmp_path: Path, other_roms: int) -> None:
    found = look(at(tmp_path, other_roms))
    assert not found.is_good
    assert "taken by another ROMS" in found.detail
    with answering(["something else"]) as port:
        assert "taken by another program" in look(at(tmp_path, port)).detail
        assert ports.holder_of("127.0.0.1", port) == "another program"
    assert ports.holder_of("127.0.0.1", free_port()) == ""


def test_only_one_runs_on_a_folder(tmp_path: Path) -> None:
    settings = at(tmp_path, free_port())
    assert running.running_settings(settings) is None
    with running.exclusive_run(settings), running.exclusive_run(settings) as is_ours:
        assert not is_ours
    assert running.running_settings(settings) is None
