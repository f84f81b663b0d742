"""Set-up on machines where something is wrong: it ends with one sentence and its mend, and the next run works."""

import datetime
import os
import signal
import subprocess
import threading
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from devtools.waiting import PATIENCE, until
from tests.setup.conftest import Checkout, make_isolated
from tests.setup.package_index import Index, pins, wheel_name
from tests.setup.test_index import apart_from_pip, expected

#: Nobody listens there, nor will: the port is reserved.
NOBODY = "http://127.0.0.1:1/simple"
#: The packages of these tests' locks: set-up's own tools and two more, and one tool.
FEW = ("uv", "setuptools", "redis", "rich", "ruff")


@pytest.fixture
def checkout(index: Index, tmp_path: Path, empty_venv: Path) -> Checkout:
    """A checkout with short locks, for how it fails does not depend on their length; its environment is empty."""
    made = make_isolated(index, tmp_path, only=FEW)
    made.use_empty(empty_venv)
    return made


def told(ran: subprocess.CompletedProcess[str]) -> str:
    """The sentence and the mend that a failed run ended with."""
    assert ran.returncode == 1, f"{ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    assert "Traceback (most recent call last):\n  File" not in ran.stderr.splitlines()[-1]
    sentence, mend = ran.stderr.splitlines()[-2:]
    assert sentence.endswith(".")
    assert mend.endswith("then run the command again.")
    return f"{sentence}\n{mend}"


def assert_works(checkout: Checkout, **env: str) -> subprocess.CompletedProcess[str]:
    ran = checkout.bootstrap(**env)
    assert ran.returncode == 0, ran.stderr
    assert apart_from_pip(checkout.installed()) == few("requirements.lock")
    return ran


def few(lock: str) -> dict[str, str]:
    return {name: version for name, version in expected(lock).items() if name in (*FEW, "roms")}


def file_of(package: str) -> str:
    return next(wheel_name(pin.name, pin.version) for pin in pins("requirements.lock") if pin.name == package)


def test_no_network(checkout: Checkout) -> None:
    assert "The package index can't be reached." in told(checkout.bootstrap(PIP_INDEX_URL=NOBODY))
    assert_works(checkout)


def test_the_network_fails_and_what_was_installed_stays(checkout: Checkout) -> None:
    assert_works(checkout)
    lock = checkout.folder / "requirements.lock"
    before = lock.read_text()
    lock.write_text(before + "\n# Changed.\n")
    # uv itself is there already, and nothing else is asked for.
    assert_works(checkout, PIP_INDEX_URL=NOBODY)
    assert "The package index can't be reached." in told(checkout.bootstrap("--dev", PIP_INDEX_URL=NOBODY))
    # ROMS can still be started.
    ran = checkout.bootstrap(PIP_INDEX_URL=NOBODY)
    assert (ran.returncode, ran.stdout) == (0, "")


def test_an_index_that_lacks_a_package(checkout: Checkout, index: Index) -> None:
    index.absent.add("redis")
    said = told(checkout.bootstrap())
    assert "has not the version of redis" in said
    assert "network" not in said
    index.absent.clear()
    assert_works(checkout)


def test_a_file_that_is_not_the_locks(checkout: Checkout, index: Index) -> None:
    index.changed.add(file_of("redis"))
    said = told(checkout.bootstrap())
    assert "a file of redis that is not the one in the lock" in said
    index.changed.clear()
    assert_works(checkout)


@pytest.fixture
def authority(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate authority that nobody knows, and the certificate with key that it gave to localhost."""
    now = datetime.datetime.now(datetime.UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("A proxy's own", "localhost")]
    paths = []
    for number in range(2):
        builder = (
            x509.CertificateBuilder()
            .issuer_name(names[0])
            .subject_name(names[number])
            .public_key(keys[number].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=number == 0, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[0].public_key()), False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(keys[number].public_key()), False)
        )
        pem = builder.sign(keys[0], hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        if number == 1:
            pem += keys[1].private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        paths.append(tmp_path / f"{('ca', 'server')[number]}.pem")
        paths[-1].write_bytes(pem)
    return paths[0], paths[1]


def test_a_proxy_with_its_own_certificate(packed_index: Index, authority: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, server = authority
    with Index(packed_index.files).serve(server) as index:
        checkout = make_isolated(index, tmp_path, only=FEW)
        said = told(checkout.bootstrap())
        assert "certificate is not trusted" in said
        assert "PIP_CERT" in said
        ran = assert_works(checkout, PIP_CERT=str(certificate))
        assert "uv can't" not in ran.stdout


def test_a_full_disk(index: Index, tmp_path: Path) -> None:
    """There is room for the environment, and none for what belongs in it."""
    checkout = make_isolated(index, tmp_path, only=FEW)
    (checkout.folder / ".venv").mkdir()
    apart = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    mount = 'mount -t tmpfs -o size=40m none "$0" && exec "$@"'
    command = [*apart, "sh", "-c", mount, str(checkout.folder / ".venv")]
    if subprocess.run([*command, "true"], capture_output=True).returncode != 0:
        # In a container nobody may mount: no file may grow then to the size of uv, which is told alike.
        command = ["prlimit", f"--fsize={24 << 20}"]
    ran = subprocess.run(
        [*command, *checkout.command()], env=checkout.env, capture_output=True, text=True, timeout=PATIENCE
    )
    said = told(ran)
    assert "no room left on the disk" in said
    assert "Free about" in said
    assert_works(checkout)


def begun(checkout: Checkout, index: Index) -> tuple[subprocess.Popen[str], threading.Event]:
    """A set-up that waits in the middle of its installation, and the event that lets it go on."""
    index.held[file_of("redis")] = release = threading.Event()
    first = checkout.start()
    assert index.reached.wait(PATIENCE)
    return first, release


def test_killed_in_the_middle(checkout: Checkout, index: Index) -> None:
    # It must not end because the index lets it wait.
    checkout.env["UV_HTTP_TIMEOUT"] = "36000"
    first, release = begun(checkout, index)
    installers = psutil.Process(first.pid).children(recursive=True)
    assert installers
    first.send_signal(signal.SIGKILL)
    first.communicate()
    # An installer that went on would write under the next run's feet.
    until(lambda: not any(map(is_running, installers)))
    release.set()
    assert_works(checkout)


def test_stopped_with_ctrl_c(checkout: Checkout, index: Index) -> None:
    first, release = begun(checkout, index)
    first.send_signal(signal.SIGINT)
    _, said = first.communicate(timeout=PATIENCE)
    assert first.returncode == 130
    assert said.strip() == "Stopped. Run the command again; it goes on."
    release.set()
    assert_works(checkout)


def test_two_at_once(checkout: Checkout, index: Index) -> None:
    first, release = begun(checkout, index)
    second = checkout.start()
    assert second.stdout is not None
    assert second.stdout.readline().startswith("Another set-up of this checkout is running; waiting")
    release.set()
    for process in (first, second):
        _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, said
    assert apart_from_pip(checkout.installed()) == few("requirements.lock")


def test_a_path_with_spaces_and_other_letters(index: Index, tmp_path: Path) -> None:
    checkout = make_isolated(index, tmp_path, "kotak masuk 收件箱 é", only=FEW)
    assert_works(checkout)
    python = checkout.venv / "bin" / "python"
    where = subprocess.run(
        [python, "-c", "import roms_app; print(roms_app.__file__)"],
        cwd=tmp_path,
        env=checkout.env,
        capture_output=True,
        text=True,
    )
    assert where.stdout.strip() == str(checkout.folder / "roms_app" / "__init__.py")


def test_a_read_only_checkout(checkout: Checkout) -> None:
    checkout.folder.chmod(0o555)
    # Root may write all the same, unless it gives up the right to.
    as_others = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    command = [*as_others, *checkout.command()]
    ran = subprocess.run(command, env=checkout.env, capture_output=True, text=True, timeout=PATIENCE)
    said = told(ran)
    assert "may not write" in said
    assert str(checkout.folder) in said
    checkout.folder.chmod(0o755)
    assert_works(checkout)


@pytest.mark.parametrize("which", ["gone", "older"])
def test_an_environment_of_another_python(checkout: Checkout, which: str) -> None:
    assert_works(checkout)
    if which == "gone":
        (checkout.venv / "bin" / "python").unlink()
        (checkout.venv / "bin" / "python").symlink_to("/nowhere/python3.9")
    else:
        (checkout.venv / "roms-origin").write_text(f"cpython-39 {checkout.folder}")
        (checkout.venv / "roms-lock.sha256").write_text("of another Python")
    ran = assert_works(checkout)
    assert "made by another Python" in ran.stdout


def test_a_checkout_that_was_moved(checkout: Checkout) -> None:
    assert_works(checkout)
    moved = Checkout(checkout.folder.rename(checkout.folder.with_name("moved")), checkout.env)
    assert_works(moved)
    pip = (moved.venv / "bin" / "pip").read_text()
    assert str(moved.folder) in pip


def is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
