"""The lock files: complete, hash-checked, and free of download addresses."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

import pytest

from tests.tools import ROOT

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?P<version>[^ ;\\]+)", re.MULTILINE)
LOCKS = [
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-nlp.lock",
    "requirements-pdfua.lock",
]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {canonical(found["name"]): found["version"] for found in PIN.finditer(text)}


def wanted(requirements: list[str]) -> dict[str, str]:
    found = [PIN.match(requirement) for requirement in requirements]
    assert all(found), f"not pinned to one version: {requirements}"
    return {canonical(one["name"]): one["version"] for one in found if one}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_locks_hold_the_versions_of_the_project(project: dict[str, Any]) -> None:
    groups = project["dependency-groups"]
    runs = wanted(project["project"]["dependencies"] + groups["build"])
    tests = wanted(groups["dev"])
    assert runs.items() <= pins("requirements.lock").items()
    assert (runs | tests).items() <= pins("requirements-dev.lock").items()
    assert wanted(groups["pdfua"]).items() <= pins("requirements-pdfua.lock").items()
    extra = wanted(project["project"]["optional-dependencies"]["nlp"])
    assert (runs | extra).items() <= pins("requirements-nlp.lock").items()
    assert groups["build"] == project["build-system"]["requires"]


def test_what_is_tested_is_what_runs() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()
    assert pins("requirements.lock").items() <= pins("requirements-nlp.lock").items()


def test_the_product_does_not_carry_the_test_tools(project: dict[str, Any]) -> None:
    tools = wanted(project["dependency-groups"]["dev"]).keys()
    assert not tools & pins("requirements.lock").keys()
    assert not tools & pins("requirements-nlp.lock").keys()
    assert "pymupdf" not in pins("requirements-dev.lock")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text)
    pinned = [block for block in blocks if PIN.match(block)]
    assert len(pinned) >= len(pins(lock)) > 0
    for block in pinned:
        assert "--hash=sha256:" in block, block.partition("\n")[0]


def test_front_end_lock_matches_and_records_no_address() -> None:
    wanted_parts = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    parts = {path: part for path, part in lock["packages"].items() if path}
    named = wanted_parts["dependencies"] | wanted_parts["devDependencies"]
    # What we ask for stands there in exactly that version; the rest is what it brings along.
    for name, version in named.items():
        assert parts[f"node_modules/{name}"]["version"] == version
    for path, part in parts.items():
        assert part["integrity"].startswith("sha512-"), path
        assert "resolved" not in part, path
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text(encoding="utf-8")
