"""What Net-SNMP's tools print, read: the second opinion of the interop tests."""
import re

# How Net-SNMP writes a type, and what it is.
TYPES = {"INTEGER": "INTEGER", "Gauge32": "Gauge32", "Counter32": "Counter32",
         "Counter64": "Counter64", "Timeticks": "TimeTicks", "OID": "OBJECT IDENTIFIER",
         "Hex-STRING": "OCTET STRING", "STRING": "OCTET STRING", "IpAddress": "IpAddress"}
LINE = re.compile(r"^\.([\d.]+) = (?:(\w[\w-]*): )?(.*)$")
NOT_THERE = ("No Such Object", "No Such Instance", "No more variables")


def read_value(kind, text):
    """(type, value) from one line of the tools; numbers as int, octets as bytes, OIDs as text."""
    if kind is None:
        if text == '""':
            return "OCTET STRING", b""
        raise ValueError(f"no type in {text!r}")
    known = TYPES[kind]
    if known == "TimeTicks":
        return known, int(re.match(r"\((\d+)\)", text).group(1))
    if kind == "Hex-STRING":
        return known, bytes.fromhex(text)
    if known == "OCTET STRING":
        return known, text.strip('"').encode()
    if known in ("OBJECT IDENTIFIER", "IpAddress"):
        return known, text.lstrip(".")
    return known, int(text)


def read(text):
    """(OID, type, value) of each varbind in the tools' output (options -OneUx)."""
    lines = []
    for line in text.splitlines():
        # Long octet strings go on in the next line; anything else there is a remark.
        if line.startswith("."):
            lines.append(line)
        elif re.fullmatch(r"([0-9A-F]{2} )+", line):
            lines[-1] += " " + line
    found = []
    for line in lines:
        m = LINE.match(line)
        if m and not m.group(3).startswith(NOT_THERE):
            found.append((m.group(1), *read_value(m.group(2), m.group(3))))
    return found
