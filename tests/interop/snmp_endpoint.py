#!/usr/bin/env python3
"""/snmp by itself: a collector without targets polls whom it is asked for, tells what is wrong with
a question and with a device, gives up in time, knows a device again, and is reached only by those
whom the web configuration lets in; that configuration is taken up by a reload. Whether the series are
right is exporter_same_series.py's business."""
# ctest: timeout=120
import base64
import concurrent.futures
import re
import signal
import time

import _lab
import _pages
from _lab import SECRET, check, wait_until

MODULES = f"{_lab.SOURCE}/config/modules"
BASE = ("auths: {public_v2: {community: %s}}\n"
        f"module_files: [{MODULES}/if_mib.yml, {MODULES}/system.yml]\n"
        "listen: 127.0.0.1:0\n" % SECRET)
# bcrypt of SECRET, and of SECRET and a 2
HASHES = ("$2b$04$pwi2ztDa8wRaM.DjxUqzGuhn3vKtM0Jnh8OjKD.nB3FkL.B.N2k6G",
          "$2b$04$FWmqZahlKMjENHR7.zIBDemN5IVvoBI79xq.ELGNeHoNUJfOpUyg.")
USERS = "basic_auth_users: {ops: '%s'}\n"


def started(lab, text=BASE):
    """A collector that has only a web server."""
    path = lab.write("sonde.yaml", text)
    return _pages.Collector(lab.start("-c", path))


def value(text, name):
    """The value of the only series of a family."""
    found = re.findall(rf"^{name}(?:\{{.*\}})? (\S+)$", text, re.M)
    check(len(found) == 1, f"{name}: {found}")
    return float(found[0])


def polls_whom_it_is_asked_for(lab):
    """Rows and what the scrape was; the second knows the device and needs fewer messages."""
    sim = lab.simulate("--community", SECRET, "--listen", "127.0.0.1:0")
    collector = started(lab)
    asked = f"/snmp?target=127.0.0.1:{sim.ports[0]}&module=if_mib,system"
    first = collector.get(asked)
    second = collector.get(asked)
    for text in (first, second):
        check(text.count("\nifHCInOctets{") == 48, text[:500])
        check(value(text, "sonde_scrape_complete") == 1, text)
        check(value(text, "ifNumber") == 48, text)
    check(value(second, "snmp_scrape_packets_sent") < value(first, "snmp_scrape_packets_sent"),
          f"{value(first, 'snmp_scrape_packets_sent')} {value(second, 'snmp_scrape_packets_sent')}")
    status, headers, text = collector.ask(
        asked, headers={"Accept": "application/openmetrics-text;version=1.0.0"})
    check(status == 200 and text.endswith("# EOF\n"), text[-200:])
    check(headers["Content-Type"].startswith("application/openmetrics-text"), headers)


def finds_names(lab):
    """A name in place of an address; one that has none."""
    sim = lab.simulate("--community", SECRET, "--listen", "127.0.0.1:0")
    collector = started(lab)
    text = collector.get(f"/snmp?target=udp://localhost:{sim.ports[0]}")
    check(text.count("\nifHCInOctets{") == 48, text[:500])
    status, _, text = collector.ask("/snmp?target=no-such-host.invalid")
    check(status == 500 and "unresolved" in text, f"{status} {text}")


def says_what_is_wrong(lab):
    """Questions that are none, and devices that do not answer."""
    collector = started(lab)
    for query, words in (("", "'target' parameter"), ("target=a&target=b", "'target' parameter"),
                         ("target=a&module=x", "Unknown module 'x'"),
                         ("target=a&auth=y", "Unknown auth 'y'"),
                         ("target=a%20b", "is no host"), ("target=tcp://a", "only UDP"),
                         ("target=[::1", "is no host")):
        status, _, text = collector.ask(f"/snmp?{query}")
        check(status == 400 and words in text, f"{query}: {status} {text}")
    silent = _lab.Silent(lab)
    began = time.monotonic()
    status, _, text = collector.ask(f"/snmp?target={silent.target}",
                                    headers={"X-Prometheus-Scrape-Timeout-Seconds": "1.5"})
    took = time.monotonic() - began
    check(status == 500 and "cancelled" in text, f"{status} {text}")
    check(took < 1.5 * _lab.FACTOR, f"{took} s")
    status, _, _ = collector.ask("/snmp?target=127.0.0.1&module=if_mib", method="POST")
    check(status == 405, status)


def many_at_once(lab):
    """Scrapes of many devices side by side, each of its own."""
    sim = lab.simulate("--community", SECRET, "-n", "50", "--listen", "127.1.0.1/16:0")
    collector = started(lab)

    def scrape(n):
        return collector.get(f"/snmp?target=127.1.0.{n % 50 + 1}:{sim.ports[0]}")

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        for text in pool.map(scrape, range(200)):
            check(text.count("\nifHCInOctets{") == 48, text[:300])
    check(value(collector.get("/metrics"), "sonde_snmp_requests_failed_total") == 0, "failures")


def basic(password):
    """The header for a user."""
    return {"Authorization": "Basic " + base64.b64encode(f"ops:{password}".encode()).decode()}


def lets_in_whom_the_web_configuration_names(lab):
    """Users are asked for their password; a reload takes other passwords up, a broken file not."""
    lab.write("web.yml", USERS % HASHES[0])
    collector = started(lab, BASE + "web_config_file: web.yml\n")
    for headers, wanted in (({}, 401), (basic("wrong"), 401), (basic(SECRET), 200)):
        status, _, _ = collector.ask("/metrics", headers=headers)
        check(status == wanted, f"{headers} {status}")
    lab.write("web.yml", USERS % HASHES[1])
    status, _, text = collector.ask("/-/reload", method="POST", headers=basic(SECRET))
    check(status == 200, text)
    wait_until(lambda: collector.ask("/metrics", headers=basic(SECRET + "2"))[0] == 200, 10,
               "the other password")
    check(collector.ask("/metrics", headers=basic(SECRET))[0] == 401, "the old password")
    lab.write("web.yml", "basic_auth_user: {}\n")
    status, _, text = collector.ask("/-/reload", method="POST", headers=basic(SECRET + "2"))
    check(status == 500 and "web.yml:1:1" in text, f"{status} {text}")
    check(collector.ask("/metrics", headers=basic(SECRET + "2"))[0] == 200, "it goes on")


def ends_while_somebody_waits(lab):
    """SIGTERM during a scrape: the process ends, whoever waits is told something or nothing."""
    collector = started(lab)
    silent = _lab.Silent(lab)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(lambda: collector.ask(f"/snmp?target={silent.target}")[0])
                   for _ in range(4)]
        wait_until(lambda: silent.heard(), 10, "a request on the wire")
        collector.run.signal(signal.SIGTERM)
        check(collector.run.wait(30) == 0, "its exit status")
        for future in waiting:
            try:
                check(future.result(60) in (500, 503), "a reply")
            except OSError:
                pass  # the connection was cut


if __name__ == "__main__":
    _lab.main(polls_whom_it_is_asked_for, finds_names, says_what_is_wrong, many_at_once,
              lets_in_whom_the_web_configuration_names, ends_while_somebody_waits)
