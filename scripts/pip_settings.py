"""Translates a person's pip settings for uv. A setting that uv does not have makes uv fail, and pip takes over."""

import ast
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

#: The sections that pip's commands read; later ones win (pip's documentation, "Configuration").
_SECTIONS = ("global", "install", ":env:")


def read(python: Path) -> dict[str, str]:
    """The output of `pip config list`, from files and environment: {"index-url": …}."""
    said = subprocess.run(
        [python, "-m", "pip", "config", "list", "--disable-pip-version-check"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in said.stdout.splitlines():
        name, equals, value = line.partition("=")
        section, dot, key = name.partition(".")
        if equals and dot and section in found:
            found[section][key] = str(ast.literal_eval(value))
    return {key: value for section in _SECTIONS for key, value in found[section].items()}


def for_uv(pip: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment in which uv behaves like pip. The person's own settings for uv win."""
    wanted = {
        # A proxy's own certificate is often in the system's store only.
        "UV_SYSTEM_CERTS": "1",
        # pip uses all indexes at once. The hashes decide which file is right.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    for key, name, separator in (
        ("index-url", "UV_DEFAULT_INDEX", ""),
        ("extra-index-url", "UV_INDEX", " "),
        ("find-links", "UV_FIND_LINKS", ","),
        ("trusted-host", "UV_INSECURE_HOST", " "),
        ("client-cert", "SSL_CLIENT_CERT", ""),
        ("default-timeout", "UV_HTTP_TIMEOUT", ""),
        ("timeout", "UV_HTTP_TIMEOUT", ""),
        ("keyring-provider", "UV_KEYRING_PROVIDER", ""),
    ):
        if value := pip.get(key):
            wanted[name] = separator.join(value.split()) if separator else value
    if wanted.get("UV_KEYRING_PROVIDER", "disabled") not in ("disabled", "subprocess"):
        del wanted["UV_KEYRING_PROVIDER"]
    for key, name in (("no-index", "UV_NO_INDEX"), ("no-cache-dir", "UV_NO_CACHE")):
        if pip.get(key, "").lower() in ("1", "true", "yes", "on"):
            wanted[name] = "1"
    env = {**wanted, **environ}
    # Both have one setting for this. pip's own setting comes first.
    if certificate := pip.get("cert") or environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE"):
        env["SSL_CERT_FILE"] = certificate
    if proxy := pip.get("proxy"):
        env["HTTP_PROXY"] = env["HTTPS_PROXY"] = proxy
    # The lock's hashes are always checked.
    env.pop("UV_NO_VERIFY_HASHES", None)
    return env
