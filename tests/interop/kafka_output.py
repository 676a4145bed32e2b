#!/usr/bin/env python3
"""Rows to Kafka, seen from its other end: what arrives is what a file got beside it, once, in order,
in the partitions of Java's clients; and what becomes of it when brokers refuse, fail or are away.
The brokers are librdkafka's own stand-ins."""
# ctest: timeout=240
import collections
import re
import signal
import socket
import time

import _lab
import _mock_kafka
from _lab import check, wait_until

QUICK = "linger.ms: 20, retry.backoff.ms: 20, reconnect.backoff.ms: 20, reconnect.backoff.max.ms: 200"
SECRET = "Sentinel-of-the-broker"
ACCOUNT = re.compile(r"output kafka +rows (\d+) written, (\d+) lost, (\d+) dropped; "
                     r"round records (\d+) written, (\d+) lost, (\d+) dropped")


def outputs(mock, more="", properties=QUICK, file="rows.json"):
    """A file and Kafka."""
    return (f"  - file: {{path: {file}, format: json}}\n"
            f"  - kafka: {{brokers: \"{mock.brokers}\", topic: rows, status_topic: status{more}, "
            f"properties: {{{properties}}}}}\n")


def devices(lab, n):
    """So many simulated ones, and their names."""
    sim = lab.simulate("--community", _lab.SECRET, "--interfaces", "12", "--devices", str(n),
                       "--listen", "127.9.0.1/24:0")
    return [f"127.9.0.{i}:{sim.ports[0]}" for i in range(1, n + 1)]


def account(run):
    """The figures of the summary: written, lost, dropped of rows, then of round records."""
    found = ACCOUNT.search(run.err)
    check(found, f"no account: {run.err[-600:]}")
    return [int(g) for g in found.groups()]


def lines_of(messages):
    """All lines of all messages, sorted."""
    return sorted(line for m in messages for line in m["payload"].splitlines())


def same_as_the_file(lab, mock, file="rows.json"):
    """Every line of the file is in Kafka, exactly once; (rows, rounds) as messages."""
    rows, status = mock.messages("rows"), mock.messages("status")
    written = sorted(lab.read(lab.path(file)).splitlines())
    check(written, "the file is empty")
    found = lines_of(rows + status)
    check(len(found) == len(written), f"{len(found)} lines in Kafka, {len(written)} in the file")
    check(found == written, "other lines")
    return rows, status


def what_arrives_is_what_was_polled(lab):
    """Every record of a file beside it, once; keys, headers, partitions, order."""
    mock = _mock_kafka.Mock(lab, 3)
    mock.say("topic rows 12 3")
    mock.say("topic status 5 3")
    names = devices(lab, 20)
    lab.config(names, poll="interval: 500ms", output=outputs(mock))
    run, status = lab.poll("--duration", "3s")
    check(status == 0, f"status {status}: {run.err[-600:]}")
    rows, rounds = same_as_the_file(lab, mock)
    for m in rows + rounds:
        h = m["headers"]
        many = 12 if m["topic"] == "rows" else 5
        wanted = (_mock_kafka.murmur2(m["key"].encode()) & 0x7fffffff) % many
        check(m["partition"] == wanted, f"{m['key']}: partition {m['partition']}, not {wanted}")
        check(h["snmp.instance"] == m["key"] and m["key"] in names, f"{h}")
        check(h["ct"] == "application/x-ndjson" and h["schema"] == "1" and h["collector"], f"{h}")
        check(int(h["snmp.cycle"]) // 1000000 == m["ts"], f"{h} at {m['ts']}")
    for m in rows:
        h = m["headers"]
        first = _lab.records(m["payload"])
        check(all(r["instance"] == m["key"] and r["table"] == h["snmp.table"]
                  and r["module"] == h["snmp.module"] for r in first), f"{h}")
        check(h["snmp.status"] == "ok" and h["snmp.part"] == "1/1", f"{h}")
    check(all(m["headers"]["snmp.status"] == "ok" and "snmp.table" not in m["headers"]
              for m in rounds), "headers of round records")
    named = collections.Counter((m["key"], m["headers"]["snmp.cycle"], m["headers"]["snmp.table"])
                                for m in rows)
    check(max(named.values()) == 1, "two messages of one name")
    for name in names:
        cycles = [int(m["headers"]["snmp.cycle"]) for m in sorted(
            (m for m in rounds if m["key"] == name), key=lambda m: m["offset"])]
        check(len(cycles) > 3 and cycles == sorted(set(cycles)), f"{name}: {cycles}")
    check(account(run) == [sum(len(m["payload"].splitlines()) for m in rows), 0, 0,
                           len(rounds), 0, 0], run.err[-600:])


def a_large_table_is_split_between_rows(lab):
    """Parts in order, the last says how many; together they are the table."""
    mock = _mock_kafka.Mock(lab)
    mock.say("topic rows 3 1")
    name, = devices(lab, 1)
    lab.config([name], poll="interval: 60s", output=outputs(mock, ", max_message_bytes: 4KiB"))
    _, status = lab.poll("--once")
    check(status == 0, f"status {status}")
    rows, _ = same_as_the_file(lab, mock)
    rows = [m for m in rows if m["headers"]["snmp.table"] == "if_mib_ifIndex"]
    parts = [m["headers"]["snmp.part"] for m in sorted(rows, key=lambda m: m["offset"])]
    check(len(parts) > 2, f"{parts}")
    check(parts == [f"{i}/" for i in range(1, len(parts))] + [f"{len(parts)}/{len(parts)}"],
          f"{parts}")
    check(all(len(m["payload"]) <= 4096 for m in rows), "a part is too large")


def an_outage_costs_nothing_that_memory_can_hold(lab):
    """Brokers away for a while: the file goes on meanwhile, afterwards Kafka has all of it."""
    mock = _mock_kafka.Mock(lab, 3)
    mock.say("topic rows 6 3")
    mock.say("topic status 2 3")
    lab.config(devices(lab, 10), poll="interval: 300ms", output=outputs(mock))
    run = lab.start()
    wait_until(lambda: len(lab.read(lab.path("rows.json"))) > 50000, 20, "rows")
    mock.down()
    run.until_said("no broker can be reached")
    before = len(lab.read(lab.path("rows.json")))
    wait_until(lambda: len(lab.read(lab.path("rows.json"))) > before + 100000, 20, "more rows")
    mock.up()
    run.until_said("works again")
    run.signal(signal.SIGTERM)
    check(run.wait() == 0, f"status {run.process.returncode}: {run.err[-600:]}")
    same_as_the_file(lab, mock)


def a_producer_that_fails_for_good_is_replaced(lab):
    """Nothing is missing afterwards; what arrives twice has the name of what is there already."""
    mock = _mock_kafka.Mock(lab)
    mock.say("topic rows 1 1")
    mock.say("topic status 1 1")
    lab.config(devices(lab, 10), poll="interval: 300ms", output=outputs(mock))
    run = lab.start()
    wait_until(lambda: len(lab.read(lab.path("rows.json"))) > 20000, 20, "rows")
    mock.say("rtt 1 400")  # so that several rounds are under way
    mock.say(f"errors {_mock_kafka.PRODUCE} 1 {_mock_kafka.OUT_OF_ORDER}")
    run.until_said("failed for good", 30)
    mock.say("rtt 1 0")
    before = len(lab.read(lab.path("rows.json")))
    wait_until(lambda: len(lab.read(lab.path("rows.json"))) > before + 50000, 20, "more rows")
    run.signal(signal.SIGTERM)
    check(run.wait() == 0, f"status {run.process.returncode}: {run.err[-600:]}")
    rows, rounds = mock.messages("rows"), mock.messages("status")
    written = lab.read(lab.path("rows.json")).splitlines()
    check(set(lines_of(rows + rounds)) == set(written), "lines are missing")
    for messages in (rows, rounds):
        first = collections.defaultdict(dict)
        for m in sorted(messages, key=lambda m: m["offset"]):
            first[m["key"]].setdefault(int(m["headers"]["snmp.cycle"]))
        check(all(list(cycles) == sorted(cycles) for cycles in first.values()), "out of order")
    check(account(run)[1:3] == [0, 0], run.err[-600:])


def what_is_refused_is_accounted_for(lab):
    """Without rights: a clear message, counts, status 1; the file has everything."""
    mock = _mock_kafka.Mock(lab)
    mock.say("topic rows 1 1")
    mock.say("topic status 1 1")
    mock.say(f"errors {_mock_kafka.PRODUCE} 3000 {_mock_kafka.AUTHORIZATION}")
    lab.config(devices(lab, 5), poll="interval: 300ms", output=outputs(mock))
    run, status = lab.poll("--duration", "2s")
    check(status == 1, f"status {status}")
    check("Topic authorization failed" in run.err, run.err[-600:])
    written, lost, dropped, _, rounds_lost, _ = account(run)
    records = _lab.records(lab.read(lab.path("rows.json")))
    check(written == 0 and lost == len(_lab.rows(records)) and dropped == 0, run.err[-600:])
    check(rounds_lost == len(_lab.rounds(records)), run.err[-600:])


def without_brokers_polling_goes_on_and_the_end_is_soon(lab):
    """Nobody listens there: the file gets its rounds in time, the stop takes its limit at most."""
    held = lab.keep(socket.socket())
    held.bind(("127.0.0.1", 0))  # and never listens

    class Nobody:
        """An address without a broker."""
        brokers = f"127.0.0.1:{held.getsockname()[1]}"
    lab.config(devices(lab, 5), poll="interval: 300ms", output=outputs(Nobody))
    run = lab.start()
    run.until_said("no broker can be reached")
    wait_until(lambda: lab.read(lab.path("rows.json")).count('"round":') >= 25, 20, "rounds")
    run.signal(signal.SIGTERM)
    check(run.wait(25) == 1, f"status {run.process.returncode}")
    written, lost, dropped, _, rounds_lost, _ = account(run)
    records = _lab.records(lab.read(lab.path("rows.json")))
    check(written == 0 and lost + dropped == len(_lab.rows(records)), run.err[-600:])
    check(rounds_lost == len(_lab.rounds(records)), run.err[-600:])


def filters_decide_what_an_output_gets(lab):
    """By module, metric and label; the other output gets everything."""
    mock = _mock_kafka.Mock(lab)
    mock.say("topic rows 2 1")
    mock.say("topic status 2 1")
    names = devices(lab, 4)
    groups = "".join(f"  - static: [{{targets: [\"{name}\"], labels: {{site: {site}, "
                     f"__param_module: \"if_mib,system\"}}}}]\n"
                     for name, site in zip(names, ("ams", "ams-2", "ber", "ams")))
    lab.config(groups, poll="interval: 60s", output=outputs(
        mock, ", filter: {modules: [if_*], metrics: [ifHCInOctets, ifHCOut*], labels: {site: ams*}}"))
    _, status = lab.poll("--once")
    check(status == 0, f"status {status}")
    everything = _lab.records(lab.read(lab.path("rows.json")))
    found = [r for m in mock.messages("rows") for r in _lab.records(m["payload"])]
    wanted = []
    for r in _lab.rows(everything):
        values = {k: v for k, v in r["values"].items()
                  if k == "ifHCInOctets" or k.startswith("ifHCOut")}
        if r["module"] == "if_mib" and r["labels"]["site"] != "ber" and values:
            wanted.append({**r, "values": values})
    check(len(wanted) == 3 * 12, f"{len(wanted)} rows wanted")
    key = lambda r: (r["instance"], r["table"], r["index"])  # pylint: disable=unnecessary-lambda-assignment
    check(sorted(found, key=key) == sorted(wanted, key=key), "other rows")
    check({m["key"] for m in mock.messages("status")} == {names[0], names[1], names[3]},
          "other round records")


def mistakes_are_found_before_anything_starts(lab):
    """File, line and column; never a secret."""
    for text, wanted in (
            ("{topic: t}", r":\d+:5: output\[0\]\.kafka: brokers is missing"),
            ("{brokers: b, topic: t, properties: {compresion.type: lz4}}",
             r":\d+:\d+: output\[0\]\.kafka\.properties\.compresion\.type: librdkafka \S+ has no"),
            ("{brokers: b, topic: t, properties: {security.protocol: tls}}",
             r":\d+:\d+: output\[0\]\.kafka\.properties\.security\.protocol: Invalid value"),
            ("{brokers: b, topic: t, properties: {acks: 0}}", r"kafka: `acks` must be set to"),
            ("{brokers: b, topic: t, properties: {security.protocol: sasl_ssl, "
             "sasl.mechanism: SCRAM-SHA-256, sasl.username: u, ssl.ca.location: /nowhere, "
             f"sasl.password: {SECRET}}}}}", r"kafka: .*ssl\.ca\.location")):
        path = lab.config(["127.0.0.1"], output=f"  - kafka: {text}\n")
        run, status = lab.poll("--check")
        check(status == 2, f"{text}: status {status}")
        check(re.search(wanted, run.err), f"{text}: {run.err}")
        check(path.rsplit("/", 1)[-1] in run.err or "sonde.yaml" in run.err, run.err)
        check(SECRET not in run.err + run.out, "the secret is printed")


def the_pages_say_what_kafka_does(lab):
    """/metrics: accounts and librdkafka's statistics."""
    mock = _mock_kafka.Mock(lab)
    mock.say("topic rows 1 1")
    mock.say("topic status 1 1")
    path = lab.config(devices(lab, 3), poll="interval: 200ms", output=outputs(
        mock, properties=f"{QUICK}, statistics.interval.ms: 100, sasl.password: {SECRET}"))
    with open(path, "a", encoding="utf-8") as f:
        f.write("listen: 127.0.0.1:0\n")
    run = lab.start()
    run.until_said("listening on")
    url = f"http://127.0.0.1:{re.search(r'listening on .* port ([0-9]+)', run.err)[1]}"

    def metrics():
        import urllib.request  # pylint: disable=import-outside-toplevel
        with urllib.request.urlopen(f"{url}/metrics", timeout=10) as reply:
            text = reply.read().decode()
        check(SECRET not in text, "the secret is on the page")
        return {m[1]: float(m[2]) for m in re.finditer(r'^(\w+)\{output="1",.*\} (\S+)$', text,
                                                       re.M)}
    wait_until(lambda: metrics().get("sonde_kafka_sent_messages_total", 0) > 10, 20, "statistics")
    found = metrics()
    check(found["sonde_output_up"] == 1, f"{found}")
    check(found["sonde_kafka_brokers_up"] == 1 and found["sonde_kafka_brokers"] == 1, f"{found}")
    check(found["sonde_kafka_producers_total"] == 1, f"{found}")
    check(found["sonde_output_rows_encoded_total"] >= found["sonde_output_rows_written_total"] > 0,
          f"{found}")
    check(found["sonde_output_rows_lost_total"] == 0, f"{found}")
    run.signal(signal.SIGTERM)
    check(run.wait() == 0, f"status {run.process.returncode}")
    check(SECRET not in run.err + run.out, "the secret is printed")


_lab.main(what_arrives_is_what_was_polled,
          a_large_table_is_split_between_rows,
          an_outage_costs_nothing_that_memory_can_hold,
          a_producer_that_fails_for_good_is_replaced,
          what_is_refused_is_accounted_for,
          without_brokers_polling_goes_on_and_the_end_is_soon,
          filters_decide_what_an_output_gets,
          mistakes_are_found_before_anything_starts,
          the_pages_say_what_kafka_does)
