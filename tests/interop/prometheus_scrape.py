#!/usr/bin/env python3
"""The real Prometheus with the usual relabelling for snmp_exporter (address to parameter, parameter to
instance) scrapes snmp_exporter, then sonde, where nothing but the port is another. What it stores is
the same: series, types and helps; what sonde has beside are its own words on whether a scrape and each
table of it is whole. sonde it asks through a relay that sees what goes by: replies packed with gzip,
as Prometheus wishes, and then not packed, since the relay keeps that wish to itself. Devices are made
up, so their counters move; names do not."""
# ctest: timeout=180
import http.client
import http.server
import json
import subprocess
import threading
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


class Relay(http.server.ThreadingHTTPServer):
    """Between Prometheus and a server: hands on what each says, and remembers how replies were packed.
    plain: the server is not told that Prometheus takes gzip."""

    def __init__(self, server, plain):
        self.to, self.plain, self.codings = server.address, plain, []
        super().__init__(("127.0.0.1", 0), Relayed)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self):
        """Ends it."""
        self.shutdown()
        self.server_close()


class Relayed(http.server.BaseHTTPRequestHandler):
    """One connection through a relay."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # pylint: disable=invalid-name
        """Octets are handed on as they came."""
        connection = http.client.HTTPConnection(*self.server.to, timeout=20)
        try:
            connection.putrequest("GET", self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if not (self.server.plain and name.lower() == "accept-encoding"):
                    connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        self.server.codings.append(answer.getheader("Content-Encoding"))
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name not in ("Connection", "Date"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        """Says nothing."""


def show(series):
    """Some of a set of series."""
    return sorted(str(sorted(labels)) for labels in series)[:5]


def without(series, prefix):
    """But for those whose names begin so."""
    return {s for s in series if not dict(s)["__name__"].startswith(prefix)}


def stored(lab, name, port):
    """What a Prometheus stores of all devices: series, and types and helps."""
    prometheus = Prometheus(lab, name, port)
    prometheus.until_scraped()
    found = prometheus.series(), prometheus.metadata()
    prometheus.end()
    return found


def relayed(lab, server, plain):
    """The same through a relay."""
    relay = Relay(server, plain)
    found = stored(lab, f"relayed-{plain}", relay.server_port)
    relay.end()
    codings = {None if plain else "gzip"}
    check(set(relay.codings) == codings, f"packed by {set(relay.codings)}, not {codings}")
    return found


def stores_the_same_series_of_sonde(lab):
    """Only the port changes."""
    _lab.tool("prometheus")
    program = _exporter.programs()[0]
    lab.simulate("--devices", str(DEVICES), "--listen", "127.1.0.1/16:0", "--community", SECRET,
                 "--targets", lab.path("targets.json"))
    exporter = _exporter.Exporter(lab, program, _exporter.MODULES,
                                  _exporter.read_modules(_exporter.MODULES))
    sonde = _exporter.Sonde(lab, _exporter.MODULES)
    theirs, kinds = stored(lab, "exporter", exporter.address[1])
    ours, our_kinds = relayed(lab, sonde, plain=False)
    check(relayed(lab, sonde, plain=True) == (ours, our_kinds), "other series without gzip")
    ours = without(ours, WHOLE)
    if program.version < _exporter.AUTH_SPLIT:
        # it labels them otherwise
        theirs, ours = without(theirs, OWN), without(ours, OWN)
    check(len(theirs) > DEVICES * 48 * 20, f"only {len(theirs)} series")
    check(theirs == ours, f"{len(theirs - ours)} series are missing: {show(theirs - ours)}; "
                          f"{len(ours - theirs)} are new: {show(ours - theirs)}")
    # helps of their own samples are each program's own
    wrong = {m: (kinds.get(m), our_kinds.get(m)) for m in kinds.keys() | our_kinds.keys()
             if not m.startswith((OWN, WHOLE)) and kinds.get(m) != our_kinds.get(m)}
    check(not wrong, f"types and helps: {wrong}")
    check(kinds["ifHCInOctets"][0] == "counter", f"{kinds['ifHCInOctets']}")
    print(f"    {program.name}: {len(theirs)} series of {DEVICES} devices")


if __name__ == "__main__":
    _lab.main(stores_the_same_series_of_sonde)
