#!/usr/bin/env python3
"""Outputs that fail: readers that are gone, disks that are full, files that cannot be opened. A
clear message, polling goes on, what is lost is counted, no record is torn, and all goes on when it
can."""
# ctest: timeout=240
import json
import os
import re
import resource
import signal

import _confine
import _lab
from _lab import check, rounds, rows

FAST = "interval: 50ms, timeout: 5s, retries: 1"
DISK = 256 << 10
TO_FILE = "  - file: {path: disk/rows.json, format: json}\n"
TO_BOTH = TO_FILE + "  - stdout: {format: json, rows: false}\n"
NO_SPACE = ("sonde: error: output file disk/rows.json: No space left on device; "
            "rows wait in memory until it works again")


def told(run, output="file"):
    """What the summary counts for an output: rows written, lost, dropped, then round records."""
    m = re.search(rf"output {output} +rows (\d+) written, (\d+) lost, (\d+) dropped; "
                  r"round records (\d+) written, (\d+) lost, (\d+) dropped", run.err)
    check(m, f"no summary of {output} in {run.err[-400:]!r}")
    return [int(n) for n in m.groups()]


def polled(run):
    """The rounds the summary tells."""
    m = re.search(r"(\d+) rounds in [\d.]+ s: (\d+) ok, 0 partial, 0 failed, (\d+) canc", run.err)
    check(m and int(m.group(1)) == int(m.group(2)) + int(m.group(3)),
          f"not all rounds are ok: {run.err[-600:]!r}")
    return int(m.group(1))


def check_rows(run):
    """The rows handed to the outputs are those that the outputs wrote or lost."""
    handed = int(re.search(r"(\d+) rows; by ", run.err).group(1))
    fates = re.findall(r"^  output .* rows (\d+) written, (\d+) lost", run.err, re.M)
    check(handed == sum(int(a) + int(b) for a, b in fates), f"{handed} rows, {fates}")


def check_accounted(run, path):
    """Rows and round records in the file are those told as written; with the rest they are all."""
    found = _lab.records(run.lab.read(path))  # each line whole, each line JSON
    written, lost, dropped, records_written, records_lost, records_dropped = told(run)
    check(len(rows(found)) == written, f"{len(rows(found))} rows in the file, {written} told")
    check(len(rounds(found)) == records_written, f"{len(rounds(found))} round records in the file")
    check(records_written + records_lost + records_dropped == polled(run), "round records missing")
    check_rows(run)
    keys = [json.dumps([r["ts"], r["instance"], r.get("table"), r.get("index")]) for r in found]
    check(len(set(keys)) == len(keys), "a record is there twice")
    return lost + dropped


def said_once(run, line):
    """Exactly one line of a series of failures."""
    check(run.err.splitlines().count(line) == 1, run.err)


def in_file(lab):
    """The records in the file, without one that is just being written."""
    text = lab.read(lab.path("disk/rows.json"))
    return _lab.records(text[:text.rfind("\n") + 1])


def until_in_file(lab, run, number):
    """Waits until the file has so many round records."""
    def there():
        check(run.process.poll() is None, f"ended: {run.err}")
        return len(rounds(in_file(lab))) >= number
    _lab.wait_until(there, 20, f"{number} rounds in the file")


def full_disk(lab, output=TO_BOTH):
    """sonde with an agent and a small disk that is filled by its rows."""
    os.mkdir(lab.path("disk"))
    lab.keep(_confine.SmallDisk(lab.path("disk"), DISK))
    with open(lab.path("disk/ballast"), "wb") as f:
        f.write(bytes(DISK - (64 << 10)))
    lab.config([lab.agent().target()], poll=FAST, output=output)
    run = lab.start()
    run.until_said(NO_SPACE, 20)
    return run


def ends_when_the_reader_is_gone_before_the_start(lab):
    """A pipe without a reader: one message, status 1; nothing else dies of it."""
    lab.config([lab.agent().target()], poll=FAST)
    for args in ((), ("--once",)):
        reader, writer = os.pipe()
        os.close(reader)
        run = lab.start(*args, stdout=writer)
        os.close(writer)
        check(run.wait(10) == 1, f"status {run.process.returncode}: {run.err}")
        said_once(run, "sonde: warning: output stdout: closed by its reader")
        lost = told(run, "stdout")
        check(lost[0] == lost[3] == 0 and lost[1] + lost[2] > 0, f"{lost}")
        check(lost[4] + lost[5] == polled(run), "round records that are not accounted")


def goes_on_when_only_one_of_two_outputs_is_gone(lab):
    """The file gets every record; the end says that the other output lost some."""
    os.mkdir(lab.path("disk"))
    lab.config([lab.agent().target()], poll=FAST, output=TO_FILE + "  - stdout: {format: json}\n")
    reader, writer = os.pipe()
    os.close(reader)
    run = lab.start(stdout=writer)
    os.close(writer)
    until_in_file(lab, run, 10)
    run.signal(signal.SIGTERM)
    check(run.wait(20) == 1, f"status {run.process.returncode}: {run.err}")
    said_once(run, "sonde: warning: output stdout: closed by its reader")
    check(check_accounted(run, lab.path("disk/rows.json")) == 0, "rows lost for the file")


def lives_when_nobody_reads_its_messages(lab):
    """stderr a pipe without a reader: no SIGPIPE, all rows, status 0."""
    lab.config([lab.agent().target()], poll=FAST)
    reader, writer = os.pipe()
    os.close(reader)
    run = lab.start(stderr=writer)
    os.close(writer)
    run.until_rounds(5, status="ok")
    run.signal(signal.SIGTERM)
    check(run.wait(20) == 0, f"status {run.process.returncode}")


def counts_what_a_full_device_does_not_take(lab):
    """/dev/full as file and as stdout: one message, polling goes on, status 1."""
    target = lab.agent().target()
    os.mkdir(lab.path("disk"))
    lab.config([target], poll=FAST, name="a.yaml", output=TO_BOTH.replace("disk/rows.json",
                                                                          "/dev/full"))
    lab.config([target], poll=FAST, name="b.yaml", output="  - stdout: {format: json}\n" + TO_FILE)
    with open("/dev/full", "wb") as full:
        runs = [(lab.start("-c", "a.yaml"), "file", "file /dev/full"),
                (lab.start("-c", "b.yaml", stdout=full), "stdout", "stdout")]
    runs[0][0].until_rounds(10, status="ok")
    until_in_file(lab, runs[1][0], 10)
    for run, _, _ in runs:
        run.signal(signal.SIGTERM)
    for run, output, label in runs:
        check(run.wait(30) == 1, f"status {run.process.returncode}: {run.err}")
        said_once(run, f"sonde: error: output {label}: No space left on device; "
                       "rows wait in memory until it works again")
        counts = told(run, output)
        check(counts[0] == counts[3] == 0 and counts[4] == polled(run), f"{counts}")
        check_rows(run)


def keeps_whole_records_on_a_disk_that_stays_full(lab):
    """Polling goes on; what did not fit is told; the file ends with a whole record."""
    run = full_disk(lab)
    run.until_rounds(10, status="ok")
    run.signal(signal.SIGTERM)
    check(run.wait(30) == 1, f"status {run.process.returncode}: {run.err}")
    said_once(run, NO_SPACE)
    check(check_accounted(run, lab.path("disk/rows.json")) > 0, "nothing was lost?")
    check(told(run)[0] > 0, "nothing was written before the disk was full")
    check(told(run, "stdout")[4:] == [0, 0], "the other output lost round records")


def writes_everything_once_there_is_space_again(lab):
    """Nothing lost, nothing twice, nothing torn; the message says how long it took."""
    run = full_disk(lab)
    run.until_rounds(10, status="ok")
    os.truncate(lab.path("disk/ballast"), 0)
    run.until_said("sonde: output file disk/rows.json: works again after ", 20)
    run.until_rounds(3, status="ok")
    run.signal(signal.SIGTERM)
    check(run.wait(30) == 0, f"status {run.process.returncode}: {run.err}")
    said_once(run, NO_SPACE)
    check(check_accounted(run, lab.path("disk/rows.json")) == 0, "something was lost")


def starts_fewer_rounds_while_its_memory_is_full(lab):
    """The buffer of the only output has an end: rounds wait, are told as skipped, and nothing is
    dropped for it."""
    run = full_disk(lab, TO_FILE.replace("json}", "json, buffer_bytes: 256KiB}"))
    signal.sigtimedwait([], 4)  # 80 rounds' time; there is memory for 25
    os.truncate(lab.path("disk/ballast"), 0)
    run.until_said("works again after ", 20)
    until_in_file(lab, run, 3 + len(rounds(in_file(lab))))
    run.signal(signal.SIGTERM)
    check(run.wait(30) == 0, f"status {run.process.returncode}: {run.err}")
    check(check_accounted(run, lab.path("disk/rows.json")) == 0, "something was lost")
    skipped = [r["round"]["skipped"] for r in rounds(in_file(lab))]
    check(max(skipped) >= 5, f"skipped: {skipped}")


def holds_back_no_other_while_its_memory_is_full(lab):
    """Of two outputs one is full to the end: the other has every round, and the full one says what
    it dropped."""
    run = full_disk(lab, TO_BOTH.replace("json}\n  - st", "json, buffer_bytes: 256KiB}\n  - st"))
    run.until_rounds(200, status="ok", seconds=40)
    run.signal(signal.SIGTERM)
    check(run.wait(30) == 1, f"status {run.process.returncode}: {run.err}")
    check(check_accounted(run, lab.path("disk/rows.json")) > 0, "nothing was dropped?")
    check(told(run)[2] > 0, "no rows were dropped")
    check(told(run, "stdout")[4:] == [0, 0], "the other output lost round records")
    check(sum(r["round"]["skipped"] for r in rounds(run.records)) < 20, "rounds waited")


def treats_a_limit_of_file_size_like_a_full_disk(lab):
    """No death by SIGXFSZ; whole records up to the limit; all the rest once it is lifted."""
    os.mkdir(lab.path("disk"))
    lab.config([lab.agent().target()], poll=FAST, output=TO_BOTH.replace(
        "rows: false", "rows: false, rounds: true"))
    run = lab.start(before=_confine.limit_file_size(32 << 10))
    message = NO_SPACE.replace("No space left on device", "File too large")
    run.until_said(message, 20)
    resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE,
                     (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    run.until_said("works again after ", 20)
    run.until_rounds(3, status="ok")
    run.signal(signal.SIGTERM)
    check(run.wait(30) == 0, f"status {run.process.returncode}: {run.err}")
    said_once(run, message)
    check(check_accounted(run, lab.path("disk/rows.json")) == 0, "something was lost")


def refuses_outputs_it_cannot_open(lab):
    """At the start, with the cause, before anything is polled."""
    dead = _lab.Silent(lab)
    lab.config([dead.target])
    lab.write("locked", "", mode=0)
    os.mkfifo(lab.path("fifo"))
    for path, cause in (("gone/rows", "No such file or directory"), (".", "Is a directory"),
                        ("sonde.yaml/rows", "Not a directory"), ("locked", "Permission denied"),
                        ("fifo", "No such device or address"),
                        ("x" * 300, "File name too long")):
        run, status = lab.poll("--once", "--output", path, before=_confine.without_root_rights)
        check(status == 1, f"{path}: status {status}")
        check(run.err == f"sonde: error: output file {path}: cannot be opened: {cause}\n", run.err)
        check(run.out == "" and not dead.heard(), f"{path}: polled all the same")
    os.chmod(lab.path("locked"), 0o600)  # for the lab's own look into all files


def refuses_to_poll_for_a_stdout_that_is_not_open(lab):
    """Closed, or open for reading only."""
    dead = _lab.Silent(lab)
    lab.config([dead.target])
    with open("/dev/null", "rb") as null:
        for options in ({"before": _confine.close_streams(1)}, {"stdout": null}):
            run, status = lab.poll("--once", **options)
            check(status == 1, f"status {status}")
            check(run.err == "sonde: error: output stdout: not open for writing\n", run.err)
            check(not dead.heard(), "polled all the same")


_lab.main(ends_when_the_reader_is_gone_before_the_start,
          goes_on_when_only_one_of_two_outputs_is_gone,
          lives_when_nobody_reads_its_messages,
          counts_what_a_full_device_does_not_take,
          treats_a_limit_of_file_size_like_a_full_disk,
          refuses_outputs_it_cannot_open,
          refuses_to_poll_for_a_stdout_that_is_not_open,
          # From here on the test has a mount namespace of its own.
          keeps_whole_records_on_a_disk_that_stays_full,
          writes_everything_once_there_is_space_again,
          starts_fewer_rounds_while_its_memory_is_full,
          holds_back_no_other_while_its_memory_is_full)
