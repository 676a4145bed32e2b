#!/usr/bin/env python3
"""A real Apache Kafka that is killed, stopped, restarted, led by others, short of disk, behind a
line of 10 Mbit/s: polling goes on as before, and each row that was polled is in Kafka, waits in the
spool or is counted as given up.

Environment: SONDE_TEST_FULL, every outage by itself in every mode, the stop for five minutes (an
hour in all; SONDE_OUTAGE=SECONDS for other lengths). Names of tests may be given as arguments."""
# ctest: timeout=5400 serial
import os
import sys
import time

import _confine
import _kafka
import _kafka_seen
import _kafka_trial
import _kafka_watch
import _lab
from _lab import check, wait_until

FULL = bool(os.environ.get("SONDE_TEST_FULL"))
PARTITIONS = {"rows": 6, "status": 2}
LINE = 10_000_000 // 8  # octets a second
DISK = 6 << 30 if FULL else 1 << 30
ROOM = 3 << 20  # that is left on a disk that fills up
# How rows are kept while they cannot be delivered. A worker's memory holds some seconds of them, for
# when the disk is busy.
SPOOL = f"buffer_bytes: {'32MiB' if FULL else '4MiB'}, spool: {{path: spool, %s}}"
MODES = {"memory": f"buffer_bytes: {'1GiB' if FULL else '128MiB'}",
         "small_memory": "buffer_bytes: 4MiB",
         "overflow": SPOOL % "mode: overflow",
         "interleaved": SPOOL % "mode: overflow, replay: interleaved",
         "always": SPOOL % "mode: always",
         "small_spool": SPOOL % "mode: overflow, max_bytes: 16MiB"}
# Rows are not compressed here, so that a line is soon too slow for them.
PROPERTIES = {"compression.type": "none", "request.timeout.ms": 3000, "socket.timeout.ms": 4000,
              "message.timeout.ms": 600000}
DEVICES, INTERFACES, INTERVAL = (120, 24, 1.0) if FULL else (60, 12, 0.5)
LATE = 50  # ms that rounds may be later than the machine makes them, in the 99th percentile


def _again(node):
    node.start(nice=10)  # a start of Java takes all processors, which is not what is looked at
    node.until_ready()


def killed(cluster, _disk, seconds):
    """kill -9, and nobody there for a while."""
    cluster.node(1).kill()
    time.sleep(seconds)
    _again(cluster.node(1))


def stopped(cluster, _disk, seconds):
    """The same in order."""
    cluster.node(1).stop()
    time.sleep(seconds)
    _again(cluster.node(1))


def restarted(cluster, _disk, _seconds):
    """It is there again as soon as it can."""
    cluster.node(1).stop()
    _again(cluster.node(1))


def slow(cluster, _disk, seconds):
    """10 Mbit/s."""
    cluster.links[0].rate = LINE
    time.sleep(seconds)
    cluster.links[0].rate = None


def full(cluster, disk, seconds):
    """Its disk fills up, whereupon it ends; then there is room again."""
    there = os.statvfs(cluster.node(1).data)
    disk.resize((there.f_blocks - there.f_bfree) * there.f_frsize + ROOM)
    wait_until(lambda: not cluster.node(1).runs(), 60, "the node to end for want of disk")
    time.sleep(seconds)
    disk.resize(DISK)
    _again(cluster.node(1))


def moved(cluster, _disk, seconds):
    """Leaders change in order, node by node."""
    until = time.monotonic() + seconds
    for _ in range(20):
        for node in cluster.nodes:
            for topic in PARTITIONS:
                cluster.lead(topic, node)
        if time.monotonic() > until:
            return


def beheaded(cluster, _disk, seconds):
    """The leader is killed, another takes over, it comes back."""
    victim = cluster.leader("rows")
    victim.kill()
    time.sleep(seconds)
    _again(victim)
    cluster.until_in_sync("rows")


class Show:
    """One trial through outages, with what became of it."""

    def __init__(self, lab, mode, nodes):
        self.disk = None
        if nodes == 1:
            folder = lab.path("kafka-1/data")
            os.makedirs(folder)
            self.disk = lab.keep(_confine.SmallDisk(folder, DISK))
        self.lab, self.mode = lab, mode
        self.cluster = _kafka.KafkaCluster(lab, nodes=nodes, linked=True)
        for topic, many in PARTITIONS.items():
            self.cluster.topic(topic, partitions=many)
        self.trial = _kafka_trial.Trial(lab, self.cluster.linked_brokers, DEVICES, INTERFACES,
                                        INTERVAL, kafka=MODES[mode], properties=PROPERTIES)
        self.ends, self.peaks = [], []
        self.start()

    def start(self):
        """The collector, perhaps on what another has left in the spool."""
        self.trial.start()
        self.watch = _kafka_watch.Watch(self.trial)

    def level(self, seconds):
        """Waits until nothing but the latest rows is on its way."""
        some = 2 * DEVICES * (INTERFACES + 1)

        def caught_up():
            found = self.trial.metrics()
            return found["sonde_spool_messages_waiting"] * 2 < some / INTERFACES and (
                found["sonde_output_rows_in_flight"] < some) and found["sonde_output_up"]
        wait_until(lambda: time.sleep(0.2) or caught_up(), seconds, f"all to be delivered: "
                   f"{self.trial.run.err[-300:]}")

    def calm(self, name):
        """A phase in which nothing happens."""
        self.trial.phase(name)
        time.sleep(30 if FULL else 2)

    def outage(self, what, seconds):
        """A phase with an outage, and what follows: catching up, then calm."""
        name = what.__name__
        self.trial.phase(name)
        began = time.monotonic()
        what(self.cluster, self.disk, seconds)
        ended = time.monotonic()
        self.trial.phase(f"after {name}")
        self.level(120 + 2 * seconds)
        print(f"    {name}: {ended - began:.1f} s, caught up {time.monotonic() - ended:.1f} s later")
        if FULL:
            self.calm(f"{name} over")

    def stop(self, status=0):
        """The end of the collector: the latest metrics."""
        last = self.watch.end()
        self.peaks.append(self.watch.peaks)
        self.ends.append((self.trial.end(status=status), last))
        return last

    def judge(self, losses=False):
        """All that must hold. losses: rows may be given up, else none is."""
        seen = _kafka_seen.Seen(self.cluster, seconds=900)
        b = _kafka_watch.balance(self.trial, seen, self.ends)
        twice, again = seen.twice
        requeued = sum(int(last["sonde_kafka_messages_requeued_total"]) for _, last in self.ends)
        print(f"    {b.polled} rows polled: {seen.rows} in Kafka, {b.written} written, {b.recovered}"
              f" recovered, {b.lost} lost, {b.dropped} dropped, {b.waiting} waiting; {twice} messages"
              f" ({again} records) twice, {seen.late} out of order; {requeued} messages requeued")
        peak = {name: max(p[name] for p in self.peaks) for name in (
            "sonde_output_rows_in_flight", "sonde_spool_rows_waiting", "sonde_spool_bytes")}
        print(f"    at most {peak['sonde_output_rows_in_flight']:.0f} rows in memory, "
              f"{peak['sonde_spool_rows_waiting']:.0f} waiting in "
              f"{peak['sonde_spool_bytes'] / 1e6:.1f} MB of spool")
        if twice:
            print(f"    doubles: {seen.check_doubles(self.cluster)}")
        check(seen.late == 0 or self.mode == "interleaved", f"{seen.late} messages out of order")
        check(losses or b.lost + b.dropped + b.waiting == 0, f"{b}")
        check(losses or not seen.gaps(), f"gaps: {seen.gaps()[:3]}")
        seen.check_partitions(self.cluster, PARTITIONS)
        self.trial.check_lateness(LATE)
        return b


def every_outage_of_one_broker_with(lab, mode):
    """One after the other."""
    show = Show(lab, mode, 1)
    show.calm("before")
    for what, seconds in ((killed, 2), (slow, 6), (full, 1)):
        show.outage(what, seconds)
    show.stop()
    show.judge()


def leaders_that_change_with(lab, mode):
    """Of three nodes; in order, and by kill -9."""
    show = Show(lab, mode, 3)
    show.calm("before")
    for what, seconds in ((moved, 1), (beheaded, 3)):
        show.outage(what, seconds)
    show.stop()
    show.judge()


def what_memory_cannot_hold_is_dropped_and_told(lab):
    """No spool, 4 MiB for each worker, nobody there: the policy is to drop, and it is counted."""
    show = Show(lab, "small_memory", 1)
    show.calm("before")
    show.outage(stopped, 6)
    show.stop(status=None)
    b = show.judge(losses=True)
    check(b.dropped > 0 and b.waiting == b.lost == 0, f"{b}")


def a_small_spool_loses_its_oldest_and_the_rest_is_there_at_the_next_start(lab):
    """Nobody there for longer than the spool has room, then an end; the next start delivers. What
    was dropped is counted, also by target."""
    show = Show(lab, "small_spool", 1)
    show.calm("before")
    show.trial.phase("away")
    show.cluster.node(1).stop()
    wait_until(lambda: time.sleep(0.2) or show.trial.metrics()[
        "sonde_output_records_lost_total", "spool_full"], 120, "a full spool")
    time.sleep(2)
    last = show.stop(status=None)
    told = show.watch.losses
    rows, rounds = (sum(loss[kind] for loss in told) for kind in ("rows", "round_records"))
    counted = int(last["sonde_output_records_lost_total", "spool_full"])
    check(rows + rounds == counted > 0, f"{rows} rows and {rounds} round records by target, "
          f"{counted} in all")
    _again(show.cluster.node(1))
    show.start()
    show.trial.phase("next start")
    show.trial.until_rounds(2)
    show.level(60)
    last = show.stop()
    b = show.judge(losses=True)
    check(b.lost >= rows and b.dropped == b.waiting == 0 and b.recovered > 0, f"{b}")
    check(last["sonde_spool_messages_found_total"] > 0, f"{last}")


def one_outage(what, mode):
    """A test of its own for each."""
    def test(lab):
        length = 300 if what == stopped else 60
        show = Show(lab, mode, 3 if what in (moved, beheaded) else 1)
        show.calm("before")
        show.outage(what, float(os.environ.get("SONDE_OUTAGE", length)))
        show.stop()
        show.judge()
    test.__name__ = f"{what.__name__}_{mode}"
    return test


def bound(test, mode):
    """A test in one mode."""
    def run(lab):
        test(lab, mode)
    run.__name__ = f"{test.__name__}_{mode}"
    return run


SUITE = [bound(every_outage_of_one_broker_with, "overflow"),
         bound(leaders_that_change_with, "always"),
         a_small_spool_loses_its_oldest_and_the_rest_is_there_at_the_next_start]
EACH = [one_outage(what, mode) for mode in ("overflow", "always", "memory")
        for what in (killed, stopped, restarted, slow, full, moved, beheaded)]
# Any other combination may be asked for by name.
MORE = [bound(test, mode) for test in (every_outage_of_one_broker_with, leaders_that_change_with)
        for mode in ("memory", "overflow", "interleaved", "always")]
MORE.append(what_memory_cannot_hold_is_dropped_and_told)
if __name__ == "__main__":
    named = {test.__name__: test for test in MORE + EACH + SUITE}
    _lab.main(*([named[name] for name in sys.argv[1:] if name in named] or
                (EACH if FULL else SUITE)))
