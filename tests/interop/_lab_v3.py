"""What the SNMPv3 interop tests share: users under every protocol, snmpd and snmpsim that know
them, and the probe, a command generator made of the program's own libraries
(tests/tools/v3_probe.c).

Passwords contain the word that must never appear in anything the program prints (_lab.SECRET)."""
import collections
import hashlib
import os
import pwd
import re
import subprocess

import _lab
import _netsnmp
from _lab import SECRET, Failure, check, peer, wait_until

# Our names of the protocols; how Net-SNMP and snmpsim spell them. None: does not have it.
AUTHS = {"MD5": ("MD5", "MD5"), "SHA": ("SHA", "SHA"), "SHA224": ("SHA-224", "SHA224"),
         "SHA256": ("SHA-256", "SHA256"), "SHA384": ("SHA-384", "SHA384"),
         "SHA512": ("SHA-512", "SHA512")}
PRIVS = {"none": ("none", "none"), "DES": ("DES", "DES"), "3DES": (None, "3DES"),
         "AES": ("AES", "AES"), "AES192": ("AES-192", "AES192BLMT"),
         "AES256": ("AES-256", "AES256BLMT"), "AES192C": ("AES-192-C", "AES192"),
         "AES256C": ("AES-256-C", "AES256")}
HASHES = {"MD5": "md5", "SHA": "sha1", "SHA224": "sha224", "SHA256": "sha256",
          "SHA384": "sha384", "SHA512": "sha512"}

# A user: name, protocols, and what the probe is told for keys.
User = collections.namedtuple("User", "name auth priv auth_key priv_key")


def user(auth, priv="none", name=None):
    """A user with passwords of its own, named after its protocols."""
    name = name or f"{auth}-{priv}"
    return User(name, auth, priv, f"{SECRET}-auth-{name}", f"{SECRET}-priv-{name}")


NOBODY = User("noAuthNoPriv", "none", "none", "-", "-")


def every_user(column):
    """NOBODY and a user for each pair of protocols that Net-SNMP (0) or snmpsim (1) has."""
    return [NOBODY] + [user(auth, priv) for auth in AUTHS for priv, names in PRIVS.items()
                       if names[column]]


def level(some):
    """The highest level at which a user can be spoken to, as the probe and snmpd call it."""
    return "none" if some.auth == "none" else "auth" if some.priv == "none" else "priv"


def master_key(auth, password):
    """Ku (RFC 3414 A.2), by other code than ours."""
    octets = (password.encode() * (1048576 // len(password) + 1))[:1048576]
    return hashlib.new(HASHES[auth], octets).digest()


def localized_key(auth, password, engine_id):
    """Kul (RFC 3414 §2.6)."""
    key = master_key(auth, password)
    return hashlib.new(HASHES[auth], key + engine_id + key).digest()


def snmpd_users(users):
    """Lines of snmpd.conf that make the users and let them read and write everything."""
    lines = []
    for some in users:
        text = f"createUser {some.name}"
        if some.auth != "none":
            text += f" {AUTHS[some.auth][0]} {some.auth_key}"
        if some.priv != "none":
            text += f" {PRIVS[some.priv][0]} {some.priv_key}"
        access = {"none": "noauth"}.get(level(some), level(some))
        lines += [text, f"rwuser {some.name} {access}"]
    return "\n".join(lines)


def addresses():
    """Where agents listen: both families where the host has them."""
    return ["127.0.0.1"] + (["::1"] if _lab.has_ipv6() else [])


class Simulator(_lab.Agent):
    """snmpsim, which is pysnmp's agent: other code than Net-SNMP, and it has 3DES. One recording is
    the community's and that of the context CONTEXT."""

    CONTEXT = "lab"

    def __init__(self, lab, users, recording):
        self.users = users
        self.recording = recording
        super().__init__(lab, addresses(), "", ())
        lab.agents.append(self)

    def arguments(self):
        """Its command line."""
        args = ["--v3-engine-id=800000000173696d", f"--data-dir={self.dir}/data",
                f"--cache-dir={self.dir}/cache", f"--logging-method=file:{self.dir}/log"]
        args += [f"--agent-udpv{6 if ':' in a else 4}-endpoint={peer(a, self.port)}"
                 for a in self.addresses]
        for some in self.users:
            args.append(f"--v3-user={some.name}")
            if some.auth != "none":
                args += [f"--v3-auth-proto={AUTHS[some.auth][1]}",
                         f"--v3-auth-key={some.auth_key}"]
            if some.priv != "none":
                args += [f"--v3-priv-proto={PRIVS[some.priv][1]}",
                         f"--v3-priv-key={some.priv_key}"]
        return args

    def start(self):
        """As Agent.start."""
        program = _lab.tool("snmpsimd")
        for name in ("data", "cache", "tmp"):
            os.makedirs(f"{self.dir}/{name}", exist_ok=True)
        for name in (SECRET, self.CONTEXT):
            with open(f"{self.dir}/data/{name}.snmprec", "w", encoding="utf-8") as f:
                f.write(self.recording)
        with open(f"{self.dir}/log", "w", encoding="utf-8"):
            pass  # not the lines of an earlier start
        if os.geteuid() == 0:
            self.hand_over()
        self.process = self.lab.popen(
            [program, *self.arguments()], before=self.become, stdin=subprocess.DEVNULL,
            env={"PATH": _lab.TOOLS_PATH, "HOME": self.dir, "TMPDIR": f"{self.dir}/tmp"},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self.process.poll() is not None or self.answers(), 30, "snmpsimd")
        return self.process.poll() is None

    def hand_over(self):
        """snmpsim refuses to run as root: its folder becomes somebody else's."""
        to = pwd.getpwnam("nobody")
        os.chmod(self.lab.dir, 0o711)
        for here, _, names in os.walk(self.dir):
            os.chown(here, to.pw_uid, to.pw_gid)
            for name in names:
                os.chown(os.path.join(here, name), to.pw_uid, to.pw_gid)

    def become(self):
        """In the child: somebody else, who again dies with this test."""
        if os.geteuid() == 0:
            to = pwd.getpwnam("nobody")
            os.setgroups([])
            os.setgid(to.pw_gid)
            os.setuid(to.pw_uid)
            _lab.die_with_parent()

    def answers(self):
        """As Agent.answers; it says in its log that it has its ports."""
        said = self.lab.read(f"{self.dir}/log").count("Listening at UDP")
        return said == len(self.addresses) and self.ask(
            "snmpget", "2c", self.addresses[0], "1.3.6.1.2.1.1.5.0",
            options=["-r0", "-t0.5"]).returncode == 0


# What a command of the probe came to: {OID: (type, value)}, the error's name or "", the
# error-status or "", and what it cost by name.
Outcome = collections.namedtuple("Outcome", "values error status cost")


def read_value(kind, text):
    """A value as _netsnmp.read_value gives it."""
    if kind == "OCTET STRING":
        return bytes.fromhex(text)
    return int(text) if re.fullmatch(r"-?\d+", text) else text


class Probe:
    """v3_probe under way. Users and devices are made when they are first used."""

    def __init__(self, lab):
        path = os.path.join(os.environ.get("SONDE_BUILD_DIR", f"{_lab.SOURCE}/build/release"),
                            "tests/tools/v3_probe")
        check(os.access(path, os.X_OK), f"{path} is not built")
        self.lab = lab
        self.name = lab.path("probe")
        self.timeout, self.users, self.devices = 0, {}, 0
        self.process = lab.popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                 stderr=lab.keep(open(f"{self.name}.err", "w", encoding="utf-8")))
        self.patience(2.0, 3)

    def patience(self, timeout, attempts):
        """Seconds for each attempt of a request, and attempts. No more under sanitizers: it is the
        agents that take their time."""
        self.timeout = timeout
        self.do(f"patience {timeout * 1000:.0f} {attempts}")

    def do(self, command):
        """Runs one command to its end."""
        values, error, status = {}, "", ""
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # its last words follow
        for line in self.process.stdout:
            words = line.rstrip("\n")
            if words.startswith("done "):
                cost = dict(pair.split("=") for pair in words.split()[1:])
                return Outcome(values, error, status, collections.defaultdict(
                    int, {k: float(v) if k == "ms" else int(v) for k, v in cost.items()}))
            if words.startswith("error: "):
                error = words.split(": ")[1]
            elif words.startswith("status: "):
                status = words.split(" ")[1]
            else:
                oid, rest = words.split(" = ", 1)
                kind, text = rest.split(": ", 1)
                check(oid not in values, f"{oid} came twice")
                values[oid] = kind, read_value(kind, text)
        raise Failure(f"the probe ended ({self.process.wait()}) at {command.split()[0]!r}: "
                      f"{self.lab.read(f'{self.name}.err')[-2000:]}")

    def device(self, agent, some, at=0, context="-", speak=None, engine_id=""):
        """A device the probe knows nothing of; some: the user, speak: the level."""
        key = (some, speak, engine_id)
        if key not in self.users:
            self.users[key] = f"u{len(self.users)}"
            self.do(f"user {self.users[key]} {some.name} {speak or level(some)} {some.auth} "
                    f"{some.auth_key} {some.priv} {some.priv_key} {engine_id}".rstrip())
        self.devices += 1
        self.do(f"device d{self.devices} {agent.target(agent.addresses[at])} {self.users[key]} "
                f"{context}")
        return f"d{self.devices}"

    def end(self):
        """Ends it; nothing may be left over."""
        self.process.stdin.close()
        check(self.process.wait(20 * _lab.FACTOR) == 0, f"the probe ended with "
              f"{self.process.returncode}: {self.lab.read(f'{self.name}.err')[-2000:]}")


def ask_tools(agent, program, *oids, at=0):
    """{OID: (type, value)} as Net-SNMP's tools see it in version 2c."""
    answer = agent.ask(program, "2c", agent.addresses[at], *oids)
    check(answer.returncode == 0, f"{program} {oids}: {answer.stderr}")
    return {oid: (kind, value) for oid, kind, value in _netsnmp.read(answer.stdout)}


MOVING = ("Counter32", "Counter64", "TimeTicks")


def differences(ours, theirs):
    """What the probe read otherwise than the tools did; counters and times may have moved."""
    found = [f"{oid} is missing" for oid in theirs.keys() - ours.keys()]
    found += [f"{oid} is too much" for oid in ours.keys() - theirs.keys()]
    for oid in ours.keys() & theirs.keys():
        (kind, value), (k, v) = ours[oid], theirs[oid]
        if kind != k or kind not in MOVING and value != v:
            found.append(f"{oid}: {kind} {value!r}, the tools say {k} {v!r}")
    return sorted(found)


def check_cost(what, outcome, extra=0, **counters):
    """One datagram each way for each PDU and `extra`; of the counters of things that go wrong only
    those named have moved, by so much."""
    cost = outcome.cost
    check(cost["sent"] == cost["pdus"] + extra, f"{what}: {cost['sent']} datagrams for "
          f"{cost['pdus']} PDUs: {dict(cost)}")
    moved = {k.removesuffix("_total"): v for k, v in cost.items() if k not in (
        "pdus", "sent", "received", "ms", "requests_total", "responses_total", "rx_bytes_total",
        "tx_bytes_total")}
    check(moved == counters, f"{what}: {moved}, not {counters}")
    check(cost["requests_total"] == cost["pdus"], f"{what}: {dict(cost)}")
