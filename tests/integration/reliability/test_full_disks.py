"""Disks that are really full, as `make faults ONLY=disk-full` has them; made where root may mount, else not tried."""

import errno
import os

import pytest

from tests.reliability.faults.disks import PAGE, SIZES, Disks, NoDisks, free, small


def test_a_full_disk_takes_nothing_and_then_takes_it_again(tmp_path):
    try:
        with small(tmp_path):
            disks = Disks(tmp_path)
            for server in SIZES:
                place = disks.place(server)

                disks.fill(server)

                assert free(place) == 0
                with (place / "data").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space") as no:
                    file.write(os.urandom(PAGE))
                assert no.value.errno == errno.ENOSPC
            disks.heal()
            assert (disks.place("mariadb") / "data").write_bytes(os.urandom(PAGE)) == PAGE
    except NoDisks as reason:
        pytest.skip(str(reason))
    assert list((tmp_path / "mariadb").iterdir()) == []
    assert list(tmp_path.glob("*.img")) == []
