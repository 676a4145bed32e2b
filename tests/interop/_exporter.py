"""What the tests of /snmp share: snmp_exporter and sonde beside each other over the same module files
and the same devices, their answers read and compared.

snmp_exporter is Debian's package, and a newer one that `bench/run --install-peers` has built or that
SONDE_SNMP_EXPORTER names (several: with a colon between them). The package is of before version 0.23:
it reads modules at the top of the file with a community in each, so it gets them that way, without
those that need what it does not have."""
import bisect
import bz2
import collections
import gzip
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import urllib.parse

import _lab
from _lab import SECRET, Failure, Skip, check, wait_until

CORPORA = os.environ.get("SONDE_CORPORA", "")
PEERS = os.environ.get("SONDE_PEERS_DIR") or f"{_lab.SOURCE}/build/peers"
MODULES = f"{_lab.SOURCE}/tests/data/exporter_modules.yml"
BUILT = f"{PEERS}/snmp_exporter/exporter"
AUTH_SPLIT = (0, 23)  # the version with auths: and modules:
AFTER_0_30_1 = (0, 30, 2)  # what will be the next version, and builds of its branch
UNRELEASED = (999,)  # a build without a version
# What a module uses, and the first version that reads it and does it right.
NEEDS = ((r"(?m)^    filters:", (0, 22)), (r"\b(scale|offset): ", (0, 25)),
         (r"\bdatetime_pattern:|ParseDateAndTime|NTPTimeStamp", (0, 27)),
         (r"\bdisplay_hint:", AFTER_0_30_1))


# Programs

Program = collections.namedtuple("Program", "name path version")


def _version(path):
    """Of an exporter: what Go wrote into it, else what it says."""
    with open(path, "rb") as f:
        found = re.search(rb"\tgithub\.com/prometheus/snmp_exporter\tv([\d.]+)", f.read())
    text = found and found[1].decode()
    if not text:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        found = re.search(r"version (\d[\d.]*)", said.stdout + said.stderr)
        text = found[1] if found else str(UNRELEASED[0])
    return tuple(int(n) for n in text.strip(".").split("."))


def programs():
    """All exporters there are, the newest first. Skips without any."""
    paths = [p for p in os.environ.get("SONDE_SNMP_EXPORTER", "").split(":") if p]
    paths += [BUILT, shutil.which("prometheus-snmp-exporter", path=_lab.TOOLS_PATH)]
    found = {}
    for path in filter(None, paths):
        if os.access(path, os.X_OK):
            version = _version(path)
            text = ".".join(map(str, version)) if version < UNRELEASED else "of its branch"
            found.setdefault(version, Program(f"snmp_exporter {text}", path, version))
    if not found:
        raise Skip("no snmp_exporter (scripts/deps, bench/run --install-peers)")
    return [found[version] for version in sorted(found, reverse=True)]


def default_modules():
    """snmp_exporter's own snmp.yml, the newest at hand; None: there is none. SONDE_SNMP_YML names it,
    else it came with the sources of the built one."""
    named = os.environ.get("SONDE_SNMP_YML")
    if named:
        return named
    folder = f"{PEERS}/snmp_exporter/modules/github.com/prometheus"
    if not os.path.isdir(folder):
        return None
    found = sorted(f"{folder}/{name}/snmp.yml" for name in os.listdir(folder)
                   if name.startswith("snmp_exporter@"))
    return found[-1] if found and os.path.exists(found[-1]) else None


# Module files

class Module:
    """One module: its text, what it asks for, and the oldest exporter that can do it."""

    def __init__(self, name, lines):
        self.name = name
        self.text = "".join(lines)
        self.oids = self._oids(lines)
        said = re.search(r"# needs (\d+(?:\.\d+)+)", self.text)
        needs = [version for pattern, version in NEEDS if re.search(pattern, self.text)]
        if said:
            needs.append(tuple(int(n) for n in said[1].split(".")))
        self.needs = max(needs, default=(0,))

    @staticmethod
    def _oids(lines):
        """Of walk and get."""
        found, inside = [], False
        for line in lines:
            key = re.match(r"    (\w+):", line)
            if key:
                inside = key[1] in ("walk", "get")
            if inside:
                found += re.findall(r"(?<![\w.])\d+(?:\.\d+)+", line.split("#")[0])
        return found

    def fits(self, recording):
        """Whether a device with this recording has anything of it."""
        return any(recording.has(oid) for oid in self.oids)


def read_modules(path):
    """{name: Module} of a file that is laid out as snmp.yml is: modules two columns in, their keys
    four. Anything that is laid out otherwise is found by the number of modules being 0."""
    found, name, inside = {}, None, False
    with open(path, encoding="utf-8") as f:
        for line in f:
            if re.match(r"\S", line) and not line.startswith("#"):
                inside, name = line.startswith("modules:"), None
            start = inside and re.match(r"  ([\w-]+):\s*$", line)
            if start:
                name = start[1]
                found[name] = []
            elif inside and name:
                found[name].append(line)
    check(found, f"{path}: no modules")
    return {name: Module(name, lines) for name, lines in found.items()}


def _write_modules(lab, name, modules, version):
    """A file with these modules as an exporter of this version reads them."""
    if version >= AUTH_SPLIT:
        text = "modules:\n" + "".join(f"  {m.name}:\n{m.text}" for m in modules)
    else:
        text = "".join(
            f"{m.name}:\n  version: 2\n  auth: {{community: {SECRET}}}\n"
            + re.sub(r"(?m)^  ", "", m.text) for m in modules)
    return lab.write(name, text)


# Who asks, and the same user as sonde simulate's command line has it.
AUTHS = (f"auths:\n  v1: {{version: 1, community: {SECRET}}}\n"
         f"  v2: {{version: 2, community: {SECRET}}}\n"
         f"  v3: {{version: 3, username: lab, security_level: authPriv, auth_protocol: SHA, "
         f"password: {SECRET}-auth, priv_protocol: AES, priv_password: {SECRET}-priv}}\n")
USER = f"lab:SHA:{SECRET}-auth:AES:{SECRET}-priv"


# Servers

class Server:
    """Who answers /snmp."""
    name = ""
    address = None

    def get(self, path, headers=None, method="GET", timeout=60):
        """(status, body as text, content type) of a request."""
        connection = http.client.HTTPConnection(*self.address, timeout=timeout * _lab.FACTOR)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return (answer.status, answer.read().decode("utf-8", "surrogateescape"),
                    answer.getheader("Content-Type", ""))
        finally:
            connection.close()

    def scrape(self, target, module, auth="v2", **more):
        """/snmp of a device; more: further parameters."""
        query = urllib.parse.urlencode({"target": target, "module": module, "auth": auth, **more})
        return self.get(f"/snmp?{query}")


class Exporter(Server):
    """snmp_exporter with the modules of a file that it can do."""

    def __init__(self, lab, program, path, modules, before=None):
        """before: see Lab.popen."""
        self.lab, self.program, self.name, self.before = lab, program, program.name, before
        self.modules = {m.name: m for m in modules.values() if m.needs <= program.version}
        mark = f"exporter-{len(lab.processes)}"
        self.log = lab.path(f"{mark}.log")
        most = max(m.needs for m in read_modules(path).values())
        if program.version >= max(most, AUTH_SPLIT):
            files = [path]  # as it is
        else:
            files = [_write_modules(lab, f"{mark}.yml", self.modules.values(), program.version)]
        if program.version >= AUTH_SPLIT:
            files.append(lab.write(f"{mark}-auths.yml", AUTHS))
        self.args = [f"--config.file={f}" for f in files]
        self.lock, self.deaths, self.panic, self.process = threading.Lock(), [], "", None
        self._start()

    def _start(self):
        with open(self.log, "wb") as log:
            self.process = self.lab.popen(
                [self.program.path, *self.args, "--web.listen-address=127.0.0.1:0"],
                before=self.before, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def listens():
            said = _lab.Lab.read(self.log)
            check(self.process.poll() is None, f"{self.name} ended: {said[-600:]}")
            return re.search(r"Listening on.*?address=\"?([\d.]+):(\d+)", said)
        found = wait_until(listens, 20, f"{self.name} to listen")
        self.address = found[1], int(found[2])

    def scrape(self, target, module, auth="v2", **more):
        """As Server.scrape. If it dies, it is started again and asked again; a scrape that it dies
        of three times has the status 0."""
        for _ in range(3):
            address, why = self.address, None
            try:
                return super().scrape(target, module, auth, **more)
            except (ConnectionError, http.client.HTTPException) as e:
                why = str(e) or type(e).__name__
            with self.lock:
                if self.address == address:
                    self._revive(why)
        self.deaths.append((module, target, self.panic))
        return 0, self.panic, ""

    def _revive(self, why):
        """Starts it again. It must have ended by itself."""
        wait_until(lambda: self.process.poll() is not None, 10, f"the end of {self.name}: {why}")
        panic = re.search(r"(?m)^panic: (.*)", _lab.Lab.read(self.log))
        check(panic, f"{self.name} ended without a panic: {why}")
        self.panic = panic[1]
        self._start()


def free_tcp_port():
    """One that is free at this moment."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Sonde(Server):
    """sonde poll with the same file, nothing to poll by itself."""
    name = "sonde"

    def __init__(self, lab, path, *args, before=None):
        """args: of sonde poll."""
        self.address = "127.0.0.1", free_tcp_port()
        mark = f"sonde-{len(lab.runs)}"
        lab.write(f"{mark}-auths.yml", AUTHS)
        config = lab.write(f"{mark}.yaml", (
            f"module_files: [{json.dumps(path)}, {mark}-auths.yml]\n"
            f"targets:\n  - file_sd: {{files: [{lab.write('nobody.json', '[]')}]}}\n"
            f"listen: 127.0.0.1:{self.address[1]}\n"))
        self.run = lab.start("-c", config, *args, before=before)
        self.process = self.run.process
        wait_until(self._listens, 20, "sonde to listen")

    def _listens(self):
        check(self.run.process.poll() is None, f"sonde ended: {self.run.err[-600:]}")
        try:
            socket.create_connection(self.address, 1).close()
            return True
        except OSError:
            return False


# Expositions

class Bad(Failure):
    """An exposition that no Prometheus would take as it is."""


Family = collections.namedtuple("Family", "kind help samples")  # samples: {labels: value}

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$", re.S)
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)')
_UNESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}
_PARTS = ("_bucket", "_sum", "_count")


def _unescape(text):
    return re.sub(r'\\[\\"n]', lambda m: _UNESCAPED[m[0]], text) if "\\" in text else text


def _labels(text, line):
    """frozenset of (name, value). A label without a value is none: that is Prometheus' data model."""
    found, at = [], 0
    while text and at < len(text):
        m = _LABEL.match(text, at)
        if not m:
            raise Bad(f"labels of {line!r}")
        found.append((m[1], _unescape(m[2])))
        at = m.end()
    if len({name for name, _ in found}) != len(found):
        raise Bad(f"a label twice: {line!r}")
    return frozenset(pair for pair in found if pair[1])


def parse(text):
    """{name: Family} of an exposition in Prometheus' text format, read strictly."""
    families, current, parts = {}, None, ()
    if text and not text.endswith("\n"):
        raise Bad(f"the last line is cut: {text[-80:]!r}")
    if re.search("[\udc80-\udcff]", text):
        raise Bad("it is not UTF-8")
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP ") or line.startswith("# TYPE "):
            word, name, rest = (*line[2:].split(" ", 2), "")[:3]
            if not _NAME.fullmatch(name):
                raise Bad(f"name of {line!r}")
            if name != current:
                if name in families:
                    raise Bad(f"{name} comes in two places")
                current, parts = name, ()
                families[name] = Family(None, None, {})
            old = families[name]
            if old.samples or (old.help if word == "HELP" else old.kind) is not None:
                raise Bad(f"late or double: {line!r}")
            families[name] = old._replace(**{
                "help" if word == "HELP" else "kind": _unescape(rest) if word == "HELP" else rest})
            if word == "TYPE":
                parts = tuple(name + p for p in _PARTS) if rest in ("histogram", "summary") else ()
        elif line and not line.startswith("#"):
            m = _SAMPLE.match(line)
            if not m:
                raise Bad(f"no sample: {line!r}")
            if m[1] != current and m[1] not in parts:
                if m[1] in families:
                    raise Bad(f"{m[1]} comes in two places")
                current, parts = m[1], ()
                families[current] = Family(None, None, {})
            labels = _labels(m[2], line)
            if m[1] != current:
                labels |= {("__name__", m[1])}
            if labels in families[current].samples:
                raise Bad(f"a series twice: {line!r}")
            families[current].samples[labels] = float(m[3])
    return families


# Differences

# theirs, ours: a label's value where nothing else differs; theirs: the values of what is missing.
Difference = collections.namedtuple("Difference", "kind metric text theirs ours",
                                    defaults=(None, None))


def _show(name, labels):
    return f"{name}{{{', '.join(f'{k}={v!r}' for k, v in sorted(labels))}}}"


def _partner(labels, others, extra):
    """Of a series that only one side has: the other side's that differs by one label, and which;
    of several the one whose label is most alike."""
    best, which, alike = None, None, -1
    for label in labels:
        for other, name in others.get(labels - {label}, ()):
            if name in (None, label[0]) and other in extra:
                same = len(os.path.commonprefix([label[1], dict(other).get(label[0], "")]))
                if same > alike:
                    best, which, alike = other, label[0], same
    return best, which


def _series(name, theirs, ours):
    """Differences between two families' series."""
    missing, extra = theirs.keys() - ours.keys(), ours.keys() - theirs.keys()
    others = collections.defaultdict(list)
    for labels in list(extra)[:2000]:
        others[labels].append((labels, None))
        for label in labels:
            others[labels - {label}].append((labels, label[0]))
    for labels in sorted(missing, key=sorted):
        other, label = _partner(labels, others, extra)
        if other is not None:
            extra.discard(other)
            values = dict(labels)[label], dict(other).get(label)
            yield Difference(f"label {label}", name,
                             f"{_show(name, labels)}, ours {values[1]!r}", *values)
        else:
            yield Difference("missing", name, f"{_show(name, labels)} {theirs[labels]:.17g}",
                             (theirs[labels],))
    for labels in sorted(extra, key=sorted):
        yield Difference("extra", name, f"{_show(name, labels)} {ours[labels]:.17g}")
    for labels in theirs.keys() & ours.keys():
        # no number is equal to itself: the same text of both is
        if theirs[labels] != ours[labels] and repr(theirs[labels]) != repr(ours[labels]):
            yield Difference("value", name, f"{_show(name, labels)}: {theirs[labels]:.17g}, "
                                            f"ours {ours[labels]:.17g}")


def differences(theirs, ours):
    """All that ours says otherwise than theirs, both as parse() returns them."""
    for name in sorted(theirs.keys() | ours.keys()):
        one, other = theirs.get(name), ours.get(name)
        if not other:
            yield Difference("family missing", name, f"{len(one.samples)} series",
                             tuple(set(one.samples.values())))
        elif not one:
            yield Difference("family extra", name, f"{len(other.samples)} series")
        else:
            if one.kind != other.kind:
                yield Difference("type", name, f"{one.kind}, ours {other.kind}")
            if (one.help or "") != (other.help or ""):
                yield Difference("help", name, f"{one.help!r}, ours {other.help!r}")
            yield from _series(name, one.samples, other.samples)


# Devices

class Recording:
    """The names in a recording."""

    def __init__(self, path):
        opener = {".gz": gzip.open, ".bz2": bz2.open}.get(os.path.splitext(path)[1], open)
        with opener(path, "rb") as f:
            content = f.read()
        self.path, self.size = path, os.path.getsize(path)
        # sorted as text: all names below one are neighbours
        self.names = sorted(line.split(b"|", 1)[0].strip(b". ").decode("ascii", "replace")
                            for line in content.split(b"\n") if line[:1] not in b"#")
        self.varies = bool(re.search(rb"(?m)^[.\d]+\|[^|]*:", content))

    def has(self, oid):
        """Whether an object is at or below oid."""
        at = bisect.bisect_left(self.names, oid)
        if at < len(self.names) and self.names[at] == oid:
            return True
        at = bisect.bisect_left(self.names, f"{oid}.")
        return at < len(self.names) and self.names[at].startswith(f"{oid}.")


def recordings():
    """Those of the corpora in which nothing moves. Skips without corpora."""
    found = []
    for folder in ("librenms", "snmpsim-builtin/snmpsim/data/recorded",
                   "snmpsim-builtin/snmpsim/data/mib2dev"):
        path = f"{CORPORA}/{folder}"
        for name in sorted(os.listdir(path)) if os.path.isdir(path) else ():
            if name.endswith(".snmprec"):
                found.append(Recording(f"{path}/{name}"))
    if not CORPORA or not found:
        raise Skip("no recordings (SONDE_CORPORA)")
    return [r for r in found if not r.varies]


def simulate(lab, found):
    """{target: Recording}: a simulated device for each. Recordings stand still: nothing but a
    variation module moves in them."""
    os.makedirs(lab.path("data"))
    by_name = {}
    for number, recording in enumerate(found):
        name = f"{number:03}-{re.sub(r'[^.a-z0-9_-]+', '-', os.path.basename(recording.path))}"
        shutil.copyfile(recording.path, lab.path(f"data/{name}"))
        by_name[name[:3]] = recording
    lab.simulate("--data", lab.path("data"), "--devices", str(len(found)), "--listen",
                 "127.1.0.1/16:0", "--community", SECRET, "--user", USER,
                 "--targets", lab.path("targets.json"))
    with open(lab.path("targets.json"), encoding="utf-8") as f:
        groups = json.load(f)
    targets = {group["targets"][0]: by_name[os.path.basename(group["labels"]["recording"])[:3]]
               for group in groups}
    check(len(targets) == len(found), f"{len(targets)} devices of {len(found)} recordings")
    return targets
