#!/usr/bin/env python3
"""OTLP as protoc reads it by OpenTelemetry's own definition: rows with cells of every kind, round
records, and blocks of any names and cells beside what the Prometheus format says of them."""
# ctest: timeout=300
import collections
import math
import re
import shutil
import subprocess

import _encoded
from _encoded import bodies, check, same

PROTO = f"{_encoded.SOURCE}/tests/data/opentelemetry-proto"
SERVICE = "opentelemetry/proto/collector/metrics/v1/metrics_service.proto"
REQUEST = "opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest"
EXCESS = 1 << 63

TOKEN = re.compile(r'\s*(?:([A-Za-z_0-9]+)(?: \{|: (?:"((?:[^"\\]|\\.)*)"|(\S+)))|(\}))')
ESCAPE = re.compile(r"\\([0-7]{3}|.)")
NAMED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


def unescape(text):
    """A string of protobuf's text format."""
    def one(m):
        return chr(int(m.group(1), 8)) if len(m.group(1)) == 3 else NAMED[m.group(1)]
    return ESCAPE.sub(one, text).encode("latin-1").decode()


def read(body):
    """A message as protoc understands it: lists of values by field name."""
    run = subprocess.run(["protoc", f"-I{PROTO}", f"--decode={REQUEST}", f"{PROTO}/{SERVICE}"],
                         input=body, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    check(run.returncode == 0 and not run.stderr, f"protoc: {run.stderr.decode()}")
    top = collections.defaultdict(list)
    stack = [top]
    for m in TOKEN.finditer(run.stdout.decode()):
        name, string, word, end = m.groups()
        if end:
            stack.pop()
        elif string is not None:
            stack[-1][name].append(unescape(string))
        elif word is not None:
            stack[-1][name].append(word)
        else:
            inner = collections.defaultdict(list)
            stack[-1][name].append(inner)
            stack.append(inner)
    same(len(stack), 1, "depth of protoc's text")
    return top


def pairs(message, field="attributes"):
    """The attributes of a message, each key once."""
    keys = [(a["key"] or [""])[0] for a in message[field]]
    same(len(set(keys)), len(keys), f"different keys of {keys}")
    return {(a["key"] or [""])[0]: a["value"][0]["string_value"][0] for a in message[field]}


Point = collections.namedtuple("Point", "metric attributes value at start sum help")


class Message:
    """One request: its resource, its scope, its points."""

    def __init__(self, body):
        top = read(body)
        same(len(top["resource_metrics"]), 1, "ResourceMetrics")
        resource, = top["resource_metrics"]
        self.resource = pairs(resource["resource"][0])
        scope, = resource["scope_metrics"]
        same(scope["scope"][0]["name"], ["sonde"], "scope")
        self.scope = pairs(scope["scope"][0])
        self.units = {m["name"][0]: m["unit"] for m in scope["metrics"]}
        self.points = [p for m in scope["metrics"] for p in self.metric(m)]
        self.metrics = [m["name"][0] for m in scope["metrics"]]

    @staticmethod
    def metric(metric):
        """The points of a metric."""
        is_sum = bool(metric["sum"])
        data, = metric["sum"] + metric["gauge"]
        if is_sum:
            same(data["aggregation_temporality"], ["AGGREGATION_TEMPORALITY_CUMULATIVE"],
                 "temporality")
            same(data["is_monotonic"], ["true"], "is_monotonic")
        check(data["data_points"], f"{metric['name']} has no points")
        for p in data["data_points"]:
            value = int(p["as_int"][0]) if p["as_int"] else float(p["as_double"][0])
            start = int(p["start_time_unix_nano"][0]) if p["start_time_unix_nano"] else None
            yield Point(metric["name"][0], pairs(p), value, int((p["time_unix_nano"] or [0])[0]),
                        start, is_sum, "".join(metric["description"]))


def messages(*args):
    """What encode_dump prints, read."""
    return [Message(b) for b in bodies(*args)]


def only(points, metric, **attributes):
    """The one point of a metric with these attributes among others."""
    found = [p for p in points if p.metric == metric
             and attributes.items() <= p.attributes.items()]
    same(len(found), 1, f"points of {metric} {attributes}")
    return found[0]


BASE = 1795377600123456789
BOOT = 1795374000000000000


def the_device_is_the_resource_and_module_and_table_are_the_scope():
    """One message for the whole table."""
    message, = messages("kinds", "otlp")
    same(message.resource, {"snmp.target": "[2001:db8::1]:1161", "rack": "", "site": "Köln"},
         "resource")
    same(message.scope, {"snmp.module": "all_kinds", "snmp.table": "all_kinds_slot_port"},
         "scope")
    same(len(set(message.metrics)), len(message.metrics), "each metric once")


def usual_values_of_every_kind_arrive():
    """Numbers as they are or scaled, texts as attributes, states by name."""
    points = messages("kinds", "otlp")[0].points

    def value(metric, **more):
        p = only(points, metric, slot="3", port="Gi0/", **more)
        same(p.at, BASE, f"time of {metric}")
        return p.value

    counter = only(points, "counter64", slot="3")
    same(counter.sum, True, "counter64 is a Sum")
    same(counter.help, "counts €", "description")
    same(counter.start, BOOT + 5 * 10**9, "start: the discontinuity at 500 ticks")
    same(counter.value, 2**63 - 1, "counter64")
    same(counter.attributes, {"slot": "3", "port": "Gi0/", "descr": "Gi0/3 €"}, "attributes")
    gauge = only(points, "integer", slot="3")
    same((gauge.sum, gauge.start), (False, None), "integer is a Gauge, without a start")
    same(value("counter32"), 4294967295, "counter32")
    same(value("integer"), -7, "integer")
    same(value("scaled"), 1.5, "scaled")
    same(value("ticks"), 123456, "ticks")
    check(math.isclose(value("single"), 0.1, rel_tol=1e-7), "single")
    same(value("double"), 0.1, "double")
    same(value("meant_real"), 42.0, "meant_real")
    check(isinstance(value("meant_real"), float), "what is meant as real stays real")
    for metric, text in (("text", "Gi0/3 €"), ("oid", "1.3.6.1.512"), ("hex", "0x000AFF"),
                         ("mac", "00:1B:21:3C:4D:5E"), ("inet4", "192.0.2.1"),
                         ("inet6", "2001:0DB8:0000:0000:0000:0000:0000:0001")):
        same(value(metric, **{metric: text}), 1, metric)
    same(value("enum_info", enum="down"), 1, "enum")
    states = {p.attributes["state_set"]: p.value for p in points
              if p.metric == "state_set" and p.attributes["slot"] == "3"}
    same(states, {"up": 1, "down": 0, 'te"sting': 0}, "states")
    bits = {p.attributes["bits"]: p.value for p in points
            if p.metric == "bits" and p.attributes["slot"] == "3"}
    same(bits, {"zero": 0, "one": 1, "nine": 1}, "bits")


def extremes_arrive():
    """What 64 bits and doubles can hold; Counter64 modulo 2^63."""
    points = messages("kinds", "otlp")[0].points

    def value(metric, **more):
        return only(points, metric, slot="0", **more).value

    same(value("counter64"), 2**63 - 1, "UINT64_MAX modulo 2^63")
    same(only(points, "counter64", slot="0").start, BOOT, "start of the device")
    same(value("counter32"), 0, "counter32")
    same(value("integer"), -2**63, "INT64_MIN")
    same(value("scaled"), -2**31 * 0.25 - 1, "scaled")
    check(math.isnan(value("single")), "NaN")
    same(value("double"), -math.inf, "-inf")
    same(value("meant_real"), float(2**64 - 1), "meant_real")
    same(value("text", text=""), 1, "empty text")
    same(value("enum_info", enum="-99"), 1, "a number without a name")
    states = {p.attributes["state_set"]: p.value for p in points
              if p.metric == "state_set" and p.attributes["slot"] == "0"}
    same(states, {"77": 1, "up": 0, "down": 0, 'te"sting': 0}, "a state without a name")


def bad_text_becomes_text():
    """Octets that are no UTF-8, NUL, a very long text; no number where text came instead."""
    points = messages("kinds", "otlp")[0].points
    mine = [p for p in points if p.attributes["slot"] == "4294967295"]
    same(only(mine, "text").attributes["text"],
         "a\ufffd\0\ufffd\n\"\\\ufffd\ufffd\ufffd", "text")
    same(only(mine, "oid").attributes["oid"], "x" * 20000, "long text")
    same(only(mine, "hex").attributes["hex"], "0x" + "78" * 100, "octets")
    same(only(mine, "text").attributes["port"], "\ufffd\n", "index")
    check(not [p for p in mine if p.metric == "integer"], "text where a number is meant")


def smaller_bodies_carry_the_same_points():
    """Rows are split, never lost."""
    whole = messages("kinds", "otlp")[0].points
    for cap in (100000, 120000):
        parts = messages("kinds", "otlp", cap)
        same(sorted(map(repr, (p for m in parts for p in m.points))), sorted(map(repr, whole)),
             f"points in bodies of {cap} octets")


def a_round_is_a_message_of_gauges():
    """Whole figures as integers, times in seconds."""
    full, empty = messages("round", "otlp")
    same(full.scope, {"snmp.module": "if_mib,all_kinds"}, "scope")
    values = {p.metric: p.value for p in full.points}
    same(values, {"sonde.round.status": 1, "sonde.round.requests": 4, "sonde.round.retries": 1,
                  "sonde.round.timeouts": 2, "sonde.round.varbinds": 1968, "sonde.round.rows": 48,
                  "sonde.round.rows_partial": 3, "sonde.round.skipped": 2**32 - 1,
                  "sonde.round.reset": 1, "sonde.round.duration": 0.012345678,
                  "sonde.round.lateness": 0.0004, "sonde.round.rtt": 0.0029,
                  "sonde.round.uptime": 3600.0}, "figures")
    same(only(full.points, "sonde.round.status").attributes,
         {"status": "partial", "reason": "not increasing"}, "status")
    same(full.units["sonde.round.rtt"], ["s"], "unit")
    same({p.metric for p in empty.points}, set(values) - {"sonde.round.rtt",
                                                          "sonde.round.uptime"}, "known figures")


def agrees(point, value):
    """Whether a point has the value of the Prometheus line: Counter64 is wrapped there."""
    if isinstance(point, float):
        return point == value or math.isnan(point) and math.isnan(value)
    return value in (float(point), float(point + EXCESS))


def blocks_of_any_names_and_cells_say_what_prometheus_lines_say():
    """Every point has its line. Lines without a point: zeros of texts where numbers are meant."""
    seeds = range(40 if _encoded.FULL else 6)
    points = 0
    for seed in seeds:
        lines = collections.defaultdict(list)
        for name, labels, value, ms in _encoded.prometheus("odd", "prometheus", seed, 10):
            lines[name, tuple(sorted(labels.items())), ms].append(value)
        for message in messages("odd", "otlp", seed, 10):
            for p in message.points:
                points += 1
                texts = {k: _encoded.once(v) for k, v in p.attributes.items() if v}
                found = [key for key in lines
                         if key[0] == p.metric and key[2] == p.at // 10**6
                         and fits(dict(key[1]), texts, message.resource)
                         and any(agrees(p.value, v) for v in lines[key])]
                check(found, f"seed {seed}: no line for {p}")
    check(points > 100, f"only {points} points")


def fits(labels, texts, resource):
    """Whether the labels of a line are those of a point, beside what its resource says. There the
    instance wins over a label of its name."""
    of_resource = {_encoded.once(v) for v in resource.values()}
    return all(k in labels for k in texts) and all(
        texts.get(k) == v or v in of_resource for k, v in labels.items())


if not shutil.which("protoc"):
    _encoded.skip("protoc is not installed")
if __name__ == "__main__":
    _encoded.main(the_device_is_the_resource_and_module_and_table_are_the_scope,
                  usual_values_of_every_kind_arrive,
                  extremes_arrive,
                  bad_text_becomes_text,
                  smaller_bodies_carry_the_same_points,
                  a_round_is_a_message_of_gauges,
                  blocks_of_any_names_and_cells_say_what_prometheus_lines_say)
