"""What a version costs: sonde walking the same tables of the same devices by v2c and by v3 with
several protocols. The devices are sonde simulate's, fast enough to keep the collector busy."""
import os

from . import collectors, slices
from .collectors import Sonde
from .scene import SOURCE, pin, _lab

PASSWORD = "benchmark-password"
FIRST = "127.1.0.1"
FRAME = 1472  # octets of an answer: one Ethernet frame, as most agents have it
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
    return [f"127.1.{i >> 8}.{i & 255}" for i in range(1, n + 1)]


def auth(user, level, auth_protocol, priv_protocol):
    """An entry under auths: for a user of the devices."""
    text = f"version: 3, username: {user}, security_level: {level}"
    if auth_protocol:
        text += f", auth_protocol: {auth_protocol}, password: {PASSWORD}"
    if priv_protocol:
        text += f", priv_protocol: {priv_protocol}, priv_password: {PASSWORD}"
    return f"{{{text}}}"


def account(user, auth_protocol, priv_protocol):
    """The same user as the devices' command line has it."""
    keys = [f"{protocol}:{PASSWORD}" for protocol in (auth_protocol, priv_protocol) if protocol]
    return ":".join([user, *keys])


class Devices:
    """Simulated devices on the agents' processor, in the scene's network; looks to the slices as a
    scene does."""

    def __init__(self, scene, n):
        self.lab, self.own_network = scene.lab, scene.own_network
        self.collector_cpu, self.agent_cpu = scene.collector_cpu, scene.agent_cpu
        self.varbinds = INTERFACES * COLUMNS
        users = [word for _, user, _, *protocols in V3
                 for word in ("--user", account(user, *protocols))]
        self.simulation = scene.lab.simulate(
            "--devices", str(n), "--listen", f"{FIRST}/16:0", "--threads", "1", "--interfaces",
            str(INTERFACES), "--max-message", str(FRAME), "--community", _lab.SECRET, *users)
        self.port = self.simulation.ports[0]
        self.pid = self.simulation.process.pid
        pin(self.pid, self.agent_cpu)

    def agent_cpu_seconds(self):
        """CPU the devices have used so far."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        """Ends them."""
        self.simulation.end()


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
    entries = [(BASE, f"{{version: 2, community: {_lab.SECRET}}}")]
    entries += [(name, auth(*rest)) for name, *rest in V3]
    return [Version(devices, name, entry, addresses(n), 4) for name, entry in entries]


def compare(scene, opt):
    """sonde by v2c and by version 3, the same work."""
    devices = Devices(scene, 100)
    try:
        found = cases(devices, 10 if opt.quick else 100)
        for case in found:
            case.check_work()
        figures, taken = slices.run(devices, found, found[0], opt)
        return {"slices": taken, "cases": figures}
    finally:
        devices.close()


def print_table(result, opt):
    """For people."""
    taken = result["slices"]
    print(f"\nThe same walks of {INTERFACES} interfaces by version and protocols; medians "
          f"of {taken['slices']} slices of {opt.seconds:g} s\n(of {taken['taken']} rounds "
          f"{taken['quiet']} were quiet).\n")
    head = ("sonde by", "us/request", "us/varbind", "ratio", "p5", "p95", "req/walk", "varbinds/s")
    print("{:<20} {:>10} {:>10} {:>7} {:>6} {:>6} {:>8} {:>10}".format(*head))
    for name, case in result["cases"].items():
        def median(key, case=case):
            return case[key]["median"]
        print(f"{name:<20} {median('us_per_request'):>10.2f} {median('us_per_varbind'):>10.3f} "
              f"{median('ratio'):>7.2f} {case['ratio']['p5']:>6.2f} {case['ratio']['p95']:>6.2f} "
              f"{median('requests_per_walk'):>8.1f} {median('varbinds_per_second'):>10.0f}")
    slices.warn(taken, opt)
