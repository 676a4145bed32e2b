#!/usr/bin/env python3
"""sonde poll against made-up devices that do everything wrong that sonde simulate can make them do:
each value is checked against the function the device took it from, each round is accounted for.

The devices share sonde's codec, so this proves what the poller makes of faults, not the wire.
Environment: SONDE_DEVICES, how many (default 1000)."""
# ctest: timeout=360
import collections
import os
import subprocess

import _lab
from _lab import SECRET, check, rounds

DEVICES = int(os.environ.get("SONDE_DEVICES", "1000")) // _lab.FACTOR
INTERFACES = 48
SEED = 7
SPAN = 60 * _lab.FACTOR  # s that a round may take
USER = f"full:SHA:{SECRET}-auth:AES:{SECRET}-priv"
V3 = (f"version: 3, username: full, security_level: authPriv, auth_protocol: SHA, "
      f"password: {SECRET}-auth, priv_protocol: AES, priv_password: {SECRET}-priv")
V2 = f"version: 2, community: {SECRET}"
FAULTS = ("share=60%,dead=5%,loss=2%,dup=2%,reorder=2%,reorder=30ms,delay=2ms,jitter=2ms,"
          "wrong_id=1%,garbage=1%,cut=1%,stall=100ppm,stall=300ms,service=100us,max_message=1200")
SOUND = INTERFACES + 1  # rows of a device: its interfaces and ifNumber


def polled(lab, auth, *faults):
    """One round of each device: the lines told, as text, and the records of the rounds."""
    sim = lab.simulate("--devices", str(DEVICES), "--listen", "127.1.0.1/16:0", "--seed",
                       str(SEED), "--community", SECRET, "--user", USER, "--targets",
                       lab.path("targets.json"), *faults)
    # no more under way than the sockets of both sides hold: what is lost is to be the faults' doing
    lab.write("sonde.yaml",
              "poll: {interval: 60s, timeout: 1s, retries: 3, in_flight: 400}\n"
              f"auths: {{lab: {{{auth}}}}}\n"
              f"module_files: [{_lab.SOURCE}/config/modules/if_mib.yml]\n"
              f"targets:\n  - file_sd: {{files: [{lab.path('targets.json')}]}}\n"
              "output:\n  - stdout: {format: json}\n")
    run = lab.start("--once")
    status = run.wait(SPAN * 2)
    told = run.out
    sim.end()
    return status, told, rounds(run.records)


def check_values(told):
    """Every value in the lines is the device's own."""
    tool = os.path.join(os.environ.get("SONDE_BUILD_DIR", "build/dev"), "tests/tools/check_values")
    done = subprocess.run([tool, str(INTERFACES), str(SEED), "127.1.0.1", str(SPAN)], input=told,
                          capture_output=True, text=True, check=False)
    print(done.stdout.strip().splitlines()[-1])
    check(done.returncode == 0, done.stdout)


def check_rounds(records, wanted):
    """One record for each device; those that are wanted sound are."""
    seen = collections.Counter(r["instance"] for r in records)
    check(len(seen) == DEVICES and set(seen.values()) == {1}, f"{len(seen)} devices have a record")
    by_status = collections.Counter(r["round"]["status"] for r in records)
    print(dict(by_status))
    check(set(by_status) <= set(wanted), f"{by_status}")
    for r in (r["round"] for r in records):
        check(r["status"] != "ok" or r["rows"] == SOUND and not r["rows_partial"], f"{r}")
        check(r["status"] not in ("timeout", "ignored") or r["rows"] == 0, f"{r}")
    return by_status


def are_all_right_without_faults(lab):
    """Nothing is missing and nothing is wrong."""
    status, told, records = polled(lab, V2)
    check(status == 0, f"status {status}")
    check_rounds(records, {"ok"})
    check_values(told)


def are_right_or_missing_with_all_faults(lab):
    """By v2c."""
    status, told, records = polled(lab, V2, "--fault", FAULTS)
    check(status == 1, f"status {status}")
    by_status = check_rounds(records, {"ok", "partial", "timeout"})
    check(by_status["ok"] > DEVICES / 3 and by_status["timeout"] >= DEVICES / 100, by_status)
    check_values(told)


def are_right_or_missing_with_all_faults_in_version_3(lab):
    """The same by authPriv: what is spoiled does not even authenticate."""
    status, told, records = polled(lab, V3, "--fault", FAULTS)
    check(status == 1, f"status {status}")
    check_rounds(records, {"ok", "partial", "timeout"})
    check_values(told)


def stop_at_a_column_that_runs_in_a_circle(lab):
    """It costs that column, and nothing else."""
    status, told, records = polled(lab, V2, "--fault", "share=100%,nonincreasing")
    check(status == 1, f"status {status}")
    check_rounds(records, {"partial"})
    check(all(r["round"]["rows"] == SOUND for r in records), "rows are missing")
    check_values(told)


_lab.main(are_all_right_without_faults, are_right_or_missing_with_all_faults,
          are_right_or_missing_with_all_faults_in_version_3,
          stop_at_a_column_that_runs_in_a_circle)
