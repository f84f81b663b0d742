"""Nothing is resolved on the user's machine: the locks are installed as they are, whatever the index offers."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.setup.conftest import Checkout, make_isolated
from tests.setup.package_index import NEWER, Index, pins, wheel_name

#: Debian 12's, a middle one, and the newest (pips.lock).
PIPS = ("23.0", "24.3.1", "26.3")
#: pip 23.0 does not start on Python 3.12, which has never come with one so old.
RUNNING_PIPS = PIPS[1:] if sys.version_info >= (3, 12) else PIPS


def expected(*locks: str) -> dict[str, str]:
    """The locks' pins for this machine, by the names of wheels."""
    found = {pin.name.replace("-", "_"): pin.version for lock in locks for pin in pins(lock) if pin.is_for_this_machine}
    return found | {"roms": "0.1.0"}


def apart_from_pip(installed: dict[str, str]) -> dict[str, str]:
    """pip comes with Python itself."""
    return {name: version for name, version in installed.items() if name != "pip"}


def test_the_index_offers_a_newer_release_of_everything(index: Index) -> None:
    for pin in (*pins("requirements.lock"), *pins("requirements-dev.lock")):
        page = index.page(pin.name) or ""
        assert wheel_name(pin.name, pin.version) in page
        assert wheel_name(pin.name, NEWER) in page
    assert "data-yanked" in (index.page("rich") or "")


def test_uv_installs_the_locks_and_nothing_else(index: Index, tmp_path: Path) -> None:
    # From nothing, as a newcomer's checkout is.
    checkout = make_isolated(index, tmp_path)
    first = checkout.bootstrap()
    assert first.returncode == 0, first.stderr
    assert "uv can't" not in first.stdout
    assert apart_from_pip(checkout.installed()) == expected("requirements.lock")
    assert_is_complete(checkout)
    both = checkout.bootstrap("--dev")
    assert both.returncode == 0, both.stderr
    assert apart_from_pip(checkout.installed()) == expected("requirements.lock", "requirements-dev.lock")
    assert_is_complete(checkout)
    # Running after testing asks nobody, and removes nothing.
    again = checkout.bootstrap(PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert apart_from_pip(checkout.installed()) == expected("requirements.lock", "requirements-dev.lock")


@pytest.mark.parametrize("version", RUNNING_PIPS)
def test_where_there_is_no_uv_every_pip_installs_the_lock_and_nothing_else(
    checkout: Checkout, index: Index, pips: dict[str, Path], version: str
) -> None:
    index.absent.add("uv")
    checkout.env["PYTHONPATH"] = str(pips[version])
    ran = checkout.bootstrap()
    assert ran.returncode == 0, ran.stderr
    assert "uv can't do it here" in ran.stdout
    wanted = expected("requirements.lock")
    del wanted["uv"]
    assert apart_from_pip(checkout.installed()) == wanted
    used = subprocess.run(
        [checkout.venv / "bin" / "python", "-m", "pip", "--version"], env=checkout.env, capture_output=True, text=True
    )
    assert used.stdout.startswith(f"pip {version} ")


def test_pip_goes_on_where_uv_fails(checkout: Checkout) -> None:
    # uv then asks no index, and has nothing in its cache.
    ran = checkout.bootstrap(UV_OFFLINE="1")
    assert ran.returncode == 0, ran.stderr
    assert "uv can't do it here" in ran.stdout
    assert apart_from_pip(checkout.installed()) == expected("requirements.lock")


def test_the_pips_are_those_that_are_pinned(pips: dict[str, Path]) -> None:
    assert tuple(pips) == PIPS


def assert_is_complete(checkout: Checkout) -> None:
    """No package lacks another that it needs: installed without its dependencies, nobody else would notice."""
    python = str(checkout.venv / "bin" / "python")
    check = subprocess.run([python, "-m", "pip", "check"], env=checkout.env, capture_output=True, text=True)
    assert check.returncode == 0, check.stdout
