"""Small disks for servers, so that one can really be full: ext4 in a file, mounted where their data will be."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What a new server has already, and room for a run; RabbitMQ wants 200 MB free of it, or takes nothing.
SIZES = {"mariadb": "700M", "rabbitmq": "900M"}
BALLAST = "ballast"
PAGE = 4096


class NoDisks(Exception):
    """Raised when disks cannot be made here: mounting takes root, and a kernel that lets it."""


class Disks:
    """The disks of a run directory's servers; none until `small` has mounted them."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir

    def place(self, server: str) -> Path:
        """Return where the disk of a server is mounted."""
        return self._run_dir / server

    def fill(self, server: str) -> None:
        """
        Leave not one block free.

        :raises NoDisks: if the server has no disk of its own; nobody else's may be filled
        """
        place = self.place(server)
        if not place.is_mount():
            raise NoDisks(f"{server} has no disk of its own here")
        end = os.open(place / BALLAST, os.O_CREAT | os.O_WRONLY, 0o600)
        try:
            size = free(place)
            while size >= PAGE:
                try:
                    os.posix_fallocate(end, os.fstat(end).st_size, size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    size //= 2
        finally:
            os.close(end)

    def free(self, server: str) -> None:
        """Take the ballast away, if there is some."""
        (self.place(server) / BALLAST).unlink(missing_ok=True)

    def heal(self) -> None:
        """Let no disk be full any more."""
        for server in SIZES:
            self.free(server)


def free(place: Path) -> int:
    """Return how many bytes are free where a path is."""
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


@contextmanager
def small(run_dir: Path) -> Iterator[None]:
    """
    Give MariaDB and RabbitMQ of a run directory, before their first start, a small disk each while the block runs.

    What they write there is gone afterwards.

    :raises NoDisks: if this machine does not let us
    """
    if os.geteuid() != 0 or not shutil.which("mkfs.ext4"):
        raise NoDisks("disks that can be full are mounted by root, with mkfs.ext4 (Debian's e2fsprogs)")
    mounted: list[Path] = []
    try:
        for server, size in SIZES.items():
            place = run_dir / server
            place.mkdir(parents=True, exist_ok=True)
            image = run_dir / f"{server}.img"
            _run("truncate", "-s", size, image)
            # -m 0: no blocks kept for root, who we are.
            _run("mkfs.ext4", "-q", "-F", "-m", "0", image)
            _run("mount", "-o", "loop", image, place)
            mounted.append(place)
            place.chmod(0o700)
        yield
    finally:
        for place in mounted:
            # Lazily: whoever still has a file open there, killed in a moment, does not keep it for ever.
            _run("umount", "-l", place)
            place.with_name(f"{place.name}.img").unlink()


def _run(*words: object) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoDisks(f"{' '.join(map(str, words))}: {done.stderr.strip()}")
