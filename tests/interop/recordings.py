#!/usr/bin/env python3
"""Recordings as snmpsim reads and serves them, against what our store makes of the same files, value
by value: name, tag and content octets. tests/tools/recording_dump prints ours; theirs come from
snmpsim's own modules called directly, from its variation module numeric at given times, and for
some files from its daemon over the network.

Where both are not the same on purpose:

- A line that is bad (tag, name, value): snmpsim refuses the whole file, or its walk ends at that
  name; ours leaves the line out and goes on. What must be the same is which lines are bad.
- Names out of order or doubled: snmpsim's walk follows the file, in circles where a name comes again
  later; ours sorts, and the first of a name counts. Each name must have the value of its first line.
- .snmpwalk: see WALK below.
- SET of what is no writecache: snmpsim answers noSuchInstance and no error, ours notWritable."""
# ctest: timeout=300
import bz2
import collections
import gzip
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import time

import _lab
import _lab_v3
from _lab import Skip, check

CORPORA = os.environ.get("SONDE_CORPORA", "")
DUMP = os.path.join(os.environ.get("SONDE_BUILD_DIR") or f"{_lab.SOURCE}/build/release",
                    "tests/tools/recording_dump")
FULL = bool(os.environ.get("SONDE_TEST_FULL"))
# Larger files only in a full run: pyasn1 takes 40 us for a value.
LARGEST = 1 << 30 if FULL else 260_000
FEWEST = 100
FORMATS = (".snmprec", ".snmpwalk", ".sapwalk", ".dump", ".MVC")
# Where Debian's package has examples, and its variation modules.
EXAMPLES = "/usr/share/doc/snmpsim/examples/data"
MODULES = "/usr/share/snmpsim/variation"

# Runs under the interpreter that has snmpsim. "read FILE...": "file<TAB>path", then for each record
# "name<TAB>tag<TAB>content", "bad<TAB>line", "varied<TAB>name". "vary TIME": for each line of
# standard input, "tag<TAB>args", the value that numeric makes at that many seconds.
ORACLE = r'''
import bz2, gzip, sys
from snmpsim.record import dump, mvc, sap, snmprec, walk
from snmpsim.record.search.file import getRecord
RECORDS = {r.ext: r for r in (dump.DumpRecord(), mvc.MvcRecord(), sap.SapRecord(),
                              snmprec.SnmprecRecord(), walk.WalkRecord())}

def integer(v, signed):
    n = 1
    while not (-(1 << 8 * n - 1) <= v < 1 << 8 * n - 1):
        n += 1
    return v.to_bytes(n, "big", signed=True)

def arcs(oid):
    out = bytearray()
    for arc in (oid[0] * 40 + oid[1],) + tuple(oid[2:]):
        part = [arc & 127]
        while arc > 127:
            arc >>= 7
            part.insert(0, 128 | arc & 127)
        out += bytes(part)
    return bytes(out)

def content(tag, value):
    if tag in (2, 65, 66, 67, 70, 71):
        return integer(int(value), tag == 2)
    if tag == 6:
        return arcs(tuple(value))
    return b"" if tag in (5, 128, 129, 130) else value.asOctets()

def read(path):
    print("file\t%s" % path)
    opener = gzip.open if path.endswith(".gz") else bz2.open if path.endswith(".bz2") else open
    record = RECORDS[path.replace(".gz", "").replace(".bz2", "").rsplit(".", 1)[1]]
    with opener(path, "rb") as f:
        number = 0
        while True:
            line, number, _ = getRecord(f, number, 0)
            if not line:
                break
            try:
                oid, tag, value = record.grammar.parse(line)
                oid = record.evaluateOid(oid)
                if record.ext == "snmprec" and ":" in tag:
                    print("varied\t%s" % oid)
                    continue
                _, _, value = record.evaluateValue(oid, tag, value)
                number_of = sum(value.tagSet[0])
                if len(oid) < 2 or not value.hasValue():
                    raise ValueError
                arcs(tuple(oid))
                print("%s\t%d\t%s" % (oid, number_of, content(number_of, value).hex()))
            except Exception as e:
                print("bad\t%d\t%s" % (number, repr(e)[:100].replace("\t", " ")))

def vary(now):
    import time
    real = time.time
    time.time = lambda: 0.0
    space = {}
    exec(compile(open(sys.argv[3] + "/numeric.py").read(), "numeric.py", "exec"), space)
    time.time = lambda: now
    from snmpsim.grammar.snmprec import SnmprecGrammar
    for line in sys.stdin:
        tag, args = line.rstrip("\n").split("\t")
        space["recordContext"] = {}
        _, _, v = space["variate"]((1, 3), tag, args, nextFlag=False, exactMatch=True, setFlag=False)
        print(int(SnmprecGrammar.tagMap[tag](v)))

if sys.argv[1] == "read":
    for path in sys.argv[2:]:
        read(path)
else:
    vary(float(sys.argv[2]))
'''


def oracle(*args, **options):
    """What the program above prints, under the first interpreter that has snmpsim."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import snmpsim.record.snmprec"], check=False,
                          capture_output=True).returncode == 0:
            return subprocess.run([python, "-B", "-W", "ignore", "-c", ORACLE, *args], check=True,
                                  text=True, stdout=subprocess.PIPE, **options).stdout
    raise Skip("snmpsim is not installed (scripts/deps)")


def dump(*args):
    """Lines of recording_dump, each split at tabs; and what it says on standard error."""
    check(os.access(DUMP, os.X_OK), f"{DUMP} is not built")
    run = subprocess.run([DUMP, *args], check=False, text=True, capture_output=True)
    return [line.split("\t") for line in run.stdout.splitlines()], run.stderr.splitlines()


def order(name):
    """Key to sort names by."""
    return tuple(map(int, name.split(".")))


def recordings():
    """All files to compare."""
    if not os.path.isdir(CORPORA):
        raise Skip("no corpora: SONDE_CORPORA")
    found = []
    for top in (f"{CORPORA}/librenms", f"{CORPORA}/snmpsim-builtin", EXAMPLES):
        for here, _, names in os.walk(top):
            found += [os.path.join(here, n) for n in names
                      if n.replace(".gz", "").replace(".bz2", "").endswith(FORMATS)]
    return sorted(p for p in found if os.path.getsize(p) <= LARGEST)


Theirs = collections.namedtuple("Theirs", "first bad varied count")


def read_theirs(paths):
    """{path: Theirs}: values of first lines by name, bad lines by number, names of varied ones."""
    found = {}
    for line in oracle("read", *paths).splitlines():
        what, rest = line.split("\t", 1)
        if what == "file":
            some = found[rest] = Theirs({}, {}, [], [])
        elif what == "bad":
            number, why = rest.split("\t")
            some.bad[int(number)] = why
        elif what == "varied":
            some.varied.append(rest)
        else:
            some.count.append(what)
            some.first.setdefault(what, rest)
    return found


def octets_of(value):
    """Content of an OCTET STRING as "tag<TAB>content" has it; None: something else."""
    tag, content = value.split("\t") if value else ("", "")
    return bytes.fromhex(content) if tag == "4" else None


def net_snmp_text(octets):
    """A text as snmpwalk prints it between quotes, without what snmpsim drops."""
    kept = bytes(c for c in octets if c < 0x80)
    return kept.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


# What may differ in .snmpwalk, and why: (reason, whether ours and theirs differ so).
WALK = (
    ("Opaque: Float is a float in Net-SNMP's wrapping; snmpsim makes it a REAL, which is none",
     lambda ours, theirs: (ours or "").startswith("68\t9f7804") and theirs.startswith("68\t09")),
    ("Net-SNMP escapes quotes and backslashes between quotes; snmpsim leaves the backslashes in, "
     "and drops octets beyond ASCII",
     lambda ours, theirs: None not in (octets_of(ours), octets_of(theirs))
     and octets_of(theirs) in (net_snmp_text(octets_of(ours)),
                               bytes(c for c in octets_of(ours) if c < 0x80))),
    ("'No more variables left' is no value; snmpsim makes it an empty one",
     lambda ours, theirs: ours is None and theirs == "4\t"),
)


def reason(path, ours, theirs):
    """Why a value may differ; None: it may not."""
    if ".snmpwalk" in path and theirs:
        for some, differs in WALK:
            if differs(ours, theirs):
                return some
    return None


def compare_file(path, theirs, reasons):
    """Differences of a file that are not explained: (path, name, ours, theirs)."""
    ours, _ = dump(path)
    names = [line[0] for line in ours]
    check(names == sorted(set(names), key=order), f"{path}: not in order")
    values = {name: f"{tag}\t{content}" for name, tag, content, *_ in ours}
    wrong = []
    for name in {*values, *theirs.first} - set(theirs.varied):
        pair = values.get(name), theirs.first.get(name)
        if pair[0] != pair[1]:
            why = reason(path, *pair)
            reasons[why] += 1
            if not why:
                wrong.append((path, name, *pair))
    return wrong


def equals_what_snmpsim_reads(_):
    """Every recording, by snmpsim's own modules."""
    paths = recordings()
    check(len(paths) >= FEWEST, f"only {len(paths)} recordings")
    wrong, reasons, values = [], collections.Counter(), 0
    for path, theirs in read_theirs(paths).items():
        wrong += compare_file(path, theirs, reasons)
        values += len(theirs.first)
    print(f"    {len(paths)} recordings, {values} values")
    for why, count in reasons.items():
        print(f"    {count} differ: {why}")
    check(not wrong, f"{len(wrong)} values differ: {wrong[:10]}")
    check(values > 100_000, f"only {values} values")


def numeric_records():
    """Arguments of numeric, by chance but the same each time: (tag, args)."""
    rng = random.Random(4)
    functions = ("sin", "cos", "atan", "sqrt", "floor", "ceil", "fabs", "tanh", "pow%<time>%2",
                 "pow%2%<time>", "fmod%<time>%60", "hypot%3%<time>", "sin%1.5")
    for _ in range(600):
        tag = rng.choice((2, 65, 66, 67, 70))
        top = {2: 2**31 - 1, 70: 2**64 - 1}.get(tag, 2**32 - 1)
        low = rng.choice((0, 0, 17, -1000 if tag == 2 else 3))
        args = {"min": low} if low or rng.random() < .5 else {}
        if tag == 2 or rng.random() < .5:
            args["max"] = rng.choice((top, 1000, 99.5, 12345678))
            if args["max"] > 1e18:
                del args["max"]
        if rng.random() < .5:
            args["initial"] = rng.choice((5, 100, 4294967290, 0.5))
        if rng.random() < .7:
            args["rate"] = rng.choice((0, 0.001, 1, 2.5, 100))
        if rng.random() < .7:
            args["function"] = rng.choice(functions)
            if args["function"].startswith("pow%2"):
                args["rate"] = 1e-6  # not beyond what Python's pow gives
        if rng.random() < .5:
            args["scale"] = rng.choice((-3, 0.25, 10, 1e6))
        if rng.random() < .5:
            args["offset"] = rng.choice((-7, 0.5, 1000))
        for key in ("wrap", "atime"):
            if rng.random() < .3:
                args[key] = 1
        if args.get("wrap") and low + args.get("max", top) > top:
            del args["wrap"]  # snmpsim wraps beyond its max
        yield tag, ",".join(f"{k}={v}" for k, v in args.items())


def makes_the_numbers_that_numeric_makes(lab):
    """snmpsim's numeric at given times, without what it draws at random or remembers."""
    records = list(numeric_records())
    path = lab.write("numeric.snmprec", "".join(
        f"1.3.{n}|{tag}:numeric|{args}\n" for n, (tag, args) in enumerate(records)))
    for now in ("0", "0.5", "59", "3600.25", "1000000", "400000000"):
        theirs = oracle("vary", now, MODULES,
                        input="".join(f"{tag}\t{args}\n" for tag, args in records)).split()
        ours, said = dump("--at", now, path)
        check(not said and len(ours) == len(theirs) == len(records), f"{said[:3]}")
        for record, mine, right in zip(records, ours, theirs):
            number = int.from_bytes(bytes.fromhex(mine[2]), "big", signed=True)
            check(number == int(right), f"{record} at {now}: {number}, not {right}")


def tlv(tag, content):
    """One BER element."""
    n = len(content)
    head = bytes([n]) if n < 128 else b"\x82" + n.to_bytes(2, "big")
    return bytes([tag]) + head + content


def elements(octets):
    """[(tag, content)] of a constructed content."""
    found, at = [], 0
    while at < len(octets):
        tag, n, at = octets[at], octets[at + 1], at + 2
        if n > 127:
            n, at = int.from_bytes(octets[at:at + n - 128], "big"), at + n - 128
        found.append((tag, octets[at:at + n]))
        at += n
    return found


def oid_content(name):
    """BER content of a dotted name."""
    first, second, *rest = order(name)
    out = b""
    for arc in (first * 40 + second, *rest):
        part = bytes([arc & 127])
        while arc > 127:
            arc >>= 7
            part = bytes([128 | arc & 127]) + part
        out += part
    return out


def oid_text(content):
    """The other way."""
    arcs, arc = [], 0
    for octet in content:
        arc = arc << 7 | octet & 127
        if octet < 128:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


class Asker:
    """The least manager: v1 or v2c, one request at a time."""

    GET, GETNEXT, GETBULK = 0xa0, 0xa1, 0xa5

    def __init__(self, port, version=1):
        self.version = bytes([version])
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.connect(("127.0.0.1", port))
        self.id = 1000

    def ask(self, community, pdu, name, repetitions=0, timeout=20):
        """(error-status, [(name, tag, content)]); None: no answer."""
        self.id += 1
        vb = tlv(0x30, tlv(0x30, tlv(6, oid_content(name)) + tlv(5, b"")))
        body = tlv(2, self.id.to_bytes(4, "big")) + tlv(2, b"\0") + tlv(2, bytes([repetitions]))
        message = tlv(2, self.version) + tlv(4, community.encode()) + tlv(pdu, body + vb)
        self.sock.settimeout(timeout)
        self.sock.send(tlv(0x30, message))
        while True:
            try:
                answer = self.sock.recv(65536)
            except TimeoutError:
                return None
            body = elements(elements(elements(answer)[0][1])[2][1])
            if int.from_bytes(body[0][1], "big") == self.id:
                break
        found = [elements(content) for _, content in elements(body[3][1])]
        return body[1][1][-1], [(oid_text(n[1]), v[0], v[1].hex()) for n, v in found]

    def walk_v1(self, community):
        """All instances, one by one, as recording_dump has them."""
        found, name = [], "0.0"
        while True:
            answer = self.ask(community, self.GETNEXT, name)
            check(answer, f"{community}: no answer after {name}")
            if answer[0] == 2:
                return found
            (name, tag, content), = answer[1]
            found.append([name, str(tag), content])

    def walk(self, community):
        """All instances, as recording_dump has them."""
        found, name = [], "0.0"
        while True:
            answer = self.ask(community, self.GETBULK, name, 25)
            check(answer and answer[0] == 0, f"{community}: {answer} after {name}")
            for vb in answer[1]:
                if vb[1] == 0x82:
                    return found
                check(order(vb[0]) > order(name), f"{community}: {vb[0]} after {name}")
                found.append([vb[0], str(vb[1]), vb[2]])
                name = vb[0]


class Served(_lab_v3.Simulator):
    """snmpsim's daemon with these recordings: {community: path}."""

    def __init__(self, lab, files):
        self.files = files
        super().__init__(lab, [], "1.3.6.1.2.1.1.5.0|4|ready\n")

    def start(self):
        """As Simulator.start, with the files in place."""
        os.makedirs(f"{self.dir}/data", exist_ok=True)
        for community, path in self.files.items():
            shutil.copyfile(path, f"{self.dir}/data/{community}{os.path.splitext(path)[1]}")
            os.chmod(f"{self.dir}/data/{community}{os.path.splitext(path)[1]}", 0o644)
        return super().start()


def files_to_serve():
    """{community: path} of some recordings that snmpsim serves as they are: in order, nothing
    doubled, nothing bad."""
    paths = [p for p in recordings() if os.path.getsize(p) <= 25_000
             and p.startswith(f"{CORPORA}/librenms")]
    found = {}
    for path, theirs in read_theirs(paths).items():
        if (theirs.first and not theirs.bad and not theirs.varied and len(theirs.first) > 50
                and list(theirs.first) == sorted(theirs.first, key=order)):
            found[f"r{len(found)}"] = path
        if len(found) == 12:
            break
    return found


def equals_what_snmpsim_serves(lab):
    """Some recordings, walked over the network."""
    files = files_to_serve()
    check(len(files) >= 10, f"only {len(files)} recordings to serve")
    asker = Asker(Served(lab, files).port)
    total = 0
    for community, path in files.items():
        theirs = asker.walk(community)
        ours, said = dump(path)
        check(ours == theirs and not said,
              f"{path}: {[p for p in zip(ours, theirs) if p[0] != p[1]][:5]} {said[:3]}")
        total += len(ours)
        name = ours[-1][0]
        check(asker.ask(community, Asker.GET, f"{name}.1")[1][0][1] == 0x81,
              f"{path}: not noSuchInstance behind {name}")
    print(f"    {len(files)} recordings, {total} values")


def answers_as_variation_modules_do(lab):
    """The corpora's examples of delay, error and writecache, instance by instance."""
    recordings()
    files = {name: f"{CORPORA}/snmpsim-builtin/snmpsim/data/variation/{name}.snmprec"
             for name in ("delay", "error", "writecache")}
    if not all(os.path.exists(p) for p in files.values()):
        raise Skip("no examples of variation modules in the corpora")
    oracle("read")
    asker = Asker(Served(lab, files).port)
    for community, path in files.items():
        with open(path, encoding="utf-8") as f:
            names = [line.split("|")[0] for line in f if line[0] not in "#\n"]
        ours, said = dump("--at", str(time.time()), path)
        check(not said and [line[0] for line in ours] == names, f"{path}: {said}")
        for name, tag, content, *more in ours:
            more = more[0] if more else ""
            # snmpsim sleeps before it drops a request, or says nothing: its next answer is late
            answer = asker.ask(community, Asker.GET, name, timeout=3)
            if more == f"delay {2**64 - 1}":
                check(answer is None, f"{community} {name}: {answer}, expected none")
            elif more.startswith("status"):
                check(answer and f"status {answer[0]}" == more,
                      f"{community} {name}: {answer}, expected {more}")
            else:
                check(answer and answer == (0, [(name, int(tag), content)]),
                      f"{community} {name}: {answer}, expected {tag} {content} {more}")


def served_by_us(lab):
    """sonde simulate with all recordings that nothing varies, and {community: values}."""
    os.makedirs(lab.path("data"))
    held = {}
    for number, path in enumerate(recordings()):
        opener = {"z": gzip.open, "2": bz2.open}.get(path[-1], open)
        with opener(path, "rb") as f:
            varies = re.search(rb"(?m)^[.\d]+\|[^|]*:", f.read())
        ours = [] if varies else dump(path)[0]
        if ours:
            suffix = re.search(r"\.\w+(\.gz|\.bz2)?$", path).group()
            shutil.copyfile(path, lab.path(f"data/r{number}{suffix}"))
            held[f"r{number}"] = ours
    sim = lab.simulate("--community", _lab.SECRET, "--listen", "127.0.0.1:0", "--user", "open",
                       "--data", lab.path("data"))
    return sim, held


def our_simulator_serves_the_same(lab):
    """Every recording walked over the network in v2c, some in v1 and v3: what the recordings hold,
    hence by the first test what snmpsim gives."""
    sim, held = served_by_us(lab)
    check(len(held) >= FEWEST, f"only {len(held)} recordings")
    asker, old = Asker(sim.ports[0]), Asker(sim.ports[0], version=0)
    total = 0
    for community, ours in held.items():
        theirs = asker.walk(community)
        check(ours == theirs, f"{community}, {len(ours)} values, {len(theirs)} served: "
                              f"{[p for p in zip(ours, theirs) if p[0] != p[1]][:3]}")
        total += len(ours)
    print(f"    v2c: {len(held)} recordings, {total} values")
    some = [c for c, ours in held.items() if 50 < len(ours) < 1500][:30]
    check(len(some) >= 10, f"only {len(some)} small recordings")
    for community in some:
        # RFC 3584 section 4.2.2.1: v1 has no Counter64 and no exceptions
        ours = [v for v in held[community] if int(v[1]) != 70 and int(v[1]) < 128]
        check(ours == old.walk_v1(community), f"{community} differs in v1")
        walks = [sim.ask("snmpbulkwalk", sim.peer(), ".1", version=version,
                         credentials=credentials).stdout
                 for version, credentials in (
                     ("2c", ("-c", community)),
                     ("3", ("-u", "open", "-l", "noAuthNoPriv", "-n", community)))]
        count = sum(line.startswith(".") for line in walks[0].splitlines())
        check(count >= sum(v[0].startswith("1.") for v in held[community]),
              f"{community}: snmpbulkwalk has {count} of {len(held[community])}")
        check(walks[0] == walks[1], f"{community} differs in v3: {walks[1][:200]}")
    print(f"    v1 and v3: {len(some)} recordings")


if __name__ == "__main__":
    _lab.main(equals_what_snmpsim_reads, makes_the_numbers_that_numeric_makes,
              equals_what_snmpsim_serves, answers_as_variation_modules_do,
              our_simulator_serves_the_same)
