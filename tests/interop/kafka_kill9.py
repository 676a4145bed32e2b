#!/usr/bin/env python3
"""kill -9 of sonde at moments that nobody chose: while it starts, polls, replays, and while the broker is
away or killed itself. With `spool: {mode: always}` every row that was on the disk is in Kafka in the end,
rounds are without holes, and what is there twice says so by its headers; with `overflow` no more is lost
than fits into memory. What was on the disk is read right after each kill by a reader that knows
docs/SPOOL.md and nothing else.

    kafka_kill9.py --lives 50    the full form; the suite's has six"""
# ctest: timeout=300 serial
import collections
import hashlib
import json
import os
import random
import re
import sys
import threading
import time

import _lab
import _spool
from _lab import check, wait_until
from _pages import Collector

try:
    import _kafka
except ImportError:
    print("skipped: no Kafka for tests in this tree")
    sys.exit(77)

DEVICES, INTERVAL, BUFFER = 150, 1.0, 4 << 20
SOON = "reconnect.backoff.max.ms: 500, linger.ms: 20"
# What the lives of a run are like, over and over: what happens to the broker before, and when the end comes.
LIVES = (("polling", None), ("the broker away", "pause"), ("replaying", "resume"), ("starting", None),
         ("the broker killed", "kill"), ("replaying", "start"))
STORY = 6


def arguments():
    """Takes --lives N out of the command line; the rest names tests."""
    global STORY  # pylint: disable=global-statement
    if "--lives" in sys.argv:
        at = sys.argv.index("--lives")
        STORY = int(sys.argv[at + 1])
        del sys.argv[at:at + 2]


class Life:
    """sonde from its start to its kill. Times are Unix ns."""

    def __init__(self, lab, kind):
        self.kind, self.began, self.ended = kind, time.time_ns(), None
        self.figures = {}  # of its page, as late before the kill as it could be had
        self.run = lab.start()
        self.over = threading.Event()
        self.scraper = threading.Thread(target=self._scrape, daemon=True)
        self.listens = False
        if kind != "starting":
            wait_until(self._listening, 30, "the start")
        self.scraper.start()

    def _listening(self):
        self.listens = "listening on" in self.run.err
        check(self.run.process.poll() is None, f"ended: {self.run.err[-600:]}")
        return self.listens

    def _scrape(self):
        """Again and again until it is killed; a page that was cut is none."""
        while not self.over.is_set():
            if "listening on" in self.run.err:
                try:
                    self.figures = figures(self.run)
                except (OSError, _lab.Failure, ValueError, AttributeError):
                    pass
            self.over.wait(0.1)

    def kill(self):
        """kill -9."""
        self.run.process.kill()
        self.run.process.wait()
        self.ended = time.time_ns()
        self.over.set()
        self.scraper.join()


def figures(run):
    """{name, or name and reason: value} of the page's figures of the output to Kafka."""
    found = {}
    for m in re.finditer(r'^(\w+)\{output="\d+",sink="kafka[^"]*"(?:,reason="(\w+)")?\} (\S+)$',
                         Collector(run).get("/metrics"), re.M):
        found[m[1] + (f" {m[2]}" if m[2] else "")] = float(m[3])
    check(found, "no figures of the output")
    return found


def digest(key, body):
    """A message by what is in it."""
    return hashlib.blake2b(key + b"\0" + body, digest_size=16).digest()


def body_of(record):
    """The lines of JSON in a record of the spool."""
    at = record.payload.find(b'{"ts":')
    check(at >= 0, f"no JSON in record {record.number}: {record.payload[:80]!r}")
    body = record.payload[at:]
    check(body.endswith(b"\n") and body.count(b"\n") == record.rows + record.rounds,
          f"record {record.number}: {record.rows} rows and {record.rounds} rounds, "
          f"{body.count(bytes([10]))} lines")
    return body


class Kept:
    """What was found on the disk so far."""

    def __init__(self, folder):
        self.folder, self.known = folder, {}
        self.messages = {}  # {digest: (boot, number, key)}
        self.waiting = self.torn = 0

    def look(self):
        """Reads the directory, while nobody has it open."""
        spool = _spool.Spool(self.folder, self.known)
        for segment in spool.segments:
            check(segment.is_ours or len(segment.octets) < 4096, f"{segment.name} is not ours")
            check(not segment.rest or segment is spool.segments[-1],
                  f"{segment.name}: {segment.rest} octets behind the last record, and a later segment")
        for record in spool.records:
            key = digest(record.key, body_of(record))
            self.messages.setdefault(key, (record.boot, record.number, record.key))
        self.waiting, self.torn = len(spool.waiting), spool.torn


class Found:
    """What is in Kafka in the end."""

    def __init__(self, cluster):
        self.bodies, self.names = set(), collections.Counter()
        self.rows = collections.defaultdict(dict)   # {(key, cycle): {(table, part): rows}}
        self.rounds = collections.defaultdict(dict)  # {key: {cycle: record}}
        self.messages, self.late = 0, 0
        value = {}
        for topic in ("rows", "status"):
            newest = collections.defaultdict(int)
            for m in cluster.read(topic, seconds=240):
                self.messages += 1
                h = {name: text.decode() for name, text in m.headers}
                cycle = int(h["snmp.cycle"])
                part = h.get("snmp.part", "").split("/")[0]
                name = topic, h["snmp.instance"], cycle, h.get("snmp.table"), part
                body = digest(m.key, m.value)
                check(value.setdefault(name, body) == body, f"two messages of one name: {name}")
                check(m.key.decode() == h["snmp.instance"], f"{m.key}: {h}")
                if name not in self.names:  # the first of its name is in its place
                    self.late += cycle < newest[m.key]
                    newest[m.key] = max(cycle, newest[m.key])
                self.names[name] += 1
                self.bodies.add(body)
                if topic == "rows":
                    self.rows[m.key.decode(), cycle][name[3:]] = m.value.count(b"\n")
                else:
                    self.rounds[m.key.decode()][cycle] = json.loads(m.value)["round"]

    @property
    def doubles(self):
        """Messages that were there already."""
        return self.messages - len(self.names)

    def between(self, began, ended):
        """(rows, round records) of rounds that began in this time."""
        rows = sum(sum(parts.values()) for (_, cycle), parts in self.rows.items()
                   if began <= cycle <= ended)
        return rows, sum(began <= cycle <= ended for cycles in self.rounds.values()
                         for cycle in cycles)


def without_holes(found, life):
    """Rounds of a life up to the last of each target that is in Kafka: none is missing in between, and
    each has all its rows. How many there are."""
    number = 0
    for target, cycles in found.rounds.items():
        before = None
        for cycle in sorted(c for c in cycles if life.began <= c <= life.ended):
            record, number = cycles[cycle], number + 1
            due = cycle - record["lateness_ms"] * 1e6
            if before is not None:
                steps = (due - before) / (INTERVAL * 1e9)
                check(abs(steps - 1 - record["skipped"]) < 0.3,
                      f"{target}: {steps:.2f} intervals to the round at {cycle}, {record}; "
                      f"killed while {life.kind}")
            before = due
            rows = sum(found.rows[target, cycle].values())
            check(rows == record["rows"], f"{target} at {cycle}: {rows} rows in Kafka, {record}; "
                  f"killed while {life.kind}")
    return number


def configured(lab, cluster, spool, file=False, more=""):
    """sonde.yaml for simulated devices."""
    sim = lab.simulate("--community", _lab.SECRET, "--interfaces", "2", "--devices", str(DEVICES),
                       "--listen", "127.9.0.1/24:0")
    names = [f"127.9.0.{i}:{sim.ports[0]}" for i in range(1, DEVICES + 1)]
    output = ("  - file: {path: rows.json, format: json}\n" if file else "") + (
        f"  - kafka: {{brokers: \"{cluster.brokers}\", topic: rows, status_topic: status{more}, "
        f"properties: {{{SOON}}}, spool: {{path: spool, {spool}}}}}\n")
    path = lab.config(names, poll=f"interval: {INTERVAL}s, timeout: 1s, threads: 2", output=output)
    lab.write("sonde.yaml", "listen: 127.0.0.1:0\n" + lab.read(path))


def topics(lab):
    """A broker."""
    cluster = _kafka.KafkaCluster(lab)
    cluster.topic("rows", partitions=6)
    cluster.topic("status", partitions=3)
    return cluster


def do_to(cluster, what):
    """To the broker."""
    node = cluster.node(1)
    if what == "start":
        node.start()
        node.until_ready()
    elif what:
        getattr(node, what)()


def one_life(lab, cluster, kind, what, rng):
    """Returns it when it is over."""
    do_to(cluster, what)
    life = Life(lab, kind)
    least, most = {"starting": (0, 0.3), "replaying": (0, 0.8)}.get(kind, (0.3, 2.5))
    time.sleep(rng.uniform(least, most) * _lab.FACTOR)
    life.kill()
    return life


def ended_well(lab):
    """A run that is not killed: it delivers what it finds, then it is told to end. It, as a Life, and
    how much it has found and delivered."""
    life = Life(lab, "the end")

    def delivered():
        now = life.figures
        check(life.run.process.poll() is None, f"ended: {life.run.err[-600:]}")
        return now and now["sonde_spool_messages_found_total"] == now[
            "sonde_spool_messages_recovered_total"]
    wait_until(delivered, 60, f"delivery: {life.figures}")
    wait_until(lambda: life.figures["sonde_spool_messages_total"] > 3 * DEVICES, 30, "fresh messages")
    life.run.signal(15)
    check(life.run.wait(60) == 0, f"status {life.run.process.returncode}: {life.run.err[-800:]}")
    life.ended = time.time_ns()
    life.over.set()
    return life


def nothing_on_the_disk_is_missing(lab):
    """always."""
    seed = int(os.environ.get("SONDE_SEED") or random.randrange(1 << 32))
    rng = random.Random(seed)
    cluster = topics(lab)
    configured(lab, cluster, "mode: always, max_bytes: 256MiB")  # segments of 4 MiB
    kept, lives = Kept(lab.path("spool")), []
    began = time.monotonic()
    for number in range(STORY):
        life = one_life(lab, cluster, *LIVES[number % len(LIVES)], rng)
        lives.append(life)
        kept.look()
        print(f"    {number + 1:2}. killed while {life.kind:17} {kept.waiting:6} records wait, "
              f"{kept.torn:5} octets torn", flush=True)
    if LIVES[(STORY - 1) % len(LIVES)][1] in ("pause", "kill"):
        do_to(cluster, LIVES[STORY % len(LIVES)][1])
    last = ended_well(lab)
    check(kept.messages, "nothing was ever on the disk")
    kept.look()
    check(kept.waiting == 0, f"{kept.waiting} records wait after the end")
    found = Found(cluster)
    missing = [place for key, place in kept.messages.items() if key not in found.bodies]
    check(not missing, f"seed {seed}: {len(missing)} of {len(kept.messages)} messages that were on the "
          f"disk are not in Kafka: {missing[:3]}")
    rounds = sum(without_holes(found, life) for life in [*lives, last])
    check(found.late == 0, f"{found.late} messages before older ones of their target")
    spooled = 0
    for life in lives:
        rows, records = found.between(life.began, life.ended)
        told = life.figures.get("sonde_spool_rows_total", 0)
        spooled += told
        check(rows >= told, f"killed while {life.kind}: {told} rows were told as spooled, {rows} are "
              "in Kafka")
        check(records >= life.figures.get("sonde_spool_round_records_total", 0),
              f"killed while {life.kind}: {records} round records in Kafka, {life.figures}")
        lost = {k: v for k, v in life.figures.items() if "_lost_" in k and v}
        check(not lost, f"killed while {life.kind}: {lost}")
    check(spooled > 0, "no page said that rows were spooled")
    print(f"    seed {seed}: {STORY} kills in {time.monotonic() - began:.0f} s; {len(kept.messages)} "
          f"messages seen on the disk, all in Kafka; {spooled:.0f} rows told as spooled; {rounds} rounds "
          f"without a hole; {found.messages} messages in Kafka, {found.doubles} of them twice")


def no_more_is_lost_than_memory_holds(lab):
    """overflow: rows of a file beside it that are not in Kafka were in memory at a kill."""
    rng = random.Random(int(os.environ.get("SONDE_SEED") or random.randrange(1 << 32)))
    cluster = topics(lab)
    configured(lab, cluster, "mode: overflow", file=True, more=f", buffer_bytes: {BUFFER}")
    kills = max(2, STORY // 4)
    for number in range(kills):
        away = number % 2 == 1
        do_to(cluster, "pause" if away else None)
        life = Life(lab, "overflowing" if away else "polling")
        if away:
            wait_until(lambda life=life: life.figures.get("sonde_spool_rows_total", 0) > 0, 60,
                       "an overflow")
        time.sleep(rng.uniform(0.3, 2) * _lab.FACTOR)
        life.kill()
        do_to(cluster, "resume" if away else None)
    wait_until(lambda: 1 in cluster.members(), 30, "the broker")
    life = Life(lab, "the end")
    wait_until(lambda: life.figures and life.figures["sonde_spool_messages_waiting"] == 0
               and life.figures["sonde_output_rows_written_total"] > 0, 60, "delivery")
    life.run.signal(15)
    check(life.run.wait(60) == 0, f"status {life.run.process.returncode}: {life.run.err[-800:]}")
    life.over.set()
    there = collections.Counter(line for topic in ("rows", "status")
                                for m in cluster.read(topic, seconds=240)
                                for line in m.value.splitlines())
    polled = set()
    with open(lab.path("rows.json"), "rb") as f:
        for line in f:  # one that was cut by a kill runs into the next
            if line.endswith(b"}\n") and line.count(b'{"ts":') == 1 and line.startswith(b'{"ts":'):
                polled.add(line[:-1])
    gone = [line for line in polled if line not in there]
    octets, bound = sum(map(len, gone)), kills * 2 * BUFFER
    print(f"    {kills} kills: {len(gone)} of {len(polled)} records lost, {octets >> 10} KiB; "
          f"{sum(there.values()) - len(there)} twice; promised: not more than {bound >> 10} KiB")
    check(octets <= bound, f"{octets} octets lost by {kills} kills")


if __name__ == "__main__":
    arguments()
    _lab.main(nothing_on_the_disk_is_missing, no_more_is_lost_than_memory_holds)
