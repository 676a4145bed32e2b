#!/usr/bin/env python3
"""Spools that are not as they were left: segments and marks that are damaged, cut, empty, foreign, in the
wrong place; disks that are full or read-only, at the start or later; directories that somebody else has or
that are none. The start never fails for a bad file; the log says what, the figures are right, polling and
delivery go on."""
# ctest: timeout=300 serial
import collections
import contextlib
import hashlib
import os
import re
import shutil
import signal
import socket
import sys
import time

import _confine
import _lab
import _spool
from _lab import check, wait_until
from _pages import Collector

try:
    import _kafka
except ImportError:
    print("skipped: no Kafka for tests in this tree")
    sys.exit(77)

DEVICES, LIVES, MOST, DISK = 20, 3, 16 << 20, 8 << 20
SOON = "reconnect.backoff.max.ms: 500, linger.ms: 20"
MS_RDONLY = 1


def nobody(lab):
    """An address at which no broker is."""
    held = lab.keep(socket.socket())
    held.bind(("127.0.0.1", 0))  # and never listens
    return f"127.0.0.1:{held.getsockname()[1]}"


def devices(lab):
    """The names of simulated ones."""
    sim = lab.simulate("--community", _lab.SECRET, "--interfaces", "4", "--devices", str(DEVICES),
                       "--listen", "127.9.0.1/24:0")
    return [f"127.9.0.{i}:{sim.ports[0]}" for i in range(1, DEVICES + 1)]


def configured(lab, names, brokers, path, topic="rows", first="", more="mode: always"):
    """A configuration of these devices; first: another output."""
    output = (f"{first}  - kafka: {{brokers: \"{brokers}\", topic: {topic}, properties: {{{SOON}}}, "
              f"spool: {{path: {path}, max_bytes: {MOST}, {more}}}}}\n")
    file = lab.config(names, poll="interval: 300ms, timeout: 1s, threads: 2", output=output)
    lab.write("sonde.yaml", "listen: 127.0.0.1:0\n" + lab.read(file))


def figures(run):
    """{name, or name and reason: value} of the page's figures of the output to Kafka, and of polling."""
    page, found = Collector(run).get("/metrics"), {}
    for m in re.finditer(r'^(\w+)\{output="\d+",sink="kafka[^"]*"(?:,reason="(\w+)")?\} (\S+)$', page,
                         re.M):
        found[m[1] + (f" {m[2]}" if m[2] else "")] = float(m[3])
    found["rounds"] = sum(map(float, re.findall(r"(?m)^sonde_rounds_ok_total\S* (\S+)$", page)))
    return found


def body_of(record):
    """The lines of JSON in a record of the spool."""
    return record.payload[record.payload.find(b'{"ts":'):]


def digest(key, body):
    """A message by what is in it."""
    return hashlib.blake2b(key + b"\0" + body, digest_size=16).digest()


def filled(lab, names, path, most=150):
    """A spool of several lives without a broker, each ended by kill -9: its segments and records."""
    configured(lab, names, nobody(lab), path)
    for _ in range(LIVES):
        run = lab.start()
        run.until_said("listening on")
        wait_until(lambda run=run: figures(run)["sonde_spool_messages_total"] >= most, 30, "records")
        run.process.kill()
        run.process.wait()
    spool = _spool.Spool(lab.path(path))
    check(len(spool.segments) == LIVES and all(s.is_ours for s in spool.segments),
          f"{[s.name for s in spool.segments]}")
    check(all(len(s.records) >= most for s in spool.segments), "too few records")
    return spool


# Damages: each changes a copy of a spool and returns (records that are gone, how many are to be told as
# lost, what the log is to say, further figures).


def change(segment, folder, at, octets):
    """Writes over some octets of a file."""
    with open(os.path.join(folder, segment.name), "r+b") as f:
        f.seek(at)
        f.write(octets)


def other(segment, at, n=1):
    """Octets that are not those there."""
    return bytes(octet ^ 0x55 for octet in segment.octets[at:at + n])


def an_octet_of_a_payload(spool, folder):
    """One record, of a target that is still known."""
    segment = spool.segments[1]
    record = segment.records[20]
    at = record.at + record.octets - 60
    change(segment, folder, at, other(segment, at))
    return [record], 1, (rf"was damaged: lost: 1 messages, {record.rows} rows and {record.rounds} round "
                         "records of 1 targets"), {"sonde_spool_rows_lost_total damaged": record.rows}


def an_octet_of_a_head(spool, folder):
    """One record of which nothing is known."""
    segment = spool.segments[0]
    record = segment.records[7]
    change(segment, folder, record.at + 20, other(segment, record.at + 20))
    return [record], 1, r"was damaged: lost: 1 messages", {}


def a_sector_of_zeros(spool, folder):
    """What lies in it, and nothing else."""
    segment = spool.segments[0]
    at = segment.records[50].at // 512 * 512
    change(segment, folder, at, bytes(512))
    gone = [r for r in segment.records if r.at < at + 512 and r.at + r.octets > at]
    return gone, len(gone), rf"was damaged: lost: {len(gone)} messages", {}


def the_end_torn_off(spool, folder):
    """The last segment, in the midst of a record: cut, and what was cut is told."""
    segment = spool.segments[-1]
    record = segment.records[100]
    at = record.at + record.octets // 2
    os.truncate(os.path.join(folder, segment.name), at)
    return segment.records[100:], 0, r"", {"sonde_spool_torn_bytes_total": at - record.at}


def an_earlier_segment_torn_off(spool, folder):
    """How many are missing is known by the next one."""
    segment = spool.segments[1]
    record = segment.records[30]
    os.truncate(os.path.join(folder, segment.name), record.at + 70)
    gone = segment.records[30:]
    return gone, len(gone), rf"was damaged: lost: {len(gone)} messages", {}


def an_empty_segment(spool, folder):
    """Of zero length: all that was in it."""
    os.truncate(os.path.join(folder, spool.segments[1].name), 0)
    gone = spool.segments[1].records
    return gone, len(gone), rf"was damaged: lost: {len(gone)} messages", {}


def a_segment_without_a_head(spool, folder):
    """Both copies of the head: it stays as it is."""
    segment = spool.segments[1]
    for at in (16, 2048 + 16):
        change(segment, folder, at, other(segment, at))
    gone = segment.records
    return gone, len(gone), rf"{segment.name} is left alone", {"sonde_spool_foreign_files": 1}


def one_copy_of_a_head(spool, folder):
    """The other copy is enough."""
    change(spool.segments[1], folder, 16, other(spool.segments[1], 16))
    return [], 0, r"", {}


def files_of_others(spool, folder):
    """Names that are none of ours, and ours with what is none of ours: left alone."""
    os.makedirs(os.path.join(folder, "00000000000000aa.seg"))
    os.symlink("/etc/passwd", os.path.join(folder, "00000000000000ab.seg"))
    shutil.copy(os.path.join(folder, spool.segments[0].name),
                os.path.join(folder, "00000000000000bb.seg"))
    with open(os.path.join(folder, "ffffffffffffffff.seg"), "wb") as f:
        f.write(os.urandom(10000))
    with open(os.path.join(folder, "notes.txt"), "wb") as f:
        f.write(b"do not delete")
    return [], 0, (r"(?s)(?=.*00000000000000aa\.seg is left)(?=.*00000000000000ab\.seg is left)"
                   r"(?=.*00000000000000bb\.seg is left)(?=.*ffffffffffffffff\.seg is left)"), {}


def an_empty_mark(_, folder):
    """All that is there comes again."""
    os.truncate(os.path.join(folder, "mark"), 0)
    return [], 0, r"", {}


def a_mark_of_noise(_, folder):
    """The same."""
    with open(os.path.join(folder, "mark"), "wb") as f:
        f.write(os.urandom(8192))
    return [], 0, r"", {}


DAMAGES = (an_octet_of_a_payload, an_octet_of_a_head, a_sector_of_zeros, the_end_torn_off,
           an_earlier_segment_torn_off, an_empty_segment, a_segment_without_a_head, one_copy_of_a_head,
           files_of_others, an_empty_mark, a_mark_of_noise)


def kept_as_they_were(before, folder):
    """What is left alone is left alone."""
    for name, octets in before.items():
        path = os.path.join(folder, name)
        check(os.path.lexists(path), f"{name} is gone")
        if octets is not None:
            with open(path, "rb") as f:
                check(f.read() == octets, f"{name} was changed")


def strangers(folder):
    """{name: content} of what the spool may not touch."""
    found = {}
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name in ("mark", "lock") or (os.path.isfile(path) and not os.path.islink(path)
                                        and name.endswith(".seg")
                                        and _spool.Segment(folder, name).is_ours):
            continue
        if os.path.isdir(path) or os.path.islink(path):
            found[name] = None
        elif os.path.getsize(path):
            with open(path, "rb") as f:
                found[name] = f.read()
    return found


def delivered(lab, what):
    """A run with the broker there: it has delivered what it found and something of its own. Its figures
    and what it said."""
    run = lab.start()
    run.until_said("listening on")
    now = {}

    def done():
        check(run.process.poll() is None, f"{what}: ended: {run.err[-800:]}")
        now.update(figures(run))
        settled = sum(v for k, v in now.items() if k == "sonde_spool_messages_recovered_total"
                      or k == "sonde_spool_messages_refused_total"
                      or k.startswith("sonde_spool_messages_lost_total"))
        return now["sonde_spool_messages_found_total"] <= settled and now["rounds"] > 2 * DEVICES
    wait_until(done, 30, f"{what}: delivery: {now}")
    check(now["sonde_spool_working"] == 1, f"{what}: {now}")
    run.signal(signal.SIGTERM)
    check(run.wait(40) == 0, f"{what}: status {run.process.returncode}: {run.err[-800:]}")
    return now, run.err


def bad_files_cost_what_was_in_them(lab):
    """Each kind of damage, with a topic of its own to see what arrives."""
    names = devices(lab)
    spool = filled(lab, names, "spool")
    cluster = _kafka.KafkaCluster(lab)
    for number, damage in enumerate(DAMAGES):
        what, folder = damage.__name__.replace("_", " "), lab.path(f"spool-{number}")
        shutil.copytree(lab.path("spool"), folder)
        gone, told, said, wanted = damage(spool, folder)
        before = strangers(folder)
        cluster.topic(f"rows{number}", partitions=1)
        configured(lab, names, cluster.brokers, f"spool-{number}", topic=f"rows{number}")
        began = time.time_ns()
        now, err = delivered(lab, what)
        check(re.search(said, err), f"{what}: {err[-1500:]}")
        lost = now.get("sonde_spool_messages_lost_total damaged", 0)
        check(lost == told, f"{what}: {lost} told as lost, not {told}")
        for name, value in wanted.items():
            check(now.get(name) == value, f"{what}: {name} {now.get(name)}, not {value}")
        kept_as_they_were(before, folder)
        missing = {r.number for r in gone}
        here = [digest(r.key, body_of(r)) for r in spool.records if r.number not in missing]
        found, fresh = collections.Counter(), 0
        for m in cluster.read(f"rows{number}"):
            found[digest(m.key, m.value)] += 1
            fresh += int(dict(m.headers)["snmp.cycle"]) > began
        check(all(key in found for key in here), f"{what}: "
              f"{sum(key not in found for key in here)} of {len(here)} sound records are not in Kafka")
        check(not any(digest(r.key, body_of(r)) in found for r in gone), f"{what}: a lost record arrived")
        check(max(found.values()) == 1, f"{what}: something arrived twice")
        check(fresh > 2 * DEVICES, f"{what}: {fresh} fresh messages")
        print(f"    {what}: {len(here)} of {len(spool.records)} delivered, {told} told as lost",
              flush=True)


def refuses_what_it_cannot_have(lab):
    """At the start, with path and reason, before anything is polled."""
    names, dead = devices(lab), nobody(lab)
    lab.write("file", "something")
    lab.write("program", "something", mode=0o700)
    os.mkdir(lab.path("mine"), 0o500)
    configured(lab, names, dead, "taken")
    first = lab.start()
    first.until_said("listening on")
    wrong = []
    for path, cause in (("taken", "is used by another process"), ("file", "Not a directory"),
                        ("program", "Not a directory"), ("sonde.yaml/spool", "Not a directory"),
                        ("gone/spool", "No such file or directory"), ("mine", "Permission denied"),
                        ("mine/spool", "Permission denied")):
        configured(lab, names, dead, path)
        run = lab.start(before=_confine.without_root_rights)
        wait_until(lambda run=run: run.process.poll() is not None or "listening on" in run.err, 20,
                   "an end")
        if not (run.process.poll() == 1 and "listening on" not in run.err and re.search(
                rf"output kafka rows: the spool \S*{re.escape(path)} .*{cause}", run.err)):
            wrong.append(f"{path}: status {run.process.poll()}: {run.err[-300:]}")
    check(not wrong, "\n    ".join(wrong))
    check(first.process.poll() is None, "the one that has it ended")
    check(lab.read(lab.path("file")) == "something", "the file was changed")
    os.chmod(lab.path("mine"), 0o700)


@contextlib.contextmanager
def small_disk(lab, size):
    """A disk of its own for spools, in the folder "disk"."""
    os.makedirs(lab.path("disk"), exist_ok=True)
    disk = _confine.SmallDisk(lab.path("disk"), size)
    try:
        yield
    finally:
        disk.close()


def fill_up(lab):
    """No space left."""
    with open(lab.path("disk/ballast"), "wb", buffering=0) as f, contextlib.suppress(OSError):
        while True:
            f.write(bytes(4096))


def make_room(lab):
    """Space again."""
    os.truncate(lab.path("disk/ballast"), 0)


def remount(lab, flags):
    """The same disk with these flags."""
    _confine._call(  # pylint: disable=protected-access
        "mount", b"none", lab.path("disk").encode(), b"tmpfs", _confine.MS_REMOUNT | flags, None)


# A file system with files open for writing cannot be made read-only, so that is for the start.
SICK = (("full later", "No space left on device", False, fill_up, make_room),
        ("full at the start", "No space left on device", True, fill_up, make_room),
        ("read-only at the start", "Read-only file system", True, lambda lab: remount(lab, MS_RDONLY),
         lambda lab: remount(lab, 0)))


def sick_disks_stop_nothing(lab):
    """While it runs, and before it starts with what others have left there, while the broker is away: what
    memory can hold waits there, and in the end every line of a file beside it is in Kafka, and what was on
    the disk is, too."""
    names = devices(lab)
    cluster = _kafka.KafkaCluster(lab)
    for number, (what, cause, early, ails, mends) in enumerate(SICK):
        topic, there = f"rows{number}", []
        cluster.topic(topic, partitions=1)
        with small_disk(lab, DISK):
            if early:
                there = filled(lab, names, "disk/spool", 50).records
                ails(lab)
            configured(lab, names, cluster.brokers, "disk/spool", topic=topic,
                       first=f"  - file: {{path: {topic}.json, format: json}}\n")
            cluster.node(1).pause()
            one_sick_disk(lab, cluster, what, cause, None if early else ails, mends)
        compare(lab, cluster, topic, what, there)


def one_sick_disk(lab, cluster, what, cause, ails, mends):
    """A run through it."""
    run = lab.start()
    run.until_said("listening on")
    if ails:
        wait_until(lambda: figures(run)["sonde_spool_messages_total"] > 3 * DEVICES, 20, "records")
        ails(lab)
    wait_until(lambda: re.search(rf"spool \S+ cannot be [\w ]+: .*({cause})", run.err), 20,
               f"{what}: a line: {run.err[-600:]}")
    check(figures(run)["sonde_spool_working"] == 0, f"{what}: no alarm")
    rounds = figures(run)["rounds"]
    wait_until(lambda: figures(run)["rounds"] > rounds + 3 * DEVICES, 20, f"{what}: polling")
    mends(lab)
    run.until_said("works again", 20)
    wait_until(lambda: figures(run)["sonde_spool_working"] == 1, 20, f"{what}: the end of the alarm")
    cluster.node(1).resume()
    wait_until(lambda: figures(run)["sonde_output_rows_written_total"] > 0 and figures(run)[
        "sonde_spool_messages_found_total"] == figures(run)["sonde_spool_messages_recovered_total"],
               30, f"{what}: delivery: {figures(run)}")
    run.signal(signal.SIGTERM)
    check(run.wait(60) == 0, f"{what}: status {run.process.returncode}: {run.err[-1200:]}")


def compare(lab, cluster, topic, what, there):
    """All lines of the file and of the records that were there are in Kafka; how many are there twice."""
    wanted = set(lab.read(lab.path(f"{topic}.json")).splitlines())
    for record in there:
        wanted.update(body_of(record).decode().splitlines())
    found = collections.Counter(line for m in cluster.read(topic)
                                for line in m.value.decode().splitlines())
    missing = [line for line in wanted if line not in found]
    check(not missing, f"{what}: {len(missing)} of {len(wanted)} records are not in Kafka: {missing[:1]}")
    print(f"    {what}: all of {len(wanted)} records delivered, "
          f"{sum(found.values()) - len(found)} twice", flush=True)


if __name__ == "__main__":
    _lab.main(bad_files_cost_what_was_in_them,
              refuses_what_it_cannot_have,
              # From here on the test has a mount namespace of its own.
              sick_disks_stop_nothing)
