#!/usr/bin/env python3
"""JSON lines in the sample shape, by Python's reader: rows with cells of every kind, and blocks of
any names and cells beside what the Prometheus format says of them."""
# ctest: timeout=300
import collections
import json
import math

import _encoded
from _encoded import check, dump, same

BASE = 1795377600123


def lines(*args):
    """The lines of encode_dump, each an object whose keys are there once, in their order."""
    def strict(pairs):
        same(len({k for k, _ in pairs}), len(pairs), "keys")
        return dict(pairs)
    for text in dump(*args).decode().split("\n")[:-1]:
        line = json.loads(text, object_pairs_hook=strict)
        same(list(line)[:7], ["ts", "instance", "module", "metric", "kind", "labels", "value"],
             "keys")
        yield line


def only(found, metric, **labels):
    """The one line of a metric with these labels among others."""
    mine = [line for line in found
            if line["metric"] == metric and labels.items() <= line["labels"].items()]
    same(len(mine), 1, f"lines of {metric} {labels}")
    return mine[0]


def values_of_every_kind_arrive():
    """Whole numbers with all their digits, real ones as they are, texts and states as labels."""
    found = list(lines("kinds", "json_samples"))
    line = only(found, "counter64", slot="3")
    same(line, {"ts": BASE, "instance": "[2001:db8::1]:1161", "module": "all_kinds",
                "metric": "counter64", "kind": "counter",
                "labels": {"descr": "Gi0/3 €", "port": "Gi0/", "slot": "3", "rack": "",
                           "site": "Köln"}, "value": 2**63 - 1}, "counter64")
    for metric, value in (("counter32", 4294967295), ("integer", -7), ("scaled", 1.5),
                          ("ticks", 123456), ("double", 0.1), ("meant_real", 42)):
        same(only(found, metric, slot="3")["value"], value, metric)
    for metric, text in (("text", "Gi0/3 €"), ("oid", "1.3.6.1.512"), ("hex", "0x000AFF"),
                         ("mac", "00:1B:21:3C:4D:5E"), ("inet4", "192.0.2.1")):
        same(only(found, metric, slot="3", **{metric: text})["value"], 1, metric)
    same(only(found, "enum_info", slot="3", enum="down")["value"], 1, "enum")
    extreme = [line for line in found if line["labels"]["slot"] == "0"]
    check(all(line["reset"] for line in extreme), "reset")
    same(only(extreme, "counter64")["value"], 2**64 - 1, "UINT64_MAX")
    same(only(extreme, "integer")["value"], -2**63, "INT64_MIN")
    same(only(extreme, "single")["value"], None, "NaN")
    same(only(extreme, "double")["value"], None, "-inf")
    bad = [line for line in found if line["labels"]["slot"] == "4294967295"]
    same(only(bad, "text")["labels"]["text"],
         "a\ufffd\0\ufffd\n\"\\\ufffd\ufffd\ufffd", "text")
    check(not [line for line in bad if line["metric"] == "integer"], "text where a number is meant")


def agrees(value, expected):
    """Whether a value is that of the Prometheus line, whose numbers are doubles."""
    if value is None:
        return not math.isfinite(expected)
    return float(value) == expected


def blocks_of_any_names_and_cells_say_what_prometheus_lines_say():
    """Every line has its series. Series without a line: zeros of texts where numbers are meant."""
    compared = 0
    for seed in range(40 if _encoded.FULL else 8):
        series = collections.defaultdict(list)
        for name, labels, value, ms in _encoded.prometheus("odd", "prometheus", seed, 10):
            series[name, ms].append((labels, value))
        for line in lines("odd", "json_samples", seed, 10):
            texts = {k: _encoded.once(v) for k, v in line["labels"].items() if v}
            found = [labels for labels, value in series[line["metric"], line["ts"]]
                     if agrees(line["value"], value)
                     and set(labels.values()) - {_encoded.once(line["instance"])}
                     <= set(texts.values())]
            check(found, f"seed {seed}: no series for {line}")
            compared += 1
    check(compared > 500, f"only {compared} lines")


if __name__ == "__main__":
    _encoded.main(values_of_every_kind_arrive,
                  blocks_of_any_names_and_cells_say_what_prometheus_lines_say)
