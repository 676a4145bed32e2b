"""snmp_exporter as a peer: the exporter itself, scraped by a client of ours."""
import os

from .peers_base import CLIENTS, SOURCE, Peer, built, need, step
from .peers_native import build_go, go_environment, go_version
from .peers_tools import GETS

PACKAGE = "github.com/prometheus/snmp_exporter"
SCRAPES = 50  # at once, at most: what was begun is ended
GET_METRICS = """\
  get10:
    get: [{names}]
    metrics:
      - {{name: sysUpTime, oid: 1.3.6.1.2.1.1.3, type: gauge, help: h}}
      - name: ifHCInOctets
        oid: 1.3.6.1.2.1.31.1.1.1.6
        type: counter
        help: h
        indexes: &index [{{labelname: ifIndex, type: gauge}}]
      - {{name: ifHCOutOctets, oid: 1.3.6.1.2.1.31.1.1.1.10, type: counter, help: h, indexes: *index}}
      - {{name: ifInErrors, oid: 1.3.6.1.2.1.2.2.1.14, type: counter, help: h, indexes: *index}}
"""


def _text(word):
    """A string of YAML."""
    return "'" + word.replace("'", "''") + "'"


class SnmpExporter(Peer):
    """Prometheus' snmp_exporter on one processor: it walks, and makes the metrics that sonde's
    module describes, as text. It opens a session for each scrape. A scrape of 20,000 interfaces is
    one answer of 100 MB and takes far longer than any slice: left out."""
    name = "snmp_exporter"
    kinds = ("get10", "walk")

    def available(self):
        ready, why = built(f"{self.folder}/client", "snmp_exporter/main.go")
        return (ready, why) if not ready else built(f"{self.folder}/exporter",
                                                    "snmp_exporter/go.mod")

    def install(self, network):
        build_go(self.folder, "snmp_exporter", network)
        step([need("go"), "build", "-o", f"{self.folder}/exporter", PACKAGE],
             cwd=f"{CLIENTS}/snmp_exporter", env=go_environment(self.folder, network))

    def _configuration(self, workload):
        """Writes its configuration: sonde's own module for interfaces, or ten GETs."""
        how = (f"    max_repetitions: {self.repetitions}\n    timeout: {workload.timeout:g}s\n"
               f"    retries: {workload.retries}\n")
        if workload.kind == "get10":
            names = ", ".join(name[1:] for name in GETS)
            text = "modules:\n" + GET_METRICS.format(names=names).replace("  get10:\n",
                                                                          f"  get10:\n{how}")
        else:
            with open(f"{SOURCE}/config/modules/if_mib.yml", encoding="utf-8") as f:
                text = f.read().replace("\n  if_mib:\n", f"\n  if_mib:\n{how}")
        if workload.version == "2c":
            text += f"auths:\n  bench: {{version: 2, community: {_text(workload.community)}}}\n"
        else:
            text += ("auths:\n  bench: {version: 3, security_level: authPriv, "
                     f"username: {_text(workload.user)}, auth_protocol: SHA, "
                     f"password: {_text(workload.auth_password)}, priv_protocol: AES, "
                     f"priv_password: {_text(workload.priv_password)}}}\n")
        path = f"{self.folder}/{workload.kind}-{workload.version}.yml"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
                  encoding="utf-8") as f:
            f.write(text)
        return path

    def command(self, workload):
        gets = workload.kind == "get10"
        # A scrape of the module for interfaces reads ifNumber as well.
        return ([f"{self.folder}/client", "--exporter", f"{self.folder}/exporter",
                 "--module", "get10" if gets else "if_mib", "--auth", "bench",
                 "--seconds", f"{workload.seconds:g}",
                 "--window", str(min(workload.window, SCRAPES)),
                 "--expected", str(workload.expected + (0 if gets else 1)), *workload.targets,
                 "--", f"--config.file={self._configuration(workload)}"],
                self.environment(workload, GOMAXPROCS="1"))

    def describe(self):
        return go_version("snmp_exporter", PACKAGE)
