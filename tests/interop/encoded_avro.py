#!/usr/bin/env python3
"""Avro as another implementation reads it (fastavro, or Apache's own): rows with cells of every
kind, round records, and blocks of any names and cells beside what the JSON format says of them."""
# ctest: timeout=300
import datetime
import io
import json
import math
import os
import sys

import _encoded
from _encoded import bodies, check, dump, same

SYSTEM = "/usr/bin/python3"
SCHEMA_ID = bytes([0, 1, 2, 3, 4])
ROUND_SCHEMA_ID = bytes([0, 0, 0, 0, 7])
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
BASE = 1795377600123456
CYCLE = 1795377599987654321


def readers():
    """What there is here: {name: function that makes a reader of a schema}."""
    found = {}
    try:
        import fastavro  # pylint: disable=import-outside-toplevel
        found["fastavro"] = lambda schema: (
            lambda f, parsed=fastavro.parse_schema(schema): fastavro.schemaless_reader(f, parsed))
    except ImportError:
        pass
    try:
        import avro.io  # pylint: disable=import-outside-toplevel
        import avro.schema  # pylint: disable=import-outside-toplevel
        found["avro"] = lambda schema: (
            lambda f, parsed=avro.schema.parse(json.dumps(schema)):
            avro.io.DatumReader(parsed).read(avro.io.BinaryDecoder(f)))
    except ImportError:
        pass
    return found


READERS = readers()


def micros(when):
    """A time as whole microseconds."""
    return round((when - EPOCH) / datetime.timedelta(microseconds=1))


def records(what, schema, *args, reader=None, prefix=SCHEMA_ID):
    """The data of bodies, each read to its end."""
    schema = json.loads(dump("schema", schema))
    read = READERS[reader or next(iter(READERS))](schema)
    for body in bodies(what, "avro", *args):
        same(body[:5], prefix, "framing")
        f = io.BytesIO(body[5:])
        yield read(f)
        same(f.read(), b"", "octets behind the datum")


def row(rows, index):
    """The row of an index."""
    found = [r for r in rows if r["index"] == index]
    same(len(found), 1, f"rows {index}")
    return found[0]


def every_reader_reads_the_table():
    """The fields around the rows; rows without a value are left out."""
    for reader in READERS:
        table, = records("kinds", "table", reader=reader)
        same(micros(table["ts"]), 1795377600400000, "ts")
        same({k: v for k, v in table.items() if k not in ("ts", "rows")},
             {"cycle": CYCLE, "instance": "[2001:db8::1]:1161", "module": "all_kinds",
              "table": "all_kinds_slot_port", "labels": {"rack": "", "site": "Köln"},
              "uptime": 360000, "reset": False}, reader)
        same(len(table["rows"]), 153, "rows")


def usual_values_of_every_kind_arrive():
    """Numbers as longs or doubles, all else as the text that JSON has."""
    table, = records("kinds", "table")
    usual = row(table["rows"], "3.4.71.105.48.47")
    same(micros(usual["ts"]), BASE, "ts")
    same((usual["reset"], usual["partial"]), (False, False), "flags")
    same(usual["labels"], {"slot": "3", "port": "Gi0/", "descr": "Gi0/3 €"}, "labels")
    same(usual["longs"], {"counter32": 4294967295, "counter64": 2**63 - 1, "integer": -7,
                          "ticks": 123456, "enum": 2, "state_set": 1}, "longs")
    check(math.isclose(usual["doubles"].pop("single"), 0.1, rel_tol=1e-7), "single")
    same(usual["doubles"], {"scaled": 1.5, "double": 0.1, "meant_real": 42.0}, "doubles")
    same(usual["strings"], {"text": "Gi0/3 €", "oid": "1.3.6.1.512", "hex": "0x000AFF",
                            "mac": "00:1B:21:3C:4D:5E", "inet4": "192.0.2.1",
                            "inet6": "2001:0DB8:0000:0000:0000:0000:0000:0001",
                            "bits": "0x4040"}, "strings")


def extremes_arrive():
    """What 64 bits and doubles can hold; what no long can hold is a double."""
    table, = records("kinds", "table")
    extreme = row(table["rows"], "0.0")
    same((extreme["reset"], extreme["partial"]), (True, False), "flags")
    same(extreme["longs"], {"counter32": 0, "integer": -2**63, "ticks": 4294967295, "enum": -99,
                            "state_set": 77}, "longs")
    check(math.isnan(extreme["doubles"].pop("single")), "NaN")
    same(extreme["doubles"], {"counter64": float(2**64 - 1), "scaled": -2**31 * 0.25 - 1,
                              "double": -math.inf, "meant_real": float(2**64 - 1)}, "doubles")
    same(extreme["strings"], {"text": "", "oid": "", "hex": "", "mac": "", "inet6": "0x01",
                              "bits": ""}, "strings")


def bad_text_becomes_text():
    """Octets that are no UTF-8, NUL, a very long text; no number where text came instead."""
    table, = records("kinds", "table")
    bad = row(table["rows"], "4294967295.2.200.10")
    same((bad["reset"], bad["partial"]), (False, True), "flags")
    same(bad["strings"], {"text": "a\ufffd\0\ufffd\n\"\\\ufffd\ufffd\ufffd", "oid": "x" * 20000,
                          "hex": "0x" + "78" * 100}, "strings")
    same((bad["longs"], bad["doubles"]), ({}, {}), "numbers")
    same(bad["labels"]["port"], "\ufffd\n", "index")


def all_powers_of_two_arrive():
    """Every length that a long can have, in more rows than a block of an array holds."""
    table, = records("kinds", "table")
    rows = [r for r in table["rows"] if r["index"].startswith("1000.")]
    same(len(rows), 150, "rows")
    for i, r in enumerate(rows, 1):
        power = 2 ** (i % 64)
        where = "longs" if power < 2**63 else "doubles"
        same(r[where], {"counter64": power}, r["index"])


def smaller_bodies_carry_the_same_rows():
    """Rows are split, never lost; all parts say when the table was complete."""
    whole, = records("kinds", "table")
    for cap in (30000, 45000, 70000):
        parts = list(records("kinds", "table", cap))
        check(cap > 31015 or len(parts) > 1, "one body")
        same(repr([r for p in parts for r in p["rows"]]), repr(whole["rows"]), f"rows in {cap}")
        same({p["ts"] for p in parts}, {whole["ts"]}, "ts")


def a_round_has_a_record_of_its_own():
    """With all that is known, and with nothing."""
    for reader in READERS:
        full, empty = records("round", "round", reader=reader, prefix=ROUND_SCHEMA_ID)
        same(micros(full.pop("ts")), 1795377601000000, "ts")
        same(full, {"cycle": CYCLE, "instance": "[2001:db8::1]:1161", "module": "if_mib,all_kinds",
                    "labels": {"rack": "", "site": "Köln"}, "status": "partial",
                    "reason": "not increasing", "requests": 4, "retries": 1, "timeouts": 2,
                    "varbinds": 1968, "rows": 48, "rows_partial": 3, "skipped": 2**32 - 1,
                    "duration_ms": 12.345678, "lateness_ms": 0.4, "rtt_ms": 2.9,
                    "uptime": 360000, "reset": True}, reader)
        same((empty["status"], empty["reason"], empty["rtt_ms"], empty["uptime"]),
             ("timeout", None, None, None), "what is not known")


def expect_like_json(record, line):
    """A row of a table, and the line of JSON that says the same."""
    same(record["index"], line["index"], "index")
    same(record["reset"], line["reset"], "reset")
    numbers = record["longs"] | record["doubles"]
    same(set(numbers) | set(record["strings"]), set(line["values"]), "names")
    for name, value in line["values"].items():
        if isinstance(value, str):
            same(record["strings"][name], value, name)
        elif value is None:
            check(not math.isfinite(numbers[name]), f"{name} is null, here {numbers[name]}")
        else:
            check(numbers[name] == value
                  or math.isclose(numbers[name], value, rel_tol=1e-6), f"{name}: {value}")


def blocks_of_any_names_and_cells_say_what_json_lines_say():
    """Row by row, value by value. Names that occur twice are left out: a map has one of them."""
    compared = 0
    for seed in range(100 if _encoded.FULL else 20):
        def twice(pairs):
            names = [k for k, _ in pairs]
            return dict(pairs) if len(set(names)) == len(names) else {"twice": True}
        lines = [json.loads(text, object_pairs_hook=twice)
                 for text in dump("odd", "json", seed, 10).decode().split("\n")[:-1]]
        rows = [r for t in records("odd", "table", seed, 10) for r in t["rows"]]
        same(len(rows), len(lines), f"rows of seed {seed}")
        for record, line in zip(rows, lines):
            if "twice" not in line["values"]:
                expect_like_json(record, line)
                compared += 1
    check(compared > 500, f"only {compared} rows")


def the_documentation_has_the_schemas():
    """docs/FORMATS.md, for those who have no registry."""
    with open(f"{_encoded.SOURCE}/docs/FORMATS.md", encoding="utf-8") as f:
        shown = [json.loads(text.split("```")[0]) for text in f.read().split("```json\n")[1:]]
    for name in ("table", "round"):
        check(json.loads(dump("schema", name)) in shown, name)


if not READERS:
    if sys.executable != SYSTEM and os.access(SYSTEM, os.X_OK) and "again" not in sys.argv:
        os.execv(SYSTEM, [SYSTEM, "-B", __file__, "again"])
    _encoded.skip("neither fastavro nor Apache's avro is installed")
if __name__ == "__main__":
    _encoded.main(every_reader_reads_the_table,
                  usual_values_of_every_kind_arrive,
                  extremes_arrive,
                  bad_text_becomes_text,
                  all_powers_of_two_arrive,
                  smaller_bodies_carry_the_same_rows,
                  a_round_has_a_record_of_its_own,
                  blocks_of_any_names_and_cells_say_what_json_lines_say,
                  the_documentation_has_the_schemas)
