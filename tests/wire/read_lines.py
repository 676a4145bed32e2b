#!/usr/bin/env python3
"""Reads rows as another program would: read_lines.py json|influx < lines. Used by test_encoders.c.

Each row has columns whose octets also come as hex (`text` and `text_hex`), so that the expected text is worked out
here from the octets and not taken from the encoder.
"""
import json
import math
import re
import struct
import sys

INT64_MAX = 2 ** 63 - 1


def octets(text):
    """Octets of a value written as 0x..., nothing for no octets."""
    return bytes.fromhex(text[2:])


def decode(raw):
    """UTF-8 with each octet that belongs to no character as U+FFFD."""
    out, i = [], 0
    while i < len(raw):
        for n in range(1, 5):
            try:
                out.append(raw[i:i + n].decode("utf-8"))
                i += n
                break
            except UnicodeDecodeError:
                pass
        else:
            out.append("\ufffd")
            i += 1
    return "".join(out)


def one_line(text):
    """What line protocol makes of control characters."""
    return re.sub("[\0-\x1f]", " ", text)


def as_tag(text):
    """A tag's value: no backslash before what is escaped, nor at the end."""
    return re.sub(r"\\+(?=[ ,=]|$)", "", one_line(text))


def same_real(text_or_number, bits):
    """A real number against its octets."""
    want = struct.unpack(">d", bits)[0]
    return float(text_or_number) == want or (math.isnan(want) and math.isnan(float(text_or_number)))


def check_json(line):
    """One JSON line, strictly."""
    def no_constant(name):
        raise ValueError(name)

    def no_twice(pairs):
        keys = [k for k, _ in pairs]
        if len(set(keys)) != len(keys):
            raise ValueError("a key twice")
        return dict(pairs)

    row = json.loads(line, parse_constant=no_constant, object_pairs_hook=no_twice)
    values, labels = row["values"], row["labels"]
    assert list(row)[:7] == ["ts", "instance", "module", "table", "index", "labels", "values"], line
    assert values["text"] == decode(octets(values["text_hex"])), line
    assert labels["lookup"] == decode(octets(values["lookup_hex"])), line
    arcs = [int(a) for a in row["index"].split(".")] if row["index"] else []
    assert labels["index"] == decode(bytes(arcs)), line
    assert labels["own"] == decode(octets(values["own_hex"])), line
    assert values["counter"] == int(values["counter_text"]), line
    bits = octets(values["real_hex"])
    if math.isfinite(struct.unpack(">d", bits)[0]):
        assert same_real(values["real"], bits), line
    else:
        assert values["real"] is None, line


def split(text, separator, escaped):
    """Splits at separators that no backslash precedes; escaped: what a backslash can escape."""
    parts, part, i = [], "", 0
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text) and text[i + 1] in escaped:
            part += text[i:i + 2]
            i += 2
        elif text[i] == separator:
            parts.append(part)
            part = ""
            i += 1
        else:
            part += text[i]
            i += 1
    return parts + [part]


def unescape(text):
    """Undoes the escapes of tags and names."""
    return re.sub(r"\\([ ,=])", r"\1", text)


def split_fields(text):
    """Fields are separated by commas outside of strings, and end at a space outside of strings."""
    fields, start, quoted, i = [], 0, False, 0
    while i < len(text):
        if quoted and text[i] == "\\":
            i += 1
        elif text[i] == '"':
            quoted = not quoted
        elif not quoted and text[i] in ", ":
            fields.append(text[start:i])
            start = i + 1
            if text[i] == " ":
                return fields, text[start:]
        i += 1
    raise ValueError("no time stamp")


def field_value(text):
    """A field by its syntax."""
    if text.startswith('"'):
        assert text.endswith('"') and len(text) > 1
        body = text[1:-1]
        assert not re.search(r'(?<!\\)(\\\\)*"', body)
        return re.sub(r'\\(["\\])', r"\1", body)
    if text.endswith("i"):
        value = int(text[:-1])
        assert -2 ** 63 <= value <= INT64_MAX
        return value
    if text == "true":
        return True
    return float(text)


def check_influx(line):
    """One line of line protocol, by the rules of InfluxDB's reference."""
    assert not re.search("[\0-\x1f]", line), line
    # readers differ in whether a backslash escapes a backslash; where words end must not depend on it
    for escaped in (" ,=", " ,=\\"):
        head = split(line, " ", escaped)[0]
        tags = [split(t, "=", escaped) for t in split(head, ",", escaped)[1:]]
        assert all(len(t) == 2 and t[0] and t[1] for t in tags), line
        names = [unescape(t[0]) for t in tags]
        assert names == sorted(set(names)), line
    tags = {unescape(k): unescape(v) for k, v in (split(t, "=", " ,=") for t in
                                                  split(split(line, " ", " ,=")[0], ",", " ,=")[1:])}
    fields, stamp = split_fields(line[len(split(line, " ", " ,=")[0]) + 1:])
    values = dict((f.split("=", 1)[0], field_value(f.split("=", 1)[1])) for f in fields)
    assert stamp.isdigit(), line
    assert values["text"] == one_line(decode(octets(values["text_hex"]))), line
    for name, source in (("lookup", "lookup_hex"), ("own", "own_hex"), ("index", "index_hex")):
        assert tags.get(name, "") == as_tag(decode(octets(values[source]))), (name, line)
    assert values["counter"] == min(int(values["counter_text"]), INT64_MAX), line
    bits = octets(values["real_hex"])
    if math.isfinite(struct.unpack(">d", bits)[0]):
        assert same_real(values["real"], bits), line
    else:
        assert "real" not in values, line


def main():
    """Checks every line of standard input; prints how many there were."""
    check = {"json": check_json, "influx": check_influx}[sys.argv[1]]
    data = sys.stdin.buffer.read().decode("utf-8")  # strictly
    assert data.endswith("\n")
    lines = data[:-1].split("\n")
    for line in lines:
        check(line)
    print(len(lines))


main()
