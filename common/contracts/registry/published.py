"""
What is published: the registry as it stands in the repository's history.

On a branch that is where it left main. On main itself it is the last commit, so that what is being changed is compared
with it, and the one before, so that a fresh checkout of the commit that broke something fails as well. The newest
release tag counts everywhere: no series of small steps leads past it.
"""

import io
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common import codec

DIRECTORY = "contracts"
# JSON Schemas, and Avro schemas.
_KINDS = (".json", ".avsc")


@dataclass(frozen=True, kw_only=True)
class Published:
    """
    The contracts of one point in history, by path; `where` names the point for people.

    `avro` are the Avro schemas that were written at that point and before it.
    """

    where: str
    contracts: Mapping[str, Mapping[str, Any]]
    avro: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def published(root: Path, *, against: str | None = None) -> list[Published]:
    """
    Return what counts as published in the repository at `root`, or only what is in the commit `against`.

    Without git, or before the first commit, the files in the working tree have to do: they show what the classes
    changed, until somebody writes them anew.

    :raises LookupError: if there is no commit `against`
    """
    if against:
        commit = _commit(root, against)
        if commit is None:
            raise LookupError(f"git knows no commit {against!r} here: fetch it, or name another.")
        return [_point(against, _of_commit(root, commit))]
    points = dict(reversed(list(_points(root))))  # the first name of a commit stays
    if not points:
        return [_point(f"the files in {DIRECTORY}/", _of_tree(root))]
    return [_point(f"{name} ({commit[:9]})", _of_commit(root, commit)) for commit, name in reversed(points.items())]


def _point(where: str, schemas: Mapping[str, Any]) -> Published:
    kinds = {end: {name: told for name, told in schemas.items() if name.endswith(end)} for end in _KINDS}
    return Published(where=where, contracts=kinds[".json"], avro=kinds[".avsc"])


def _points(root: Path) -> Iterator[tuple[str, str]]:
    """Yield (commit, name) of each point in history that counts."""
    head = _commit(root, "HEAD")
    if head is None:
        return
    fork = _fork(root)
    if fork and fork != head:
        yield fork, "where this branch left main"
    else:
        yield head, "the last commit"
        before = _commit(root, "HEAD^")
        if before:
            yield before, "the commit before"
    tag = _git(root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*")
    release = _commit(root, tag.decode().strip()) if tag else None
    if tag and release:
        yield release, f"release {tag.decode().strip()}"


def _fork(root: Path) -> str | None:
    for main in ("origin/main", "main"):
        if _commit(root, main):
            return (_git(root, "merge-base", "HEAD", main) or b"").decode().strip() or None
    return None


def _commit(root: Path, name: str) -> str | None:
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return found.decode().strip() if found else None


def _of_commit(root: Path, commit: str) -> dict[str, Any]:
    archive = _git(root, "archive", "--format=tar", commit, DIRECTORY)
    if not archive:  # there was no registry yet
        return {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        contents = {member.name: files.extractfile(member) for member in files if member.name.endswith(_KINDS)}
        return {name: codec.loads(file.read()) for name, file in contents.items() if file}


def _of_tree(root: Path) -> dict[str, Any]:
    return {
        path.relative_to(root).as_posix(): codec.loads(path.read_bytes())
        for path in sorted((root / DIRECTORY).rglob("*"))
        if path.name.endswith(_KINDS)
    }


def _git(root: Path, *arguments: str) -> bytes | None:
    """Return what git says about the repository whose top is `root`; None if it says no, or there is none."""
    # A copy that was unpacked inside another repository must not be taken for a part of that one.
    if not (root / ".git").exists():
        return None
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
