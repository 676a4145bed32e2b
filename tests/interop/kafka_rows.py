#!/usr/bin/env python3
"""Rows to a real Apache Kafka: every line of a file beside it is there, in the partition and the order
of the Java client, through leaders that are killed, brokers that are away or stand still, passwords,
rights that are taken away, topics that are missing and messages that are too large."""
# ctest: timeout=900 serial
import collections
import re
import signal
import sys
import time

import _lab
from _lab import check, wait_until

try:
    import _kafka
except ImportError:
    print("skipped: no Kafka for tests in this tree")
    sys.exit(77)

OUTPUT = re.compile(r"output kafka +rows (\d+) written, (\d+) lost, (\d+) dropped; "
                    r"round records (\d+) written, (\d+) lost, (\d+) dropped")
LATE = re.compile(r"lateness p50 [\d.]+ ms, p99 ([\d.]+) ms")
SOON = "reconnect.backoff.max.ms: 500"


def devices(lab, n):
    """So many simulated ones, and their names."""
    sim = lab.simulate("--community", _lab.SECRET, "--interfaces", "12", "--devices", str(n),
                       "--listen", "127.9.0.1/24:0")
    return [f"127.9.0.{i}:{sim.ports[0]}" for i in range(1, n + 1)]


def started(lab, brokers, n=40, interval="500ms", properties=SOON, more=""):
    """sonde with so many devices, rows to a file and to Kafka."""
    lab.config(devices(lab, n), poll=f"interval: {interval}, timeout: 1s", output=(
        "  - file: {path: rows.json, format: json}\n"
        f"  - kafka: {{brokers: \"{brokers}\", topic: rows, status_topic: status{more}, "
        f"properties: {{{properties}}}}}\n"))
    return lab.start()


def records_in_file(lab):
    """Round records that the file has by now."""
    return lab.read(lab.path("rows.json")).count('"round":')


def until_more(lab, n):
    """Waits for n more round records."""
    wanted = records_in_file(lab) + n
    wait_until(lambda: records_in_file(lab) >= wanted, 60, f"{n} rounds")


def ended(run, status=0):
    """The account of a run that is told to end: rows and round records written, lost, dropped."""
    run.signal(signal.SIGTERM)
    check(run.wait(60) == status, f"status {run.process.returncode}: {run.err[-800:]}")
    found = OUTPUT.search(run.err)
    check(found, f"no account: {run.err[-800:]}")
    return [int(g) for g in found.groups()]


def compare(lab, cluster, doubles=False):
    """All lines of the file are in Kafka, once (or more often, if that may be); how many are there
    more than once. And the messages of a target are in the order of its rounds."""
    found, newest = collections.Counter(), {}
    for topic in ("rows", "status"):
        for m in cluster.read(topic, seconds=120):
            found.update(m.value.decode().splitlines())
            cycle = int(dict(m.headers)["snmp.cycle"])
            key = topic, m.key
            check(doubles or cycle >= newest.get(key, 0), f"{m.key}: {cycle} is late")
            newest[key] = max(cycle, newest.get(key, 0))
    written = collections.Counter(lab.read(lab.path("rows.json")).splitlines())
    missing = written.keys() - found.keys()
    check(not missing, f"{len(missing)} of {len(written)} lines are missing: {list(missing)[:2]}")
    check(not found.keys() - written.keys(), "lines that were never written")
    twice = sum((found - written).values())
    check(doubles or twice == 0, f"{twice} lines more than once")
    return twice


def what_arrives_is_what_was_polled(lab):
    """One broker: each row once, in order; partitions of the Java client."""
    cluster = _kafka.KafkaCluster(lab)
    cluster.topic("rows", partitions=12)
    cluster.topic("status", partitions=5)
    run = started(lab, cluster.brokers, more=", max_message_bytes: 8KiB")
    until_more(lab, 200)
    account = ended(run)
    check(account[1:3] == [0, 0] and account[4:] == [0, 0], f"{account}")
    compare(lab, cluster)
    for topic, many in (("rows", 12), ("status", 5)):
        place = {m.key: m.partition for m in cluster.read(topic)}
        for key, (_, partition) in zip(place, cluster.murmur2(list(place), many)):
            check(place[key] == int(partition), f"{key}: {place[key]}, not {partition}")


def killed_leaders_cost_nothing(lab):
    """Three nodes, whose leaders are killed one after the other and come back."""
    cluster = _kafka.KafkaCluster(lab, nodes=3)
    cluster.topic("rows", partitions=6)
    cluster.topic("status", partitions=2)
    run = started(lab, cluster.brokers)
    until_more(lab, 100)
    for _ in range(2):
        victim = cluster.leader("rows")
        victim.kill()
        until_more(lab, 400)
        victim.start()
        victim.until_ready()
        cluster.until_in_sync("rows")
    until_more(lab, 100)
    account = ended(run)
    check(account[1:3] == [0, 0] and account[4:] == [0, 0], f"{account}")
    twice = compare(lab, cluster, doubles=True)
    print(f"    {account[0] + account[3]} records, {twice} of them twice; "
          f"{run.err.count('failed for good')} producers failed for good; "
          f"lateness p99 {LATE.search(run.err)[1]} ms")


def an_only_broker_that_is_killed_or_stands_still_costs_nothing(lab):
    """kill -9 and a start; SIGSTOP for longer than a request may take."""
    cluster = _kafka.KafkaCluster(lab)
    cluster.topic("rows", partitions=6)
    cluster.topic("status", partitions=2)
    run = started(lab, cluster.brokers, properties=f"{SOON}, request.timeout.ms: 3000, "
                                                   "socket.timeout.ms: 4000")
    until_more(lab, 100)
    cluster.node(1).kill()
    run.until_said("no broker can be reached", 30)
    until_more(lab, 200)
    cluster.node(1).start()
    cluster.node(1).until_ready()
    run.until_said("works again", 60)
    until_more(lab, 100)
    cluster.node(1).pause()
    until_more(lab, 800)
    cluster.node(1).resume()
    until_more(lab, 200)
    time.sleep(1)
    account = ended(run)
    check(account[1:3] == [0, 0] and account[4:] == [0, 0], f"{account}")
    twice = compare(lab, cluster, doubles=True)
    print(f"    {account[0] + account[3]} records, {twice} of them twice; "
          f"{run.err.count('failed for good')} producers failed for good; "
          f"lateness p99 {LATE.search(run.err)[1]} ms")


def passwords_and_rights(lab):
    """TLS and SASL with a password in a file; without the right to write rows are lost by that name,
    and with it they arrive again."""
    cluster = _kafka.KafkaCluster(lab, secure=True)
    cluster.topic("rows", partitions=2)
    cluster.topic("status", partitions=2)
    lab.write("password", cluster.password)
    properties = (f"{SOON}, security.protocol: SASL_SSL, ssl.ca.location: {cluster.ca}, "
                  f"sasl.mechanism: PLAIN, sasl.username: {cluster.user}, "
                  "sasl.password_file: password, topic.metadata.refresh.interval.ms: 1000")
    run = started(lab, cluster.secure_brokers, n=5, properties=properties)
    until_more(lab, 30)
    cluster.deny("rows")
    run.until_said("authorization failed", 30)
    cluster.deny("rows", deny=False)
    run.until_said("works again", 60)
    until_more(lab, 10)
    account = ended(run, status=1)
    check(account[0] > 0 and account[1] > 0 and account[2] == 0, f"{account}")
    rows = sum(len(m.value.splitlines()) for m in cluster.read("rows"))
    check(rows == account[0], f"{rows} rows in Kafka, {account}")
    check(cluster.password not in run.err, "the password is printed")


def a_missing_topic_and_messages_that_are_too_large(lab):
    """Losses by name; what is in order arrives. The broker's limit is for a batch, so batches are to
    have one message here."""
    cluster = _kafka.KafkaCluster(lab)
    cluster.topic("status", partitions=2)
    run = started(lab, cluster.brokers, n=5, properties=f"{SOON}, compression.type: none, "
                  "batch.size: 1, topic.metadata.propagation.max.ms: 1000, "
                  "topic.metadata.refresh.fast.interval.ms: 100")
    run.until_said("Unknown topic", 30)
    cluster.topic("rows", partitions=2, max_message_bytes=6000)
    run.until_said("Message size too large", 60)
    until_more(lab, 20)
    account = ended(run, status=1)
    check(account[1] > 0 and account[2] == 0 and account[4] == 0, f"{account}")
    rows = sum(len(m.value.splitlines()) for m in cluster.read("rows"))
    check(rows == account[0] > 0, f"{rows} rows in Kafka, {account}")


_lab.main(what_arrives_is_what_was_polled,
          killed_leaders_cost_nothing,
          an_only_broker_that_is_killed_or_stands_still_costs_nothing,
          passwords_and_rights,
          a_missing_topic_and_messages_that_are_too_large)
