"""Docker can't be started in the tests. Instead: all that its files name exists, and means what it means elsewhere."""

import re
import shlex
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from roms_app.cli.main import app as roms_app
from roms_app.config import Settings
from roms_app.ops import redis_server, services
from roms_app.ops.paths import ROOT
from tests.setup.test_settings_documented import documented
from wa_worker.contract import streams
from wa_worker.media.store import open_store

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILES = ("docker/app.Dockerfile", "docker/worker.Dockerfile")
OURS = ("app", "worker", "simulator")


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    text = (ROOT / dockerfile).read_text().replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def of_kind(dockerfile: str, kind: str) -> list[str]:
    return [rest for word, rest in instructions(dockerfile) if word == kind]


def env_of(dockerfile: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in of_kind(dockerfile, "ENV") for pair in shlex.split(rest))


def command_of(name: str) -> list[str]:
    service = SERVICES[name]
    return service.get("command") or yaml.safe_load(of_kind(service["build"]["dockerfile"], "CMD")[-1])


def minutes_or_seconds(text: str) -> int:
    number, unit = int(text[:-1]), text[-1]
    return number * {"s": 1, "m": 60}[unit]


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_everything_copied_exists_and_is_sent(dockerfile: str) -> None:
    sent = (ROOT / ".dockerignore").read_text().splitlines()
    for rest in of_kind(dockerfile, "COPY"):
        if rest.startswith("--from"):
            continue
        for source in rest.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in sent, f"{source} is kept out by .dockerignore"


def test_nothing_local_is_sent() -> None:
    sent = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in sent
    assert not {"!.env", "!data", "!.venv", "!.web", "!."} & set(sent)


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_parts_are_set_up_by_the_commands_of_the_makefile(dockerfile: str) -> None:
    ran = " && ".join(of_kind(dockerfile, "RUN"))
    makefile = (ROOT / "Makefile").read_text()
    assert "python3 scripts/bootstrap.py" in ran
    assert "scripts/bootstrap.py" in makefile
    names = {command.name for command in roms_app.registered_commands}
    used = set(re.findall(r"\.venv/bin/roms (\w+)", (ROOT / dockerfile).read_text()))
    assert used
    assert used <= names


def test_the_image_is_built_with_the_packages_of_the_lock() -> None:
    app = DOCKERFILES[0]
    assert "reflex.lock reflex.lock" in of_kind(app, "COPY")
    assert any("roms build --frozen" in ran for ran in of_kind(app, "RUN"))


@pytest.mark.parametrize("dockerfile", DOCKERFILES)
def test_the_image_is_not_root_has_an_init_and_a_volume(dockerfile: str) -> None:
    assert of_kind(dockerfile, "USER") == ["roms"]
    assert yaml.safe_load(of_kind(dockerfile, "ENTRYPOINT")[-1])[0] == "/usr/bin/tini"
    assert of_kind(dockerfile, "VOLUME") == [env_of(dockerfile)["ROMS_DATA_DIR"]]
    assert "tini" in " ".join(of_kind(dockerfile, "RUN"))


def test_the_app_serves_as_the_supervisor_lets_it() -> None:
    assert command_of("app") == [".venv/bin/roms", "serve"]
    assert "serve" in {command.name for command in roms_app.registered_commands}


def test_worker_and_simulator_start_as_under_the_supervisor() -> None:
    assert command_of("worker")[1:] == services.worker_command()[1:]
    assert command_of("simulator")[1:] == services.simulator_command()[1:]
    assert command_of("worker")[0] == command_of("simulator")[0] == ".venv/bin/python"


def test_the_worker_ships_without_the_app() -> None:
    text = (ROOT / "docker/worker.Dockerfile").read_text()
    assert "rm -rf roms_app" in text
    assert "ROMS_DATABASE_URL" not in SERVICES["worker"]["environment"]
    assert "chromium" in text


def test_every_variable_is_a_setting() -> None:
    images = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "REDISCLI_AUTH"}
    named = {name for service in SERVICES.values() for name in service.get("environment", {})}
    for dockerfile in DOCKERFILES:
        named |= {name for name in env_of(dockerfile) if not name.startswith(("PIP_", "UV_"))}
    assert named - images <= documented()


def test_every_secret_comes_from_outside_and_is_asked_for() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    asked = set(re.findall(r"^([A-Z_]+)=$", (ROOT / "docker/env.example").read_text(), re.MULTILINE))
    required = set(re.findall(r"\$\{([A-Z_]+):\?", text))
    assert required == asked
    optional = set(re.findall(r"\$\{([A-Z_]+):-", text))
    assert optional <= documented()
    assert not {name for name in optional if "PASSWORD" in name or "TOKEN" in name}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_watched_and_stops_gently(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"]
    assert minutes_or_seconds(service["stop_grace_period"]) >= 20
    assert service["restart"] == "unless-stopped"
    volumes = [volume.split(":")[0] for volume in service["volumes"]]
    assert volumes
    assert set(volumes) <= set(COMPOSE["volumes"])


def test_each_volume_belongs_to_one_service_but_for_the_files_that_two_share() -> None:
    used = Counter(volume.split(":")[0] for service in SERVICES.values() for volume in service["volumes"])
    assert dict(used) == {name: 2 if name == "media" else 1 for name in COMPOSE["volumes"]}


@pytest.mark.parametrize("name", OURS)
def test_volumes_are_mounted_on_the_data_folder(name: str) -> None:
    data_dir = env_of(SERVICES[name]["build"]["dockerfile"])["ROMS_DATA_DIR"]
    assert SERVICES[name]["volumes"][0].split(":")[1] == data_dir


@pytest.mark.parametrize("name", ["app", "worker"])
def test_app_and_worker_have_one_media_store(name: str, tmp_path: Path) -> None:
    open_store("", tmp_path)
    [made] = tmp_path.iterdir()
    dockerfile = SERVICES[name]["build"]["dockerfile"]
    folder = f"{env_of(dockerfile)['ROMS_DATA_DIR']}/{made.name}"
    assert f"media:{folder}" in SERVICES[name]["volumes"]
    # Docker gives a new volume to whom the image gave the folder.
    assert any(f"-o roms -g roms /data {folder}" in ran for ran in of_kind(dockerfile, "RUN"))


def test_ports_are_those_that_the_processes_listen_on() -> None:
    port = env_of("docker/app.Dockerfile")["ROMS_PORT"]
    assert of_kind("docker/app.Dockerfile", "EXPOSE") == [port]
    assert SERVICES["app"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f":{port}/readyz" in SERVICES["app"]["healthcheck"]["test"][-1]
    simulator = SERVICES["simulator"]["environment"]["ROMS_SIMULATOR_PORT"]
    assert SERVICES["simulator"]["ports"] == [f"127.0.0.1:{simulator}:{simulator}"]
    assert SERVICES["worker"]["environment"]["ROMS_SIMULATOR_URL"].endswith(f":{simulator}")


def test_the_paths_that_health_checks_ask_exist() -> None:
    assert '"/readyz"' in (ROOT / "roms_app/api/routes.py").read_text()
    assert '"/healthz"' in (ROOT / "wa_worker/simulator/server.py").read_text()
    assert f"'{streams.HEARTBEAT_PREFIX}'" in SERVICES["worker"]["healthcheck"]["test"][-1]


def test_the_worker_keeps_its_name_over_restarts() -> None:
    worker = SERVICES["worker"]
    assert worker["hostname"] == worker["environment"]["ROMS_WORKER_ID"]


def test_redis_keeps_what_ours_keeps(tmp_path: Path) -> None:
    ours = redis_server.server_command(Settings(data_dir=tmp_path))
    theirs = SERVICES["redis"]["command"]
    for option in ("--appendonly", "--appendfsync", "--save", "--maxmemory-policy"):
        assert theirs[theirs.index(option) + 1] == ours[ours.index(option) + 1]
    assert "--requirepass" in theirs


def test_the_images_python_is_one_that_the_project_allows() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11"
    for dockerfile in DOCKERFILES:
        for image in of_kind(dockerfile, "FROM"):
            assert re.match(r"python:3\.(1[1-9])-slim", image)
