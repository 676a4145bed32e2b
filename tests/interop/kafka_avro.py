#!/usr/bin/env python3
"""Avro in a real Apache Kafka, its schemas at a registry with Confluent's interface: whoever knows the
registry reads every row by Apache's own code. Without a number nothing is started; with given numbers
nobody is asked."""
# ctest: timeout=300 serial
import base64
import http.server
import io
import json
import math
import os
import re
import sys
import threading

import _lab
from _lab import check

SYSTEM = "/usr/bin/python3"  # which has what distributions pack
try:
    import avro.io
    import avro.schema
except ImportError:
    if os.path.realpath(sys.executable) != os.path.realpath(SYSTEM) and os.access(SYSTEM, os.X_OK):
        os.execv(SYSTEM, [SYSTEM, "-B", __file__, *sys.argv[1:]])
    print("skipped: Apache's avro is not installed (scripts/deps)")
    sys.exit(77)
try:
    import _kafka
except ImportError:
    print("skipped: no Kafka for tests in this tree")
    sys.exit(77)

TYPE = "application/vnd.schemaregistry.v1+json"
USER, PASSWORD = "sonde", "Sentinel-5c20-registry"
FIRST = 1000001  # numbers that use three of the four octets


class Registry:
    """Subjects with the schemas registered under them; a schema has one number wherever it is."""

    def __init__(self, lab, refuse=()):
        self.asked, self.schemas, self.subjects, self.refuse = [], [], {}, refuse
        registry, allowed = self, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

        class Handler(http.server.BaseHTTPRequestHandler):
            """POST /subjects/<subject>/versions"""

            def do_POST(self):  # pylint: disable=invalid-name
                """Registers a schema, or says why not."""
                text = self.rfile.read(int(self.headers["Content-Length"]))
                registry.asked.append(self.path)
                found = re.fullmatch(r"/api/subjects/([^/]+)/versions", self.path)
                if self.headers.get("Authorization") != f"Basic {allowed}":
                    self.answer(401, {"error_code": 401, "message": "who are you?"})
                elif not found or self.headers["Content-Type"] != TYPE:
                    self.answer(404, {"error_code": 404, "message": "no such thing"})
                elif found[1] in registry.refuse:
                    self.answer(409, {"error_code": 409, "message": "incompatible"})
                else:
                    self.answer(200, {"id": registry.register(found[1], json.loads(text)["schema"])})

            def answer(self, status, body):
                """As registries do."""
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", TYPE)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                """Not a word."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        thread.start()
        lab.keep(self)

    def register(self, subject, text):
        """The number of a schema."""
        avro.schema.parse(text)
        if text not in self.schemas:
            self.schemas.append(text)
        self.subjects.setdefault(subject, set()).add(text)
        return FIRST + self.schemas.index(text)

    def read(self, message):
        """(name of the record, datum) of a message: the number is in its framing."""
        check(message.value[0] == 0, f"framing {message.value[:5]}")
        number = int.from_bytes(message.value[1:5], "big")
        schema = avro.schema.parse(self.schemas[number - FIRST])
        rest = io.BytesIO(message.value[5:])
        datum = avro.io.DatumReader(schema).read(avro.io.BinaryDecoder(rest))
        check(rest.read() == b"", "octets behind the datum")
        return schema.fullname, datum

    def close(self):
        """Nobody listens there any more."""
        if self.server:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


def started(lab, cluster, more, n=20, options=("--once",)):
    """A run with so many devices to its end: rows to a file and, as Avro, to Kafka. Its status."""
    sim = lab.simulate("--community", _lab.SECRET, "--interfaces", "12", "--devices", str(n),
                       "--listen", "127.9.0.1/24:0")
    lab.write("registry.secret", f"{PASSWORD}\n")
    lab.config([f"127.9.0.{i}:{sim.ports[0]}" for i in range(1, n + 1)], output=(
        "  - file: {path: rows.json, format: json}\n"
        f"  - kafka: {{brokers: \"{cluster.brokers}\", topic: rows, format: avro{more}}}\n"))
    run, status = lab.poll(*options, seconds=60)
    sim.end()
    check(PASSWORD not in run.err, "the password is printed")
    return run, status


def at(registry, more=""):
    """The key `registry`."""
    return (f", registry: {{url: \"http://127.0.0.1:{registry.port}/api/\", timeout: 5s, "
            f"basic_auth: {{username: {USER}, password_file: registry.secret}}{more}}}")


def same_value(found, expected):
    """A value of Avro and that of a line of JSON."""
    if expected is None:
        return not math.isfinite(found)
    if isinstance(expected, str) or isinstance(found, str):
        return found == expected
    return math.isclose(found, expected, rel_tol=1e-9)


def texts(message):
    """Its headers."""
    return {name: value.decode() for name, value in message.headers}


def compare(lab, messages, read):
    """Every row and round of the file is in the messages, once, with all its values. The messages by
    record."""
    lines = [json.loads(line) for line in lab.read(lab.path("rows.json")).splitlines()]
    rows = {(r["instance"], r["table"], r["index"]): r for r in lines if "round" not in r}
    rounds = {r["instance"]: r for r in lines if "round" in r}
    records = {"sonde.SnmpTable": [], "sonde.SnmpRound": []}
    for message in messages:
        name, datum = read(message)
        headers = texts(message)
        check(datum["instance"] == message.key.decode() == headers["snmp.instance"],
              f"{message.key}")
        check(str(datum["cycle"]) == headers["snmp.cycle"], f"cycle {datum['cycle']}, {headers}")
        records[name].append(datum)
    for table in records["sonde.SnmpTable"]:
        for row in table["rows"]:
            line = rows.pop((table["instance"], table["table"], row["index"]), None)
            check(line, f"{table['instance']} {row['index']}: not polled, or there twice")
            values = row["longs"] | row["doubles"] | row["strings"]
            check(values.keys() == line["values"].keys(), f"{values.keys() ^ line['values'].keys()}")
            check(all(same_value(values[k], v) for k, v in line["values"].items()),
                  f"{values}, not {line['values']}")
    check(not rows, f"{len(rows)} rows are missing: {list(rows)[:3]}")
    check(sorted(r["instance"] for r in records["sonde.SnmpRound"]) == sorted(rounds), "rounds")
    return records


def rows_and_round_records_have_topics_of_their_own(lab):
    """A subject for each, named as serializers name theirs; a second start finds the same numbers; rows
    and the record of their round say the same `cycle`."""
    cluster, registry = _kafka.KafkaCluster(lab), Registry(lab)
    cluster.topic("rows", partitions=3)
    cluster.topic("status", partitions=2)
    run, status = started(lab, cluster, ", status_topic: status" + at(registry))
    check(status == 0, f"status {status}: {run.err[-600:]}")
    check(sorted(registry.asked) == ["/api/subjects/rows-value/versions",
                                     "/api/subjects/status-value/versions"], f"{registry.asked}")
    check({len(texts) for texts in registry.subjects.values()} == {1}, f"{registry.subjects}")
    rows, rounds = list(cluster.read("rows")), list(cluster.read("status"))
    check({registry.read(m)[0] for m in rows} == {"sonde.SnmpTable"}, "other records among the rows")
    types = {texts(m)["ct"] for m in rows}
    check(types == {"application/vnd.confluent.avro"}, f"{types}")
    records = compare(lab, [*rows, *rounds], registry.read)
    cycles = {(r["instance"], r["cycle"]) for r in records["sonde.SnmpRound"]}
    check({(t["instance"], t["cycle"]) for t in records["sonde.SnmpTable"]} == cycles, "cycles")
    os.unlink(lab.path("rows.json"))
    run, status = started(lab, cluster, ", status_topic: status" + at(registry))
    check(status == 0 and len(registry.schemas) == 2 and len(registry.asked) == 4,
          f"{status}, {registry.asked}")
    known = {(m.partition, m.offset) for m in rows}
    again = {m.value[1:5] for m in cluster.read("rows") if (m.partition, m.offset) not in known}
    check(again == {rows[0].value[1:5]}, f"{again}")


def one_topic_has_a_subject_for_each_record(lab):
    """By topic and record, so that the registry compares a schema with its own kind only."""
    cluster, registry = _kafka.KafkaCluster(lab), Registry(lab)
    cluster.topic("rows", partitions=3)
    run, status = started(lab, cluster, at(registry))
    check(status == 0, f"status {status}: {run.err[-600:]}")
    check(sorted(registry.subjects) == ["rows-sonde.SnmpRound", "rows-sonde.SnmpTable"],
          f"{registry.subjects.keys()}")
    records = compare(lab, cluster.read("rows"), registry.read)
    print(f"    {sum(len(t['rows']) for t in records['sonde.SnmpTable'])} rows in "
          f"{len(records['sonde.SnmpTable'])} messages")


def given_numbers_are_taken_without_asking(lab):
    """Both, one of two, and rows alone, which have the topic's subject for themselves."""
    cluster, registry = _kafka.KafkaCluster(lab), Registry(lab)
    for topic in ("rows", "status"):
        cluster.topic(topic, partitions=1)
    where = at(registry)
    run, status = started(lab, cluster, ", status_topic: status, schema_id: 16909060, "
                          "round_schema_id: 7" + where, n=2)
    check(status == 0 and not registry.asked, f"{status}, {registry.asked}: {run.err[-600:]}")
    heads = [{m.value[:5] for m in cluster.read(topic)} for topic in ("rows", "status")]
    check(heads == [{bytes([0, 1, 2, 3, 4])}, {bytes([0, 0, 0, 0, 7])}], f"{heads}")
    _, status = started(lab, cluster, ", status_topic: status, schema_id: 5" + where, n=2)
    check(status == 0 and registry.subjects.keys() == {"status-value"}, f"{registry.asked}")
    _, status = started(lab, cluster, ", rounds: false" + where, n=2)
    check(status == 0 and registry.subjects.keys() == {"status-value", "rows-value"},
          f"{registry.asked}")
    registry.close()
    _, status = started(lab, cluster, ", schema_id: 8, rounds: false" + where, n=2)
    check(status == 0, "somebody was asked")


class Nobody:
    """In place of a cluster, for runs that never get there."""
    brokers = "127.0.0.1:1"


def without_a_number_nothing_is_started(lab):
    """A registry that is down, refuses one of two, or does not know us: who, which subject, why; no
    device is asked."""
    registry = Registry(lab, refuse=("status-value",))
    run, status = started(lab, Nobody, ", status_topic: status" + at(registry), n=2)
    check(status not in (0, None), f"status {status}")
    check("output kafka rows: the schema registry gives no number for status-value: " in run.err
          and "409" in run.err, f"{run.err}")
    check("gives no number for rows-value" not in run.err, f"{run.err}")
    check(not os.path.exists(lab.path("rows.json")) or not lab.read(lab.path("rows.json")),
          "somebody was polled")
    run, status = started(lab, Nobody, at(registry).replace(USER, "nobody", 1), n=2)
    check(status not in (0, None) and run.err.count("401") == 2, f"{status}: {run.err}")
    registry.close()
    run, status = started(lab, Nobody, at(registry), n=2)
    check(status not in (0, None), f"status {status}")
    for subject in ("rows-sonde.SnmpTable", "rows-sonde.SnmpRound"):
        check(f"the schema registry gives no number for {subject}: " in run.err, f"{run.err}")
    run, status = started(lab, Nobody, at(registry), n=2, options=("--check",))
    check(status == 0, f"--check asks somebody: {run.err}")


_lab.main(rows_and_round_records_have_topics_of_their_own,
          one_topic_has_a_subject_for_each_record,
          given_numbers_are_taken_without_asking,
          without_a_number_nothing_is_started)
