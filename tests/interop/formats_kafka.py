#!/usr/bin/env python3
"""The same rounds in all formats, each in a topic of its own in a real Apache Kafka and the streams in
files, too, read by programs that are not ours: InfluxData's decoder, DuckDB and jq, Prometheus' own
parser for Python, protoc with OpenTelemetry's definition, fastavro. Every cell must be the same in all
of them."""
# ctest: timeout=600 serial
import io
import json
import math
import shutil
import struct
import subprocess
import sys

import _lab
import _readers
from _lab import Skip, check

try:
    import _kafka
    import _encoded
except ImportError:
    print("skipped: no Kafka for tests in this tree")
    sys.exit(77)

FORMATS = {"json": "application/x-ndjson", "influx": None, "json_samples": "application/x-ndjson",
           "prometheus": None, "otlp": "application/x-protobuf",
           "avro": "application/vnd.confluent.avro"}
SERIES = ("json_samples", "prometheus", "otlp")  # as snmp_exporter has them
STREAMS = ("json", "influx", "json_samples", "prometheus", "otlp")
SCHEMA_ID = 70000
TABLE = "if_mib_ifIndex"
TEXTS = ("ifAlias", "ifDescr", "ifName", "ifPhysAddress", "ifSpecific")
TYPES = {"ethernetCsmacd": 6, "propVirtual": 53, "ieee8023adLag": 161, "softwareLoopback": 24}
NO_ADDRESS = "00:00:00:00:00:00"  # a label is filled up, as snmp_exporter does; a value is not
DEVICES, INTERFACES = 3, 8
PREFIX = struct.pack(">BI", 0, SCHEMA_ID)

# A format is read into {(target, index, column): value} and {(target, index): ms}. Where a series has
# a text as a label, that is the value; the state of EnumAsInfo is a text there and a number elsewhere.


class Table:
    """What a reader has found."""

    def __init__(self):
        self.cells, self.times, self.states = {}, {}, {}

    def cell(self, key, value):
        """Each may come once only."""
        check(key not in self.cells, f"{key} twice")
        self.cells[key] = value

    def series(self, name, labels, value, target, ms):
        """A cell as one of the formats of series has it."""
        where = target, labels["ifIndex"]
        check(self.times.setdefault(where, ms) == ms, f"{where}: {ms}, {self.times[where]}")
        if name.endswith("_info"):
            check(value == 1, f"{name} {value}")
            self.states[(*where, name[:-5])] = labels[name[:-5]]
        elif name in labels and name not in ("ifIndex",):
            check(value == 1, f"{name} {value}")
            self.cell((*where, name), labels[name])
        else:
            self.cell((*where, name), value)


def by_duckdb(_, text, path):
    """json: the text as a file; 64-bit numbers stay whole."""
    db = _readers.python("duckdb").connect()
    found = Table()
    rows = db.execute("SELECT ts, instance, labels.ifIndex, labels.site, to_json(values), \"index\" "
                      f"FROM read_json('{path}', format='newline_delimited') "
                      f"WHERE \"table\" = '{TABLE}'").fetchall()
    check(len(rows) == text.count(TABLE.encode() + b'"'), f"DuckDB has {len(rows)} rows")
    for ts, instance, index, site, values, dotted in rows:
        check((site, dotted) == ("lab", index), f"{site} {dotted}")
        found.times[instance, index] = ts
        for name, value in json.loads(values).items():
            if value is not None:
                found.cell((instance, index, name), value)
    return found


def by_jq(_, text, __):
    """json_samples, a line of tab-separated values each. jq's numbers are doubles."""
    program = ("select(.module == \"if_mib\" and .labels.ifIndex) | [.ts, .instance, .metric, .kind, "
               "(.labels | tojson), .value] | @json")
    done = subprocess.run([_lab.tool("jq"), "-r", program], input=text, capture_output=True,
                          check=False)
    check(done.returncode == 0, f"jq: {done.stderr.decode()[:400]}")
    found = Table()
    for line in done.stdout.decode().splitlines():
        ts, instance, metric, _, labels, value = json.loads(line)
        found.series(metric, json.loads(labels), float(value), instance, ts)
    return found


def by_influxdata(_, text, __):
    """influx: whole numbers must have come as such."""
    done = subprocess.run([_readers.influx()], input=text, capture_output=True, check=False)
    check(done.returncode == 0, done.stderr.decode()[:400])
    found = Table()
    for line in map(json.loads, done.stdout.decode().splitlines()):
        if line["measurement"] != TABLE:
            continue
        where = line["tags"]["source"], line["tags"]["ifIndex"]
        check(line["tags"]["site"] == "lab", f"{line['tags']}")
        found.times[where] = line["time"] // 10**6
        for name, value in line["fields"].items():
            check(line["kinds"][name] == ("string" if name in TEXTS else "int"),
                  f"{name}: {line['kinds'][name]}")
            found.cell((*where, name), value)
    return found


def by_prometheus(_, text, __):
    """prometheus"""
    _readers.python("prometheus_client")
    from prometheus_client.parser import \
        text_string_to_metric_families  # pylint: disable=import-outside-toplevel,import-error
    found = Table()
    for family in text_string_to_metric_families(text.decode()):
        for s in family.samples:
            if "ifIndex" in s.labels:
                check(s.labels["site"] == "lab", f"{s}")
                found.series(s.name, s.labels, s.value, s.labels["instance"],
                             round(float(s.timestamp) * 1000))
    return found


def by_protoc(bodies, _, __):
    """otlp"""
    if not shutil.which("protoc"):
        raise Skip("protoc is not installed")
    import encoded_otlp  # pylint: disable=import-outside-toplevel
    found = Table()
    for body in bodies:
        message = encoded_otlp.Message(body)
        check(message.resource["site"] == "lab", f"{message.resource}")
        for p in message.points if message.scope["snmp.table"] == TABLE else []:
            found.series(p.metric, p.attributes, p.value, message.resource["snmp.target"],
                         p.at // 10**6)
    return found


def by_fastavro(bodies, _, __):
    """avro, with the registry's five octets"""
    fastavro = _readers.python("fastavro")
    schema = fastavro.parse_schema(json.loads(_encoded.dump("schema", "table")))
    found = Table()
    for body in bodies:
        check(body[:5] == PREFIX, f"{body[:5]}")
        f = io.BytesIO(body[5:])
        table = fastavro.schemaless_reader(f, schema)
        check(not f.read() and table["labels"] == {"site": "lab"}, f"{table['labels']}")
        for row in table["rows"] if table["table"] == TABLE else []:
            where = table["instance"], row["labels"]["ifIndex"]
            found.times[where] = int(row["ts"].timestamp() * 1000 + 1e-4)
            for name, value in (row["longs"] | row["doubles"] | row["strings"]).items():
                found.cell((*where, name), value)
    return found


READERS = {"json": by_duckdb, "influx": by_influxdata, "json_samples": by_jq,
           "prometheus": by_prometheus, "otlp": by_protoc, "avro": by_fastavro}


def same_cells(tables, first="json"):
    """All tables say what the first says; how many cells were compared."""
    base, compared = tables[first], 0
    check(len(base.times) == DEVICES * INTERFACES, f"{len(base.times)} rows")
    for form, table in tables.items():
        check(table.times == base.times, f"{form}: other rows or times: "
              f"{sorted(table.times.items() ^ base.times.items())[:4]}")
        for key, value in base.cells.items():
            if form in SERIES and key[2] == "ifPhysAddress" and value == "":
                value = NO_ADDRESS
            if key in table.cells:
                got = table.cells[key]
                check(got == value or isinstance(value, int) and isinstance(got, float)
                      and math.isclose(got, value, rel_tol=1e-15), f"{form} {key}: {got!r}, {value!r}")
            else:
                # a state by name, or a text that is empty, which Prometheus takes for none
                name = table.states.get(key)
                check(name is not None and TYPES.get(name, value) == value,
                      f"{form}: no {key}, {value!r} in {first}")
            compared += 1
        check(table.cells.keys() <= base.cells.keys(), f"{form}: more than {first} has: "
              f"{sorted(table.cells.keys() - base.cells.keys())[:4]}")
    return compared


def framed(data):
    """Bodies of a file, each behind its length."""
    at = 0
    while at < len(data):
        size, = struct.unpack_from(">I", data, at)
        yield data[at + 4:at + 4 + size]
        at += 4 + size


def same_file(lab, form, table, bodies):
    """The file beside Kafka has the same lines; bodies are split elsewhere, where buffers end."""
    path = lab.path(f"rows.{form}")
    with open(path, "rb") as f:
        data = f.read()
    if form == "otlp":
        kept = READERS[form](list(framed(data)), data, path)
        check((kept.cells, kept.times, kept.states) == (table.cells, table.times, table.states),
              f"{form}: the file says something else")
    else:
        check(sorted(data.splitlines()) == sorted(b"".join(bodies).splitlines()),
              f"{form}: the file is not what Kafka has")


def every_format_says_the_same(lab):
    """A round of three devices, once through Kafka and once in files."""
    cluster = _kafka.KafkaCluster(lab)
    for form in FORMATS:
        cluster.topic(form, partitions=3)
    sim = lab.simulate("--community", _lab.SECRET, "--interfaces", str(INTERFACES), "--devices",
                       str(DEVICES), "--listen", "127.9.0.1/24:0")
    lab.config([f"127.9.0.{i}:{sim.ports[0]}" for i in range(1, DEVICES + 1)], modules="if_mib",
               output="".join(
                   f"  - kafka: {{brokers: \"{cluster.brokers}\", topic: {form}, format: {form}, "
                   f"rounds: false{', schema_id: %d' % SCHEMA_ID if form == 'avro' else ''}}}\n"
                   for form in FORMATS)
               + "".join(f"  - file: {{path: rows.{form}, format: {form}, rounds: false}}\n"
                         for form in STREAMS))
    run, status = lab.poll("--once", seconds=60)
    check(status == 0, f"status {status}: {run.err[-600:]}")
    tables, skipped = {}, []
    for form, reader in READERS.items():
        messages = list(cluster.read(form))
        for m in messages:
            ct = dict(m.headers)["ct"].decode()
            check(FORMATS[form] in (None, ct), f"{form}: {ct}")
        bodies = [m.value for m in messages]
        path = lab.path(f"kafka.{form}")
        with open(path, "wb") as f:
            f.write(b"".join(bodies))
        try:
            tables[form] = reader(bodies, b"".join(bodies), path)
            if form in STREAMS:
                same_file(lab, form, tables[form], bodies)
        except Skip as why:
            skipped.append(f"{form}: {why}")
    if "json" not in tables or len(tables) < 2:
        raise Skip("; ".join(skipped))
    compared = same_cells(tables)
    check(compared > 800 * len(tables), f"only {compared} cells")
    print(f"    {compared} cells in {', '.join(tables)}" + "".join(
        f"\n    skipped {text}" for text in skipped))


if __name__ == "__main__":
    _lab.main(every_format_says_the_same)
