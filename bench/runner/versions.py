"""What a version costs: sonde walking the same tables of the same devices by v2c and by v3 with
several protocols. The devices are bench_devices, fast enough to keep the collector busy."""
import os
import subprocess

from . import collectors
from .collectors import SONDE, Sonde
from .scene import SOURCE, _lab

DEVICES = f"{os.path.dirname(SONDE)}/bench/bench_devices"
PASSWORD = "benchmark-password"
INTERFACES = 48
COLUMNS = 41  # of ifTable and ifXTable; the row's ifIndex is read with them
BASE = "v2c"
V3 = [  # case, user, security level, authentication, privacy
    ("v3 noAuthNoPriv", "none", "noAuthNoPriv", None, None),
    ("v3 SHA", "sha", "authNoPriv", "SHA", None),
    ("v3 SHA/AES", "sha_aes", "authPriv", "SHA", "AES"),
    ("v3 SHA256/AES256", "sha256_aes256", "authPriv", "SHA256", "AES256"),
    ("v3 SHA512/AES256", "sha512_aes256", "authPriv", "SHA512", "AES256"),
    ("v3 MD5/DES", "md5_des", "authPriv", "MD5", "DES"),
]


def addresses(n):
    """Of the first n devices."""
    return [f"127.1.{i >> 8}.{i & 255}" for i in range(n)]


def auth(user, level, auth_protocol, priv_protocol):
    """An entry under auths: for a user of bench_devices."""
    text = f"version: 3, username: {user}, security_level: {level}"
    if auth_protocol:
        text += f", auth_protocol: {auth_protocol}, password: {PASSWORD}"
    if priv_protocol:
        text += f", priv_protocol: {priv_protocol}, priv_password: {PASSWORD}"
    return f"{{{text}}}"


class Devices:
    """bench_devices on the agents' processor, in the scene's network; looks to the slices as a
    scene does."""

    def __init__(self, scene, n):
        self.lab, self.own_network = scene.lab, scene.own_network
        self.collector_cpu, self.agent_cpu = scene.collector_cpu, scene.agent_cpu
        self.port = _lab.free_port(["127.0.0.1"])
        self.varbinds = INTERFACES * COLUMNS
        # It ends with its standard input, so with us.
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            [DEVICES, str(self.port), str(n), str(INTERFACES)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        os.sched_setaffinity(self.process.pid, {self.agent_cpu})
        if self.process.stdout.readline() != "ready\n":
            raise collectors.Wrong("bench_devices does not start")

    def agent_cpu_seconds(self):
        """CPU the devices have used so far."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        """Ends them."""
        self.process.stdin.close()
        self.process.wait()


class Version(Sonde):
    """sonde poll by one version, round after round."""

    def __init__(self, devices, name, entry, targets, window):  # pylint: disable=super-init-not-called
        self.scene, self.name, self.addresses = devices, name, targets
        self.folder = devices.lab.path(name.replace(" ", "-").replace("/", "-"))
        os.mkdir(self.folder)
        names = ", ".join(f'"{a}:{devices.port}"' for a in targets)
        self.config = devices.lab.write(
            f"{self.folder}/sonde.yaml",
            f"poll: {{interval: 0s, timeout: 5s, retries: 3, window: {window}}}\n"
            f"auths: {{bench: {entry}}}\n"
            f"module_files: [{SOURCE}/config/modules/if_mib.yml]\n"
            f"targets:\n  - static: [{{targets: [{names}], labels: {{__param_module: if_mib}}}}]\n"
            "output:\n  - file: {path: /dev/null, format: influx, rounds: false}\n"
            "  - stdout: {format: json, rows: false}\n")

    def check_work(self):
        """One walk has every cell of every row."""
        first = f"{self.addresses[0]}:{self.scene.port}"
        _, found = self._poll("--once", "--target", first, "--output", "stdout",
                              "--format", "json")
        cells = [len(r["values"]) for r in found
                 if r.get("table") == "if_mib_ifIndex" and "values" in r]
        if len(cells) != INTERFACES:
            raise collectors.Wrong(f"{self.name}: {len(cells)} rows of {INTERFACES}")


def cases(devices, n):
    """v2c first, then version 3 with its protocols."""
    entries = [(BASE, "{version: 2, community: public}")]
    entries += [(name, auth(*rest)) for name, *rest in V3]
    return [Version(devices, name, entry, addresses(n), 4) for name, entry in entries]
