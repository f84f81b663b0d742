"""Participants of the simulator's tests: pages and handsets without a browser, and the simulator as a process."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from devtools.waiting import PATIENCE, undone_by, until
from tests.support import problems
from wa_worker.simulator import ctl
from wa_worker.simulator.phone import Phone

ROOT = Path(__file__).parents[2]
BUNDLE = Path(os.environ.get("ROMS_WA_JS_PATH") or ROOT / "data" / "wa-js" / "wppconnect-wa.js")
DEWI, DEWI_PN = "200200@lid", "6281230001001@c.us"
AGUS, AGUS_PN = "300300@lid", "6285230001004@c.us"


class FakePage:
    """A page's seat, remembering what it was told."""

    def __init__(self, *, is_member: bool = True) -> None:
        self.is_member = is_member
        self.wants_qr = False
        self.awaits_passkey = False
        self.told: list[dict[str, Any]] = []

    def send_text(self, text: str) -> None:
        self.told.append(json.loads(text))

    def stop(self) -> None:
        """Nothing is connected."""

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The received messages of one kind."""
        return [message for message in self.told if message["t"] == kind]


class FakeHandset(FakePage):
    """A ``/phone`` page's seat."""

    def __init__(self, open_chat: str | None = None) -> None:
        super().__init__()
        self.open_chat = open_chat


def do(phone: Phone, cmd: str, **arguments: Any) -> dict[str, Any]:
    """A command as ``POST /ctl`` carries it out."""
    return ctl.parse({"phone": phone.key, "cmd": cmd, **arguments}).apply(phone)


class SimulatorProcess:
    """``python -m wa_worker.simulator`` on a free port. Its QR codes don't come to an end before somebody scans."""

    def __init__(self, folder: Path, qr_seconds: float = 1.0, qr_codes: int = 1000) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._env = {
            **os.environ,
            "ROMS_DATA_DIR": str(folder),
            "ROMS_SIMULATOR_PORT": str(self.port),
            "ROMS_SIMULATOR_QR_SECONDS": str(qr_seconds),
            "ROMS_SIMULATOR_QR_CODES": str(qr_codes),
        }
        self._log = folder / "simulator.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = httpx.Client(base_url=self.url, timeout=PATIENCE)

    def start(self) -> None:
        """Returns when it answers."""
        command = [sys.executable, "-m", "wa_worker.simulator"]
        problems.watch(self._log)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=self._env, cwd=ROOT, stdout=log, stderr=log)
        with undone_by(lambda: self.end(signal.SIGKILL)):
            until(self._answers, what="the simulator answers")

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it and wait; the exit code."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        process.send_signal(how)
        code = process.wait(PATIENCE)
        print(self._log.read_text(errors="replace"))
        return code

    def ctl(self, cmd: str, phone: str = "7", **arguments: Any) -> dict[str, Any]:
        """A command; fails with the simulator's own sentence."""
        answer = self.http.post("/ctl", json={"phone": phone, "cmd": cmd, **arguments})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self, phone: str = "7") -> dict[str, Any]:
        return self.http.get("/state", params={"phone": phone}).json()

    def scan(self, phone: str = "7") -> dict[str, Any]:
        """As soon as a QR is on the screen."""
        until(lambda: self.state(phone)["qr"]["ref"], what="a QR code")
        return self.ctl("scan", phone)

    def _answers(self) -> bool:
        try:
            return self.http.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False
