#!/usr/bin/env python3
"""The real Prometheus with the usual relabelling for snmp_exporter (address to parameter, parameter to
instance) scrapes snmp_exporter, then sonde, where nothing but the port is another. What it stores is
the same: series, types and helps; what sonde has beside are its own words on whether a scrape and each
table of it is whole. Devices are made up, so their counters move; names do not."""
# ctest: timeout=180
import http.client
import json
import subprocess
import urllib.parse

import _exporter
import _lab
from _lab import SECRET, check, wait_until

DEVICES = 5
MODULE = "interfaces"
OWN, WHOLE = "snmp_scrape_", "sonde_scrape_"
CONFIG = """\
global: {{scrape_interval: 2s, scrape_timeout: 2s}}
scrape_configs:
  - job_name: snmp
    file_sd_configs:
      - files: ['{targets}']
    metrics_path: /snmp
    params:
      auth: [v2]
      module: [{module}]
    relabel_configs:
      - source_labels: [__address__]
        target_label: __param_target
      - source_labels: [__param_target]
        target_label: instance
      - target_label: __address__
        replacement: 127.0.0.1:{port}
"""


class Prometheus:
    """A Prometheus of its own that scrapes through a port."""

    def __init__(self, lab, name, port):
        self.lab, self.name = lab, name
        self.port = _exporter.free_tcp_port()
        config = lab.write(f"{name}.yml", CONFIG.format(
            targets=lab.path("targets.json"), module=MODULE, port=port))
        with open(lab.path(f"{name}.log"), "wb") as log:
            self.process = lab.popen(
                [_lab.tool("prometheus"), f"--config.file={config}",
                 f"--storage.tsdb.path={lab.path(f'{name}-data')}",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"],
                cwd=lab.dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def ask(self, path, **parameters):
        """The data of an answer of its API; None: it does not answer yet."""
        check(self.process.poll() is None,
              f"{self.name} ended: {self.lab.read(self.lab.path(f'{self.name}.log'))[-600:]}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
            answer = connection.getresponse()
            text = answer.read()
            return json.loads(text)["data"] if answer.status == 200 else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def until_scraped(self):
        """Waits until each device was scraped; what went wrong with one is in the failure."""
        def up():
            found = self.ask("query", query='up{job="snmp"} == 1')
            return found and len(found["result"]) == DEVICES
        try:
            wait_until(up, 40, f"{self.name}'s first scrapes")
        except _lab.Failure as e:
            targets = self.ask("targets") or {}
            raise _lab.Failure(f"{e}: " + str([
                (t["scrapeUrl"], t["health"], t["lastError"])
                for t in targets.get("activeTargets", [])])[:900]) from None

    def series(self):
        """The labels of all series, its own judgement of a scrape (up, ...) among them."""
        return {frozenset(labels.items())
                for labels in self.ask("series", **{"match[]": '{job="snmp"}'})}

    def metadata(self):
        """{metric: (type, help)}."""
        return {m["metric"]: (m["type"], m["help"]) for m in self.ask(
            "targets/metadata", match_target='{job="snmp"}')}

    def end(self):
        """Ends it."""
        self.process.terminate()
        self.process.wait()


def show(series):
    """Some of a set of series."""
    return sorted(str(sorted(labels)) for labels in series)[:5]


def without(series, prefix):
    """But for those whose names begin so."""
    return {s for s in series if not dict(s)["__name__"].startswith(prefix)}


def is_same(theirs, ours):
    """Types and helps; Prometheus prefers OpenMetrics, which the exporter does not speak, and there
    only a name that ends in _total may be a counter: others are of no known type."""
    return theirs and ours and theirs[1] == ours[1] and ours[0] in (
        theirs[0], "unknown" if theirs[0] == "counter" else theirs[0])


def stores_the_same_series_of_sonde(lab):
    """Only the port changes."""
    _lab.tool("prometheus")
    program = _exporter.programs()[0]
    lab.simulate("--devices", str(DEVICES), "--listen", "127.1.0.1/16:0", "--community", SECRET,
                 "--targets", lab.path("targets.json"))
    exporter = _exporter.Exporter(lab, program, _exporter.MODULES,
                                  _exporter.read_modules(_exporter.MODULES))
    sonde = _exporter.Sonde(lab, _exporter.MODULES)
    seen = []
    for server in (exporter, sonde):
        prometheus = Prometheus(lab, server.name.replace(" ", "-"), server.address[1])
        prometheus.until_scraped()
        seen.append((prometheus.series(), prometheus.metadata()))
        prometheus.end()
    (theirs, kinds), (ours, our_kinds) = seen
    ours = without(ours, WHOLE)
    if program.version < _exporter.AUTH_SPLIT:
        # it labels them otherwise
        theirs, ours = without(theirs, OWN), without(ours, OWN)
    check(len(theirs) > DEVICES * 48 * 20, f"only {len(theirs)} series")
    check(theirs == ours, f"{len(theirs - ours)} series are missing: {show(theirs - ours)}; "
                          f"{len(ours - theirs)} are new: {show(ours - theirs)}")
    # helps of their own samples are each program's own
    wrong = {m: (kinds.get(m), our_kinds.get(m)) for m in kinds.keys() | our_kinds.keys()
             if not m.startswith((OWN, WHOLE)) and not is_same(kinds.get(m), our_kinds.get(m))}
    check(not wrong, f"types and helps: {wrong}")
    print(f"    {program.name}: {len(theirs)} series of {DEVICES} devices")


if __name__ == "__main__":
    _lab.main(stores_the_same_series_of_sonde)
