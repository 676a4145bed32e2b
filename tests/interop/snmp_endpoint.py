#!/usr/bin/env python3
"""/snmp by itself: a collector without targets polls whom it is asked for, packed for those who take
it, in the format they take, tells what is wrong with a question and with a device, gives up in time,
knows a device again, and is reached only by those whom the web configuration lets in; that
configuration is taken up by a reload. Whether the series are right is exporter_same_series.py's
business."""
# ctest: timeout=120
import base64
import concurrent.futures
import gzip
import http.client
import re
import signal
import time
import zlib

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


def fetch(port, path, method="GET", headers=None):
    """(status, headers, octets) of a request, as they came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30 * _lab.FACTOR)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, text in headers or ():
            connection.putheader(name, text)
        connection.endheaders()
        reply = connection.getresponse()
        return reply.status, reply.headers, reply.read()
    finally:
        connection.close()


def series(text):
    """All samples without their values, and all comments: counters move."""
    return sorted(line if line.startswith("#") else line.rsplit(" ", 1)[0]
                  for line in text.splitlines())


def packs_for_those_who_take_it(lab):
    """The same series either way, by the weights of Accept-Encoding; each page, HEAD, errors."""
    sim = lab.simulate("--community", SECRET, "--listen", "127.0.0.1:0")
    port = started(lab).port
    asked = f"/snmp?target=127.0.0.1:{sim.ports[0]}&module=if_mib,system"
    _, headers, plain = fetch(port, asked)
    check("Content-Encoding" not in headers and headers["Vary"] == "Accept-Encoding", headers)
    wanted = series(plain.decode())
    for codings, packed in (
            (["gzip"], True), (["deflate, gzip;q=0.5, br"], True), (["*"], True), (["x-gzip"], True),
            (["br", "gzip"], True), (["identity;q=0, *;q=0.1"], True), ([], False),
            (["gzip;q=0"], False), (["gzip;q=0, *"], False), (["identity"], False),
            (["gzip;q=0.4, identity"], False), (["deflate, br"], False), ([""], False)):
        status, headers, body = fetch(
            port, asked, headers=[("Accept-Encoding", coding) for coding in codings])
        check(status == 200 and headers["Vary"] == "Accept-Encoding", f"{codings} {headers}")
        check(headers["Content-Encoding"] == ("gzip" if packed else None), f"{codings} {headers}")
        check(int(headers["Content-Length"]) == len(body), f"{codings} {headers}")
        if packed:
            check(len(body) < len(plain) / 5, f"{len(body)} octets of {len(plain)}")
            # one member and nothing behind it: as zlib reads it, and as a program does
            unpacked = zlib.decompressobj(zlib.MAX_WBITS + 16)
            body, again = unpacked.decompress(body), gzip.decompress(body)
            check(unpacked.eof and not unpacked.unused_data and body == again, codings)
        check(series(body.decode()) == wanted, f"{codings}: other series")
    accept = [("Accept-Encoding", "gzip")]
    status, headers, body = fetch(port, asked, "HEAD", accept)
    check(status == 200 and not body and headers["Content-Encoding"] == "gzip", headers)
    for path, coding in (("/metrics", "gzip"), ("/targets", "gzip"), ("/-/healthy", None)):
        status, headers, _ = fetch(port, path, headers=accept)
        check(status == 200 and headers["Content-Encoding"] == coding, f"{path} {headers}")
    for path, code in (("/nothing", 404), ("/snmp", 400)):
        status, headers, body = fetch(port, path, headers=accept)
        check(status == code and "Content-Encoding" not in headers and body.decode(), headers)


def speaks_openmetrics_to_those_who_do_not_take_text(lab):
    """Which leaves a counter of SNMP its type with Prometheus, which takes both."""
    sim = lab.simulate("--community", SECRET, "--listen", "127.0.0.1:0")
    collector = started(lab)
    asked = f"/snmp?target=127.0.0.1:{sim.ports[0]}"
    om, text = "application/openmetrics-text;version=1.0.0", "text/plain;version=0.0.4"
    for accept, is_om in ((f"{om},{text};q=0.5,*/*;q=0.1", False), (f"{om};q=0.5,*/*;q=0.4", True),
                          (om, True), (f"{om},{text};q=0", True), (text, False), ("*/*", False)):
        status, headers, body = collector.ask(asked, headers={"Accept": accept})
        kind = "application/openmetrics-text" if is_om else "text/plain"
        check(status == 200 and headers["Content-Type"].startswith(kind), f"{accept} {headers}")
        check(body.endswith("# EOF\n") == is_om, f"{accept}: {body[-100:]}")
        check(f"# TYPE ifHCInOctets {'unknown' if is_om else 'counter'}\n" in body, accept)


def tells_of_series_that_are_there_twice(lab):
    """Two modules with the same metrics: one of each is left out, counted, and told in the scrape."""
    sim = lab.simulate("--community", SECRET, "--listen", "127.0.0.1:0")
    module = lab.read(f"{MODULES}/system.yml")
    check("\n  system:\n" in module, module[:300])
    lab.write("twin.yml", module.replace("\n  system:\n", "\n  twin:\n"))
    collector = started(lab, BASE.replace("system.yml]", "system.yml, twin.yml]"))
    asked = f"/snmp?target=127.0.0.1:{sim.ports[0]}&module="
    once = collector.get(asked + "system")
    check("sonde_scrape_duplicate_series" not in once, once)
    count = sum(not line.startswith(("#", "snmp_scrape_", "sonde_scrape_"))
                for line in once.splitlines())
    check(count > 3, once)
    twice = collector.get(asked + "system,twin")
    check(value(twice, "sonde_scrape_duplicate_series") == count, twice)
    check(twice.count("\nsysUpTime ") == 1, twice)
    pages = collector.get("/metrics")
    check(value(pages, "sonde_snmp_duplicate_series_total") == count, "the collector's count")


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
    _lab.main(polls_whom_it_is_asked_for, packs_for_those_who_take_it,
              speaks_openmetrics_to_those_who_do_not_take_text,
              tells_of_series_that_are_there_twice, finds_names, says_what_is_wrong, many_at_once,
              lets_in_whom_the_web_configuration_names, ends_while_somebody_waits)
