"""What the tests of the collector's pages share: devices that are well, slow, dead and that refuse
us, a collector with a web server that polls them, and a small HTTP client."""
import http.client
import json
import re

import _lab
from _lab import SECRET, check, wait_until

# The names and sites of the devices that are well.
WELL = [(f"{kind}-{n:02}.{site}.example.net", site) for site in ("ams", "fra") for kind, count in
        (("core-sw", 2), ("access-sw", 5), ("edge-rt", 1)) for n in range(1, count + 1)]
SLOW, DEAD, REFUSED = "wan-rt-01.sin.example.net", "ups-03.ams.example.net", "fw-01.fra.example.net"


class Collector:
    """sonde poll with a web server."""

    def __init__(self, run):
        self.run = run
        run.until_said("listening on")
        self.port = int(re.search(r"listening on .*port (\d+)", run.err).group(1))

    def ask(self, path, method="GET", headers=None):
        """(status, headers, text) of a request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30 * _lab.FACTOR)
        try:
            connection.request(method, path, headers=headers or {})
            reply = connection.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read().decode()
        finally:
            connection.close()

    def get(self, path, **options):
        """The text of a page that must be there."""
        status, _, text = self.ask(path, **options)
        check(status == 200, f"{path}: {status} {text}")
        return text

    def targets(self, query=""):
        """/targets as JSON."""
        return json.loads(self.get(f"/targets?format=json&{query}"))

    def states(self):
        """{instance: state}"""
        return {t["instance"]: t["state"] for t in self.targets("limit=1000")["targets"]}


def listen(lab, path):
    """Adds a web server to a configuration."""
    lab.write(path.rsplit("/", 1)[1], "listen: 127.0.0.1:0\n" + lab.read(path))


def group(address, instance, site, auth="lab"):
    """A target with a name of its own."""
    return (f'  - static: [{{targets: ["{address}"], labels: {{instance: {instance}, site: {site}, '
            f'__param_module: "if_mib", __param_auth: {auth}}}}}]\n')


def network(lab, poll="interval: 2s, timeout: 2s, retries: 0"):
    """Starts devices and writes sonde.yaml."""
    sim = lab.simulate("--community", SECRET, "-n", str(len(WELL)), "--listen", "127.1.0.1/16:0")
    late = lab.simulate("--community", SECRET, "--listen", "127.0.0.1:0",
                        "--fault", "delay=500ms")
    strict = lab.simulate("--user", f"ops:SHA256:{SECRET}-auth", "--listen", "127.0.0.1:0")
    silent = _lab.Silent(lab)
    targets = "".join(group(f"127.1.0.{n}:{sim.ports[0]}", name, site)
                      for n, (name, site) in enumerate(WELL, 1))
    targets += group(f"127.0.0.1:{late.ports[0]}", SLOW, "sin")
    targets += group(silent.target, DEAD, "ams")
    targets += group(f"127.0.0.1:{strict.ports[0]}", REFUSED, "fra", auth="wrong")
    path = lab.config(targets, poll=poll)
    text = lab.read(path).replace(
        "auths: {", "auths: {wrong: {version: 3, username: ops, security_level: authNoPriv, "
        f"auth_protocol: SHA256, password: {SECRET}-wrong}}, ")
    lab.write("sonde.yaml", text)
    listen(lab, path)
    return path


def started(lab, path):
    """A collector with this configuration."""
    return Collector(lab.start("-c", path))


def watched(lab):
    """A collector that has found out how every device fares."""
    collector = started(lab, network(lab))
    want = {name: "up" for name, _ in WELL}
    want |= {SLOW: "slow", DEAD: "down", REFUSED: "refused"}
    wait_until(lambda: collector.states() == want, 20, "the states of all devices")
    return collector
