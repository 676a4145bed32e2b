#!/usr/bin/env python3
"""scripts/quickstart, with the program that is built already: what it shows and what it leaves."""
# ctest: timeout=240
import errno
import json
import os
import re
import signal
import subprocess

import _confine
import _lab
from _lab import check

SCRIPT = f"{_lab.SOURCE}/scripts/quickstart"
DEVICES = ("core", "edge", "branch")


def start(lab, *args, before=None):
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
                     stderr=subprocess.STDOUT, before=before)


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


def to_its_end(lab, process):
    """What it has shown when it has ended well."""
    status = process.wait(90 * _lab.FACTOR)
    shown = lab.read(lab.path("shown"))
    check(status == 0, f"status {status}:\n{shown[-2000:]}")
    return shown


def check_devices(shown, title, devices, faulty):
    """The line of one kind of devices: all rounds are told, most are well. Each device has about
    two, and where the machine is busy an answer may be late."""
    line = re.search(rf"^ +{devices} {title} +(?:\d+ +){{5}}\d+$", shown, re.M)
    check(line, f"no line '{devices} {title}' in:\n{shown}")
    rounds, ok, partial, timeout, other, rows = map(int, line.group().split()[-6:])
    check(rounds == ok + partial + timeout + other and rounds >= devices, line.group())
    check(ok >= 0.8 * rounds and rows >= 8 * ok, line.group())
    if faulty:
        check(partial and timeout and rows >= 48 * ok, line.group())


def ends_with_rows_of_all_devices_and_leaves_nothing(lab):
    """Rows of the real agents, rounds of them and of the simulated devices."""
    shown = to_its_end(lab, start(lab))
    for name in DEVICES:
        check(re.search(rf"^ +{name}\.example\.net +\S+ +lo +up +[1-9]\d* +[1-9]\d*$", shown, re.M),
              f"no row of {name}'s lo in:\n{shown}")
    check_devices(shown, "real, snmpd +v2c, v1", 3, False)
    check_devices(shown, "simulated +v2c", 800, True)
    check_devices(shown, "simulated +v3 authPriv", 200, True)
    took = re.search(r"^ +(\d+) rows in (\S+) s, (\d+) a second; the poller took (\S+) s of CPU$",
                     shown, re.M)
    check(took, f"no rate in:\n{shown}")
    rows, seconds, rate, cpu = map(float, took.groups())
    check(rows > 48000 and 4 < seconds < 60 and abs(rate * seconds / rows - 1) < 0.05, took.group())
    check(0 < cpu < 2 * os.cpu_count() * seconds, took.group())
    asked, = re.findall(r"^ +1000 devices, (\d+) requests in ", shown, re.M)
    check(int(asked) > 10000, f"{asked} requests only")
    raw = [json.loads(line) for line in shown.splitlines() if line.startswith("{")]
    check(["values" in raw[0], "round" in raw[1]] == [True, True] and len(raw) == 2, f"{raw}")
    check("how to go on" in shown and "cp -r config mine" in shown, "does not say how to go on")
    warnings = re.findall("warning: (?!keys of SNMPv3 users are in memory).*", shown)
    check(not warnings, f"{warnings}")
    check_nothing_is_left(lab)


def cleans_up_when_it_is_interrupted(lab):
    """In mid-poll, by a signal: all devices are there, and both ends of the pipe."""
    _lab.not_with_sanitizers()
    process = start(lab)

    def polls():
        return any(re.search(" poll .*--duration", c) for _, c in left(lab))
    _lab.wait_until(polls, 30, "the poller of all devices")
    check(len([c for _, c in left(lab) if "snmpd" in c]) == 3, f"{left(lab)}")
    check(len([c for _, c in left(lab) if " simulate " in c]) == 1, f"{left(lab)}")
    process.send_signal(signal.SIGTERM)
    check(process.wait(10 * _lab.FACTOR) == 143, f"status {process.returncode}")
    check_nothing_is_left(lab)


def cleans_up_while_it_starts_the_simulator(lab):
    """By Ctrl-C's signal, at the moment when the simulator is announced."""
    _lab.not_with_sanitizers()
    process = start(lab)
    _lab.wait_until(lambda: "== sonde simulate" in lab.read(lab.path("shown")), 30, "its start")
    process.send_signal(signal.SIGINT)
    check(process.wait(10 * _lab.FACTOR) == 130, f"status {process.returncode}")
    check_nothing_is_left(lab)


def keeps_the_devices_when_asked_to(lab):
    """The commands it prints work. So it does where io_uring is refused and little memory may be
    locked, as in many containers."""
    _lab.not_with_sanitizers()

    def confine():
        _confine.limit_locked_memory(64 << 10)()
        _confine.refuse_calls([_confine.IO_URING_SETUP], errno.EPERM)()
    process = start(lab, "--keep", before=confine)
    try:
        shown = to_its_end(lab, process)
        check("(recvmmsg)" in shown, f"{shown}")
        check_devices(shown, "simulated +v3 authPriv", 200, True)
        command = r"^ +(\S+ poll -c \S+/quickstart/sonde.yaml %s)$"
        again = re.search(command % "--target .* --format influx", shown, re.M).group(1)
        answer = subprocess.run(again, shell=True, capture_output=True, check=False)
        check(answer.returncode == 0, f"{again}: {answer.stderr}")
        check(answer.stdout.count(b"\nsonde_round,") == 1, f"not one round: {answer.stdout[-500:]}")
        everything = re.search(command % ">/dev/null", shown, re.M).group(1)
        answer = subprocess.run(everything.replace(" >", " --duration 1s >"), shell=True,
                                capture_output=True, text=True, check=False)
        check(answer.returncode == 0, f"{everything}: {answer.stderr}")
        check("sonde: 1003 targets, " in answer.stderr, answer.stderr)
        end = re.search(r"^ +(kill .*; rm -r .*)$", shown, re.M).group(1)
        check(subprocess.run(end, shell=True, check=False).returncode == 0, end)
        _lab.wait_until(lambda: not left(lab), 10, "the end of the devices")
        check_nothing_is_left(lab)
    finally:
        for pid, _ in left(lab):
            os.kill(pid, signal.SIGKILL)


def shows_simulated_devices_to_play_with(lab):
    """The commands for two terminals, as they are printed, but for the port and the end."""
    source = lab.read(SCRIPT)
    simulate, poll = re.findall(r"^     \$sonde ((?:simulate|poll -c mine/quickstart/\S+) ?.*)$",
                                source, re.M)
    copy = re.search(r"^     (cp -r config mine && .*)$", source, re.M).group(1)
    copy = copy.replace("config", f"{_lab.SOURCE}/config", 1)
    check(subprocess.run(copy, shell=True, cwd=lab.dir, check=False).returncode == 0, copy)
    lab.simulate(*simulate.split()[1:], "--listen", "127.1.0.1/16:0")
    run, status = lab.sonde(*poll.removesuffix(" >/dev/null").split(), "--once", "-o", "/dev/null",
                            seconds=30)
    check(status == 0 and "sonde: 1000 targets, 1000 rounds in" in run.err, run.err)
    check("mode" not in run.err, run.err)


def refuses_unknown_options(lab):
    """Status 2 and how it is used."""
    process = start(lab, "--fast")
    check(process.wait(20) == 2, f"status {process.returncode}")
    check("scripts/quickstart --keep" in lab.read(lab.path("shown")), "no usage")


_lab.main(ends_with_rows_of_all_devices_and_leaves_nothing,
          cleans_up_when_it_is_interrupted,
          cleans_up_while_it_starts_the_simulator,
          keeps_the_devices_when_asked_to,
          shows_simulated_devices_to_play_with,
          refuses_unknown_options)
