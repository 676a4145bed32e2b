#!/usr/bin/env python3
"""scripts/quickstart, with the program that is built already: what it shows and what it leaves."""
# ctest: timeout=120
import json
import os
import re
import signal
import subprocess

import _lab
from _lab import check

SCRIPT = f"{_lab.SOURCE}/scripts/quickstart"
DEVICES = ("core", "edge", "branch")


def start(lab, *args):
    """The script under way, its temporary files in the lab."""
    for name in ("snmpd", "snmpget", "dpkg-query"):
        _lab.tool(name)
    if subprocess.run([f"{_lab.SOURCE}/scripts/deps", "--build-only", "--check"],
                      capture_output=True, check=False).returncode not in (0, 2):
        raise _lab.Skip("packages are missing (scripts/deps)")
    os.mkdir(lab.path("temp"))
    env = {**os.environ, "SONDE_BIN": os.path.abspath(_lab.SONDE), "TMPDIR": lab.path("temp")}
    out = lab.keep(open(lab.path("shown"), "wb"))
    return lab.popen([SCRIPT, *args], env=env, cwd="/", stdin=subprocess.DEVNULL, stdout=out,
                     stderr=subprocess.STDOUT)


def left(lab):
    """Processes that work in the lab."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = lab.read(f"/proc/{pid}/cmdline").replace("\0", " ")
        except ProcessLookupError:
            continue
        if lab.path("temp") in command:
            found.append((int(pid), command))
    return found


def check_nothing_is_left(lab):
    """No process and no file."""
    check(not left(lab), f"{left(lab)}")
    check(not os.listdir(lab.path("temp")), f"{os.listdir(lab.path('temp'))}")


def ends_with_rows_of_three_agents_and_leaves_nothing(lab):
    """Show 1 of the first milestone."""
    process = start(lab)
    status = process.wait(60 * _lab.FACTOR)
    shown = lab.read(lab.path("shown"))
    check(status == 0, f"status {status}:\n{shown[-2000:]}")
    for name in DEVICES:
        check(re.search(rf"^ +{name}\.example\.net +\S+ +lo +up +[1-9]\d* +[1-9]\d*$", shown, re.M),
              f"no row of {name}'s lo in:\n{shown}")
        check(re.search(rf"^ +{name}\.example\.net +(\d+) of \1 ", shown, re.M),
              f"no rounds of {name} in:\n{shown}")
    raw = [json.loads(line) for line in shown.splitlines() if line.startswith("{")]
    check(["values" in raw[0], "round" in raw[1]] == [True, True] and len(raw) == 2, f"{raw}")
    check("how to go on" in shown and "cp -r config mine" in shown, "does not say how to go on")
    check_nothing_is_left(lab)


def cleans_up_when_it_is_interrupted(lab):
    """In mid-poll, by a signal."""
    _lab.not_with_sanitizers()
    process = start(lab)
    _lab.wait_until(lambda: "--duration" in lab.read(lab.path("shown")), 30, "the rounds")
    check(len([c for _, c in left(lab) if "snmpd" in c]) == 3, f"{left(lab)}")
    process.send_signal(signal.SIGTERM)
    check(process.wait(5 * _lab.FACTOR) == 143, f"status {process.returncode}")
    check_nothing_is_left(lab)


def keeps_the_agents_when_asked_to(lab):
    """The commands it prints work."""
    _lab.not_with_sanitizers()
    process = start(lab, "--keep")
    try:
        status = process.wait(60 * _lab.FACTOR)
        shown = lab.read(lab.path("shown"))
        check(status == 0, f"status {status}:\n{shown[-2000:]}")
        again = re.search(r"^ +(\S+ poll -c \S+/quickstart/sonde.yaml --once) ", shown, re.M)
        answer = subprocess.run(again.group(1), shell=True, capture_output=True, check=False)
        check(answer.returncode == 0, f"{again.group(1)}: {answer.stderr}")
        check(answer.stdout.count(b'"round":') == 3, "not three rounds")
        end = re.search(r"^ +(kill .*; rm -r .*)$", shown, re.M).group(1)
        check(subprocess.run(end, shell=True, check=False).returncode == 0, end)
        _lab.wait_until(lambda: not left(lab), 10, "the end of the agents")
        check_nothing_is_left(lab)
    finally:
        for pid, _ in left(lab):
            os.kill(pid, signal.SIGKILL)


def refuses_unknown_options(lab):
    """Status 2 and how it is used."""
    process = start(lab, "--fast")
    check(process.wait(20) == 2, f"status {process.returncode}")
    check("scripts/quickstart --keep" in lab.read(lab.path("shown")), "no usage")


_lab.main(ends_with_rows_of_three_agents_and_leaves_nothing,
          cleans_up_when_it_is_interrupted,
          keeps_the_agents_when_asked_to,
          refuses_unknown_options)
