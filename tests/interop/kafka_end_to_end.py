#!/usr/bin/env python3
"""From devices to a consumer: what sonde polls is in a real Apache Kafka, every round and table of
every device once, with the values that the devices gave, in order, in the partitions of Java's
clients. Prints a table of figures.

Environment: SONDE_TEST_FULL, 10,000 devices of 48 interfaces (some 9 minutes each, 8 GB of disk; give
the name of one test as an argument); SONDE_DEVICES, SONDE_ROUNDS, SONDE_INTERVAL (s) for others."""
# ctest: timeout=3600 serial
import bisect
import collections
import json
import os
import re
import subprocess
import time

import _kafka
import _kafka_seen
import _kafka_trial
import _lab
import _netsnmp
from _lab import check

FULL = bool(os.environ.get("SONDE_TEST_FULL"))
DEVICES = int(os.environ.get("SONDE_DEVICES", "10000" if FULL else "100"))
ROUNDS = int(os.environ.get("SONDE_ROUNDS", "4" if FULL else "3"))
INTERVAL = float(os.environ.get("SONDE_INTERVAL", "60" if FULL else "2"))
INTERFACES = 48
V3_SHARE = 0.2
PARTITIONS = {"rows": 24, "status": 6}
WALKED = 4  # devices whose tables Net-SNMP walks as well, half of them by SNMPv3
# Columns of ifTable and ifXTable that do not change, and counters that only grow.
STEADY = {"ifIndex": "2.2.1.1", "ifDescr": "2.2.1.2", "ifType": "2.2.1.3", "ifMtu": "2.2.1.4",
          "ifSpeed": "2.2.1.5", "ifPhysAddress": "2.2.1.6", "ifName": "31.1.1.1.1",
          "ifHighSpeed": "31.1.1.1.15", "ifAlias": "31.1.1.1.18"}
GROWING = {"ifHCInOctets": "31.1.1.1.6", "ifHCInUcastPkts": "31.1.1.1.7",
           "ifHCOutOctets": "31.1.1.1.10", "ifHCOutUcastPkts": "31.1.1.1.11"}
LINE_OF = re.compile(rb'"instance":"([^"]*)"')


def walk(trial, name):
    """What Net-SNMP's snmpbulkwalk finds at a device: {(column, index): value}, and when (ms,
    before and after)."""
    who = {"version": "3", "credentials": (
        "-u", "full", "-l", "authPriv", "-a", "SHA", "-A", f"{_lab.SECRET}-auth", "-x", "AES",
        "-X", f"{_lab.SECRET}-priv")} if name in trial.v3 else {}
    found, began = {}, time.time() * 1000
    for column, oid in {**STEADY, **GROWING}.items():
        said = trial.sim.ask("snmpbulkwalk", name, f"1.3.6.1.2.1.{oid}", **who)
        check(said.returncode == 0, f"snmpbulkwalk {name}: {said.stderr}")
        for where, _, value in _netsnmp.read(said.stdout):
            found[column, where.rpartition(".")[2]] = value
    return began, found, time.time() * 1000


# ms that an answer may have waited for the worker, whose time of arrival a row has.
SLACK = 300 if _lab.FACTOR > 1 else 100


def as_text(column, value):
    """A value of Net-SNMP's as sonde's JSON has it."""
    if column == "ifPhysAddress":
        return value.hex(":").upper()
    return value.decode() if isinstance(value, bytes) else value


def same_as_net_snmp(seen, walks):
    """Rows in Kafka of the devices that were walked: columns that stay are equal, counters are not
    above the walk's before it and not below after it. How many values were compared."""
    compared, sides = 0, collections.Counter()
    for row in (json.loads(line) for body in seen.kept for line in body.splitlines()):
        if row["table"] != "if_mib_ifIndex":
            continue
        began, wanted, ended = walks[row["instance"]]
        where = f"{row['instance']} {row['index']} at {row['ts']}"
        for column in STEADY:
            value = as_text(column, wanted[column, row["index"]])
            check(row["values"][column] == value,
                  f"{where}: {column} {row['values'][column]!r}, Net-SNMP says {value!r}")
            compared += 1
        side = (row["ts"] > ended + SLACK) - (row["ts"] < began)
        sides[side] += 1
        for column in GROWING if side else ():
            value, then = row["values"][column], wanted[column, row["index"]]
            check(side * value >= side * then, f"{where}: {column} {value}, Net-SNMP had {then} "
                  f"from {began:.0f} to {ended:.0f}")
            compared += 1
    check(sides[-1] and sides[1], f"rows before and after the walks: {sides}")
    return compared


def same_as_file(trial, seen):
    """Each line of the file is in Kafka, and no other. How many lines there are."""
    sums, lines = collections.Counter(), 0
    with open(trial.file, "rb") as f:
        for line in f:
            sums[LINE_OF.search(line)[1].decode()] += _kafka_seen.checksum([line])
            lines += 1
    wrong = [name for name in sums.keys() | seen.sums.keys() if sums[name] != seen.sums[name]]
    check(not wrong, f"{len(wrong)} devices have other lines in Kafka than in the file: "
          f"{wrong[:4]}")
    return lines


def same_as_kcat(cluster, seen):
    """A second consumer finds as many messages of each key."""
    found = collections.Counter()
    for topic in PARTITIONS:
        done = subprocess.run(
            [_lab.tool("kcat"), "-b", cluster.brokers, "-C", "-t", topic, "-o", "beginning", "-e",
             "-q", "-f", "%k\n"], capture_output=True, text=True, check=False, timeout=600)
        check(done.returncode == 0, f"kcat: {done.stderr[-400:]}")
        found.update(done.stdout.splitlines())
    wanted = collections.Counter()
    for name, times in seen.times.items():
        wanted[name.instance] += times
    check(found == wanted, "kcat finds other messages than the Java client")


def each_once(trial, seen, account):
    """Every round of every device has its tables, once, and there are as many as there should."""
    twice, _ = seen.twice
    check(twice == 0, f"{twice} messages more than once")
    check(seen.late == 0, f"{seen.late} messages out of order")
    gaps = seen.gaps()
    check(not gaps, f"{len(gaps)} gaps: {gaps[:3]}")
    tables = collections.defaultdict(set)
    for name in seen.bodies:
        if name.table:
            tables[name[:2]].add(name.table)
    check(all(found == {"if_mib", "if_mib_ifIndex"} for found in tables.values()), "tables")
    rounds, rows, skipped, statuses = trial.polled()
    check(set(statuses) == {"ok"} and skipped == 0, f"{statuses}, {skipped} skipped")
    check(rows == rounds * (INTERFACES + 1), f"{rows} rows in {rounds} rounds")
    check((len(seen.rounds), seen.rows) == (rounds, rows),
          f"{rounds} rounds and {rows} rows polled, {len(seen.rounds)} and {seen.rows} in Kafka")
    check(account == (rows, 0, 0, rounds, 0, 0), f"{account}")
    cycles = collections.defaultdict(list)
    for name, cycle in seen.rounds:
        bisect.insort(cycles[name], cycle)
    check(cycles.keys() == set(trial.names), f"{len(cycles)} devices of {len(trial.names)}")
    for name, times in cycles.items():
        check(len(times) >= ROUNDS, f"{name}: {len(times)} rounds")
        steps = [(b - a) / 1e9 for a, b in zip(times, times[1:])]
        check(all(0.5 * INTERVAL < step < 1.5 * INTERVAL for step in steps), f"{name}: {steps}")


def every_round_and_table_of_every_device_arrives_once_and_right(lab, kafka=""):
    """See above. kafka: more keys of the output."""
    cluster = _kafka.KafkaCluster(lab, heap=512 if FULL else _kafka.HEAP)
    for topic, many in PARTITIONS.items():
        cluster.topic(topic, partitions=many)
    trial = _kafka_trial.Trial(lab, cluster.brokers, DEVICES, INTERFACES, INTERVAL, V3_SHARE,
                               kafka=kafka, rows=True)
    broker = cluster.node(1).cpu()
    trial.start().phase("all")
    began = time.monotonic()
    trial.until_rounds(1, 120)
    half = WALKED // 2
    walks = {name: walk(trial, name) for name in trial.v3[:half] + trial.names[-half:]}
    trial.until_rounds(ROUNDS - 1, 120)
    # Each device has its moment in the interval: until all have had it once more.
    time.sleep(INTERVAL)
    spent = time.monotonic() - began
    used = {"sonde": _kafka_trial.cpu(trial.run.process),
            "simulator": _kafka_trial.cpu(trial.sim.process),
            "broker": cluster.node(1).cpu() - broker}
    sent = trial.metrics()
    account = trial.end()

    seen = _kafka_seen.Seen(cluster, seconds=1200, keep=walks)
    each_once(trial, seen, account)
    lines = same_as_file(trial, seen)
    keys = seen.check_partitions(cluster, PARTITIONS)
    same_as_kcat(cluster, seen)
    compared = same_as_net_snmp(seen, walks)
    late = trial.lateness()["all"]
    report(("devices, of them by SNMPv3", f"{DEVICES:,}, {len(trial.v3):,}"),
           ("interval, time", f"{INTERVAL:g} s, {spent:.0f} s"),
           ("rounds", f"{len(seen.rounds):,}"),
           ("messages", f"{len(seen.times):,}"),
           ("rows", f"{seen.rows:,} ({seen.rows / spent:,.0f}/s)"),
           ("octets of bodies", f"{seen.octets / 1e6:,.1f} MB ({seen.octets / spent / 1e6:.1f} "
                                f"MB/s), sent {sent['sonde_kafka_sent_bytes_total'] / 1e6:,.1f} MB"),
           ("messages twice, gaps, out of order", f"0, 0, {seen.late}"),
           ("lines equal to the file's", f"{lines:,}"),
           ("keys in the Java client's partitions", f"{keys:,}"),
           ("values compared with Net-SNMP's", f"{compared:,}"),
           ("lateness p50, p99, max", f"{late.p50:.2f}, {late.p99:.2f}, {late.worst:.2f} ms"),
           ("a process that sleeps: p99, max",
            f"{late.machine_p99:.2f}, {late.machine_worst:.2f} ms"),
           *((f"CPU of {name}", f"{seconds:.1f} s ({seconds * 1e6 / seen.rows:.2f} us a row)")
             for name, seconds in used.items()))


def they_do_so_by_way_of_a_spool(lab):
    """The same with all messages on the disk before they are sent."""
    every_round_and_table_of_every_device_arrives_once_and_right(
        lab, "spool: {path: spool, mode: always}")


def report(*lines):
    """A table."""
    for what, figure in lines:
        print(f"    {what:<38} {figure}")


_lab.main(every_round_and_table_of_every_device_arrives_once_and_right,
          they_do_so_by_way_of_a_spool)
