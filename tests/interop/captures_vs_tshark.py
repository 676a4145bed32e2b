#!/usr/bin/env python3
"""Every SNMP datagram of the captures below $SONDE_CORPORA: what our codec reads is what tshark reads.

Compared are version, community, PDU type, request-id, error-status, error-index, the head of a v1
trap, and each varbind's name, type and value. tests/tools/decode_dump says what our codec reads.
Datagrams that tshark calls malformed are left out here: tests/wire/test_payloads has them all. What
tshark shows and we refuse is counted, and must be of the PROTOS suite or in the list below."""
# ctest: timeout=300
import collections
import multiprocessing
import os
import re
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET

CAPTURES = (".pcap", ".pcapng", ".cap", ".pcap.gz", ".cap.gz", ".pcapng.gz")

PDUS = {"get_request": "GetRequest", "get_next_request": "GetNextRequest",
        "get_response": "Response", "set_request": "SetRequest", "trap": "Trap",
        "getBulkRequest": "GetBulkRequest", "informRequest": "InformRequest",
        "snmpV2_trap": "SNMPv2-Trap", "report": "Report"}

# tshark's words for the types, from "Value (Counter32): 7".
TYPES = {"Integer32": "INTEGER", "OctetString": "OCTET STRING", "OID": "OBJECT IDENTIFIER",
         "Null": "NULL", "IpAddress": "IpAddress", "Counter32": "Counter32", "Gauge32": "Gauge32",
         "Timeticks": "TimeTicks", "Opaque": "Opaque", "Counter64": "Counter64"}
EXCEPTIONS = {"snmp.noSuchObject": "noSuchObject", "snmp.noSuchInstance": "noSuchInstance",
              "snmp.endOfMibView": "endOfMibView"}

NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

# Not PROTOS, and refused by us only: (capture, frame): why.
KNOWN = {
    ("zeek/testing__btest__Traces__snmp__snmp-oid-subidentifier-too-long.pcap", 1):
        "made to harm: an arc padded to ten octets, where 32 bits need five",
}
UNSIGNED = ("Counter32", "Gauge32", "TimeTicks", "Counter64")


def skip(why):
    """Ends the test as one that cannot run here."""
    print(f"skipped: {why}")
    sys.exit(77)


def captures(root):
    """All capture files below root."""
    for here, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            if name.endswith(CAPTURES):
                yield os.path.join(here, name)


def oid(show):
    """tshark's text of an OID; of an empty one, which means 0.0, it prints one arc."""
    return "0.0" if show == "0" else show


def hexadecimal(show):
    """tshark's 4c:6f as 4c6f."""
    return show.replace(":", "")


class Trouble(Exception):
    """A varbind that tshark shows in a way this test has no rule for."""


def read_varbind(field):
    """(name, type, value) as decode_dump prints them, of one varbind of tshark's."""
    name, found = None, None
    for child in field:
        which = child.get("name")
        if which == "snmp.name":
            name = oid(child.get("show"))
        elif which in EXCEPTIONS:
            found = (EXCEPTIONS[which], "")
        elif which.startswith("snmp.value."):
            m = re.match(r"Value \(([^)]*)\)", child.get("showname"))
            if not m or m.group(1) not in TYPES:
                raise Trouble(child.get("showname"))
            kind = TYPES[m.group(1)]
            show = child.get("show")
            if kind in ("OCTET STRING", "Opaque"):
                show = hexadecimal(show)
            elif kind == "OBJECT IDENTIFIER":
                show = oid(show)
            elif kind == "NULL":
                show = ""
            found = (kind, show)
    if name is None or found is None:
        raise Trouble(ET.tostring(field, encoding="unicode")[:300])
    return name, *found


def read_message(snmp):
    """What tshark says about one message, in decode_dump's words, or None if it is no v1 or v2c."""
    fields = {}
    for f in snmp.iter("field"):
        fields.setdefault(f.get("name"), f)

    def show(name):
        return fields[name].get("show") if name in fields else None

    version = show("snmp.version") or show("snmp.msgVersion")
    if version is None:
        raise Trouble("the version is not shown")
    if version not in ("0", "1"):
        return None
    pdu = next((PDUS[n[5:-8]] for n in fields
                if n.startswith("snmp.") and n.endswith("_element") and n[5:-8] in PDUS), None)
    if pdu is None:
        raise Trouble("no PDU")
    community = fields["snmp.community"].get("value", "") if "snmp.community" in fields else ""
    head = [version, community, pdu]
    trap = None
    if pdu == "Trap":
        trap = [oid(show("snmp.enterprise")), show("snmp.agent_addr") or show("snmp.internet"),
                show("snmp.generic_trap"), show("snmp.specific_trap"), show("snmp.time_stamp")]
        head += ["0", "0", "0"]
    elif pdu == "GetBulkRequest":
        head += [show("snmp.request_id"), show("snmp.non_repeaters"), show("snmp.max_repetitions")]
    else:
        head += [show("snmp.request_id"), show("snmp.error_status"), show("snmp.error_index")]
    if None in head or None in (trap or ()):
        raise Trouble("a number of the head is not shown")
    varbinds = [read_varbind(f) for f in fields["snmp.variable_bindings"]
                if f.get("name") == ""]
    return head, trap, varbinds


class Packet:
    """One packet of a capture: the datagram, and what tshark says of it."""

    def __init__(self, element):
        protos = {p.get("name"): p for p in element.iter("proto")}
        self.frame = int(next(f.get("show") for f in protos["geninfo"] if f.get("name") == "num"))
        self.payload, self.said, self.trouble = None, None, None
        # an ICMP error carries a part of the datagram it is about
        if "udp" not in protos or "icmp" in protos or "icmpv6" in protos:
            return
        payload = [f for f in protos["udp"].iter("field") if f.get("name") == "udp.payload"]
        if not payload or "snmp" not in protos:
            return
        self.payload = bytes.fromhex(payload[0].get("value"))
        try:
            self.said = read_message(protos["snmp"])
        except (Trouble, KeyError) as e:
            self.trouble = str(e)


def read_capture(path):
    """The packets of a capture that tshark calls SNMP."""
    command = ["tshark", "-n", "-r", path, "-d", "udp.port==161,snmp", "-d", "udp.port==162,snmp",
               "-o", "snmp.display_oid:FALSE", "-Y", "snmp && !_ws.malformed && !_ws.short",
               "-J", "udp snmp geninfo", "-T", "pdml"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tshark:
        lines = None
        for line in tshark.stdout:
            if line.startswith(b"<packet>"):
                lines = []
            if lines is not None:
                lines.append(line)
            if lines and line.startswith(b"</packet>"):
                # strings of a fuzzed packet bring characters that XML does not have
                text = b"".join(lines).decode("utf-8", "replace")
                packet = Packet(ET.fromstring(NOT_XML.sub("?", text)))
                lines = None
                if packet.payload is not None:
                    yield packet


def decode(tool, packets):
    """What our codec says of each datagram: (head, trap, varbinds), or the reason of a refusal."""
    data = b"".join(struct.pack(">I", len(p.payload)) + p.payload for p in packets)
    run = subprocess.run([tool], input=data, stdout=subprocess.PIPE, check=True)
    said = []
    for line in run.stdout.decode().split("\n")[:-1]:
        kind, *rest = line.split("\t")
        if kind == "error":
            said.append(rest[1])
        elif kind == "message":
            said.append((rest[1:7], None, []))
        elif kind == "trap":
            said[-1] = (said[-1][0], rest, [])
        else:
            said[-1][2].append(tuple(rest))
    return said


def compare(packet, ours):
    """One word for the tally, and a text if they differ."""
    if packet.trouble:
        return "without a value in tshark", None
    if packet.said is None:
        if isinstance(ours, str):
            return "of another version, refused", None
        return "different", f"version: sonde {ours}"
    if isinstance(ours, str):
        return "refused by us only", ours
    for what, theirs, mine in zip(("head", "trap"), packet.said, ours):
        if theirs != mine:
            return "different", f"{what}: tshark {theirs}, sonde {mine}"
    theirs, mine = packet.said[2], ours[2]
    if len(theirs) != len(mine):
        return "different", f"varbinds: tshark {len(theirs)}, sonde {len(mine)}"
    word = "equal"
    for a, b in zip(theirs, mine):
        if a[:2] == b[:2] and a[1] in UNSIGNED and a[2].startswith("-"):
            # a leading zero octet is missing: tshark takes the number as signed, we as its type says
            word = "with an unsigned number that tshark shows as negative"
        elif a != b:
            return "different", f"varbind: tshark {a}, sonde {b}"
    return word, None


def judge(job):
    """One capture: its name, the tally, how many varbinds are equal, and what is wrong."""
    tool, path, name = job
    packets = list(read_capture(path))
    ours = decode(tool, packets)
    assert len(ours) == len(packets)
    tally, varbinds, complaints = collections.Counter(), 0, []
    for packet, mine in zip(packets, ours):
        word, text = compare(packet, mine)
        tally[word] += 1
        if word == "equal":
            varbinds += len(mine[2])
        excused = word == "refused by us only" and (
            name.startswith("protos-") or (name, packet.frame) in KNOWN)
        if text and not excused:
            complaints.append(f"{name} frame {packet.frame}: {word}: {text}")
    return name, tally, varbinds, complaints


def summary(tally):
    """The tally as one line."""
    return ", ".join(f"{n} {word}" for word, n in sorted(tally.items()))


def main():
    corpora = os.environ.get("SONDE_CORPORA", "")
    tool = os.path.join(os.environ.get("SONDE_BUILD_DIR", "build/dev"), "tests/tools/decode_dump")
    if shutil.which("tshark") is None:
        skip("no tshark")
    if not os.path.isdir(corpora):
        skip("no captures: SONDE_CORPORA is not a directory")
    if not os.access(tool, os.X_OK):
        sys.exit(f"{tool} is not built")
    wrong, varbinds = 0, 0
    total = collections.Counter()
    with multiprocessing.Pool() as pool:
        jobs = [(tool, path, os.path.relpath(path, corpora)) for path in captures(corpora)]
        for name, tally, equal, complaints in pool.imap(judge, jobs):
            total += tally
            varbinds += equal
            wrong += len(complaints)
            print("\n".join(complaints + [f"{name}: " + (summary(tally) or "nothing whole")]))
    print(f"all: {summary(total)}; {varbinds} varbinds equal")
    if total["equal"] < 4000:
        sys.exit("fewer datagrams than the captures hold: nothing was proved")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
