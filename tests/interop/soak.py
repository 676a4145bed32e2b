#!/usr/bin/env python3
"""A collector among devices that fail, restart and change, reloaded all the time: nothing is lost,
nothing is wrong. Some seconds of it; half an hour, and what memory does, is bench/run --only soak."""
# ctest: timeout=90
import os
import time

import _lab
import _soak
from _lab import check

DEVICES = 300
SECONDS, PERIOD = 12, 1.2


def happened(soak):
    """Whether there was enough of everything."""
    return soak.reloads > 5 and soak.refused and soak.shifts > 1 and soak.values > 1000


def accounts_for_every_round_while_everything_changes(lab):
    """See _soak.py for what happens and what must hold."""
    tool = os.path.join(os.environ.get("SONDE_BUILD_DIR", "build/dev"), "tests/tools/check_values")
    devices = _soak.Devices(lab, DEVICES // _lab.FACTOR, 60)
    soak = _soak.Soak(lab, devices, {"interval_ms": 500 * _lab.FACTOR, "timeout_ms": 150,
                                     "threads": 2}, check_values=tool)
    began = time.monotonic()
    soak.live(SECONDS, PERIOD)
    # A reload takes its time where the machine is slow: it goes on until everything has happened.
    while not happened(soak) and time.monotonic() < began + 3 * SECONDS * _lab.FACTOR:
        soak.live(SECONDS / 4, PERIOD)
    soak.end()
    print(f"{soak.records} rounds {dict(soak.by_status)}, {soak.skipped} skipped; "
          f"{soak.reloads} reloads, {soak.refused} refused, {soak.shifts} shifts; "
          f"{soak.values} values checked; {soak.samples[0][1:3]} to {soak.samples[-1][1:3]}")
    check(not soak.problems, "\n    ".join(soak.problems))
    check(happened(soak), "not everything happened")
    check(soak.by_status["ok"] > soak.records / 2, "most rounds went wrong")
    check(len({files for _, _, files, _ in soak.samples[-3:]} | {soak.samples[1][2]}) == 1,
          f"open files: {[files for _, _, files, _ in soak.samples]}")


_lab.main(accounts_for_every_round_while_everything_changes)
