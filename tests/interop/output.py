#!/usr/bin/env python3
"""Where rows go: pipes whose reader leaves, files that are rotated, descriptors that are closed."""
# ctest: timeout=180
import os
import re
import select
import signal
import subprocess

import _lab
from _lab import check, rounds, rows

FAST = "interval: 200ms, timeout: 5s, retries: 1"
ENDLESS = "interval: 0s"


def ends_soon_when_the_reader_leaves(lab):
    """sonde poll | head -1, round after round: a clear message, a summary, status 1."""
    agent = lab.agent()
    lab.config([agent.target()], poll=ENDLESS)
    reader, writer = os.pipe()
    run = lab.start(stdout=writer)
    os.close(writer)
    head = subprocess.run(["head", "-n", "1"], stdin=reader, capture_output=True, check=True)
    os.close(reader)
    check(len(_lab.records(head.stdout.decode())) == 1, f"{head.stdout!r}")
    check(run.wait(5) == 1, f"status {run.process.returncode}")
    check("output closed by its reader" in run.err, run.err)
    check(" rounds in " in run.err, "no summary")


def ends_soon_when_the_reader_leaves_between_rounds(lab):
    """The same with pauses: the next row finds the pipe closed."""
    agent = lab.agent()
    lab.config([agent.target()], poll="interval: 1s")
    reader, writer = os.pipe()
    run = lab.start(stdout=writer)
    os.close(writer)
    os.read(reader, 1)
    os.close(reader)
    check(run.wait(5) == 1, f"status {run.process.returncode}")
    check("output closed by its reader" in run.err, run.err)


def waits_for_a_slow_reader_without_losing_rows(lab):
    """A reader that stops for a while gets every record once it reads on."""
    agents = [lab.agent([f"127.0.0.{n}"]) for n in (2, 3)]
    lab.config([a.target() for a in agents], poll="interval: 20ms")
    reader, writer = os.pipe()
    run = lab.start(stdout=writer)
    os.close(writer)
    select.select([reader], [], [], 10 * _lab.FACTOR)
    # A pipe holds 64 KiB, about 80 rows: the rest waits in the program.
    def polled():
        run.signal(signal.SIGUSR1)
        return max(map(int, re.findall(r"^  rows_total +(\d+)", run.err, re.M)), default=0) > 400
    _lab.wait_until(polled, 20, "400 rows")
    run.signal(signal.SIGTERM)
    run.until_said("finishing the rounds under way")
    with os.fdopen(reader, "rb") as f:
        found = _lab.records(f.read().decode())
    check(run.wait(15) == 0, f"status {run.process.returncode}: {run.err}")
    written = len(rows(found))
    check(written > 400, f"only {written} rows")
    check(f"rows {written} written, 0 lost, 0 dropped" in run.err, run.err)
    check(written == sum(r["round"]["rows"] for r in rounds(found)), "rows are missing")


def appends_to_a_file(lab):
    """--output FILE: what was there stays, stdout stays empty."""
    agent = lab.agent()
    lab.config([agent.target()])
    path = lab.path("rows.json")
    for n in (1, 2):
        run, status = lab.poll("--once", "--output", path, "--format", "json")
        check(status == 0, f"status {status}")
        check(run.out == "", f"{run.out!r}")
        check(len(rounds(_lab.records(lab.read(path)))) == n, f"not {n} rounds")


def opens_its_file_anew_on_sighup(lab):
    """Rotation: the old file keeps whole records, the new one goes on, none is lost or doubled."""
    agent = lab.agent()
    lab.config([agent.target()], poll=FAST,
               output="  - file: {path: rows.json, format: json}\n")
    path = lab.path("rows.json")
    run = lab.start()

    def has_round(file):
        return lambda: rounds(_lab.records(whole(lab.read(file))))

    def whole(text):
        return text[:text.rfind("\n") + 1]
    names = [f"{path}.{n}" for n in (1, 2, 3)]
    for name in names:
        _lab.wait_until(has_round(path), 10, "a round in the file")
        os.rename(path, name)
        run.signal(signal.SIGHUP)
        _lab.wait_until(lambda: os.path.exists(path), 10, "the new file")
    _lab.wait_until(has_round(path), 10, "a round in the last file")
    run.signal(signal.SIGTERM)
    check(run.wait(10) == 0, f"status {run.process.returncode}")
    parts = [_lab.records(lab.read(name)) for name in (*names, path)]
    found = [r for part in parts for r in part]
    check(f"round records {len(rounds(found))} written, 0 lost" in run.err, run.err)
    check(f"{len(rounds(found))} rounds in " in run.err, run.err)
    check(f"rows {len(rows(found))} written" in run.err, run.err)
    stamps = [r["ts"] for r in rounds(found)]
    check(stamps == sorted(stamps), "records are out of order")


def writes_to_a_fifo(lab):
    """A named pipe with a reader is a file like any other."""
    agent = lab.agent()
    lab.config([agent.target()])
    path = lab.path("fifo")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    run, status = lab.poll("--once", "--output", path, "--format", "json")
    text = b""
    while chunk := os.read(reader, 65536):
        text += chunk
    os.close(reader)
    check(status == 0, f"status {status}: {run.err}")
    check(len(rounds(_lab.records(text.decode()))) == 1, f"{text[:200]!r}")


def works_without_standard_error(lab):
    """fd 2 closed: rows as always, and no message ends up in whatever got number 2."""
    agent = lab.agent()
    lab.config([agent.target()])
    path = lab.path("rows.json")
    for args in (("--output", path, "--format", "json"), ()):
        run, status = lab.poll("--once", *args, before=lambda: os.close(2))
        check(status == 0, f"status {status}")
        text = lab.read(path) if args else run.out
        check(len(rounds(_lab.records(text))) == 1, f"{text[:200]!r}")


def works_without_standard_input(lab):
    """fd 0 closed: what the program opens first must not be taken for it."""
    agent = lab.agent()
    lab.config([agent.target()])
    run, status = lab.poll("--once", before=lambda: os.close(0))
    check(status == 0, f"status {status}: {run.err}")
    check(len(rounds(run.records)) == 1, run.out[:200])


def says_so_when_standard_output_is_closed(lab):
    """fd 1 closed and rows meant for it: an error, not rows that vanish, and soon."""
    agent = lab.agent()
    lab.config([agent.target()])
    run, status = lab.poll("--once", before=lambda: os.close(1), seconds=30)
    check(status == 1, f"status {status}: {run.err}")
    check("stdout" in run.err, run.err)


def works_with_all_descriptors_closed_and_a_file_for_output(lab):
    """As a badly written supervisor may start it."""
    agent = lab.agent()
    lab.config([agent.target()])
    path = lab.path("rows.json")

    def close_all():
        os.closerange(0, 3)
    _, status = lab.poll("--once", "--output", path, "--format", "json", before=close_all)
    check(status == 0, f"status {status}")
    check(len(rounds(_lab.records(lab.read(path)))) == 1, lab.read(path)[:200])


_lab.main(ends_soon_when_the_reader_leaves,
          ends_soon_when_the_reader_leaves_between_rounds,
          waits_for_a_slow_reader_without_losing_rows,
          appends_to_a_file,
          opens_its_file_anew_on_sighup,
          writes_to_a_fifo,
          works_without_standard_error,
          works_without_standard_input,
          says_so_when_standard_output_is_closed,
          works_with_all_descriptors_closed_and_a_file_for_output)
