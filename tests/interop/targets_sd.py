#!/usr/bin/env python3
"""Targets from a web service, from watched files and from CSV: what they say is taken up while the
program runs, what they say wrong or not at all changes nothing."""
# ctest: timeout=180
import http.server
import json
import os
import signal
import ssl
import subprocess
import threading
import time

import _lab
from _lab import check, rounds, wait_until

FAST = "interval: 300ms, timeout: 5s, retries: 1"
OUTPUT = "  - stdout: {format: json, rows: false}\n"


class Service(http.server.ThreadingHTTPServer):
    """A web service that gives one list, with an ETag."""

    daemon_threads = True

    def __init__(self, lab, port=0):
        self.text = "[]"
        self.status = 200
        self.type = "application/json; charset=utf-8"
        self.asked, self.unchanged = 0, 0
        self.headers = []
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/targets"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05},
                         daemon=True).start()
        lab.keep(self)

    def say(self, *groups):
        """The list from now on."""
        self.text = json.dumps(list(groups))

    def close(self):
        """Ends it; its port answers no more."""
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers as the service says."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        """The list, or that it is the one that is known."""
        service = self.server
        body = service.text.encode()
        tag = f'"{hash(service.text)}"'
        service.asked += 1
        service.headers.append(dict(self.headers))
        status = service.status
        if status == 200 and self.headers.get("If-None-Match") == tag:
            status, body = 304, b""
            service.unchanged += 1
        self.send_response(status)
        self.send_header("ETag", tag)
        self.send_header("Content-Type", service.type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Not to the test's output."""


def group(*targets, **labels):
    """A target group; what is polled is small."""
    return {"targets": list(targets), "labels": {"__param_module": "system", **labels}}


class Scene:
    """Two agents and a program that gets its targets from the source under test."""

    def __init__(self, lab, agents=2):
        self.lab = lab
        self.agents = [lab.agent([f"127.0.0.{n + 2}"]) for n in range(agents)]
        self.names = [a.target() for a in self.agents]
        self.run = None

    def start(self, source, more=""):
        """The program, with one source of targets."""
        self.lab.config(f"  - {source}\n", poll=FAST, output=OUTPUT + more)
        self.run = self.lab.start()
        return self.run

    def is_polled(self, number, seconds=10):
        """Waits for rounds of one agent that went well."""
        self.run.until_rounds(2, self.names[number], "ok", seconds)

    def is_left(self, number):
        """Waits until an agent is polled no more."""
        def quiet():
            before = len(rounds(self.run.records, self.names[number]))
            time.sleep(1)
            return len(rounds(self.run.records, self.names[number])) == before
        wait_until(quiet, 10, f"the end of the rounds of {self.names[number]}")

    def end(self):
        """Ends the program, which must have gone well."""
        self.run.signal(signal.SIGTERM)
        check(self.run.wait(10) == 0, f"status {self.run.process.returncode}")


def takes_up_what_a_service_says(lab):
    """Targets come and go with its list, and an unchanged one is asked for by its tag only."""
    scene, service = Scene(lab), Service(lab)
    service.say(group(scene.names[0], site="a"))
    scene.start(f"http_sd: {{url: '{service.url}', refresh_interval: 1s, "
                f"bearer_token: {_lab.SECRET}}}")
    scene.is_polled(0)
    service.say(group(scene.names[1]))
    scene.is_polled(1)
    scene.is_left(0)
    wait_until(lambda: service.unchanged >= 2, 10, "questions for what is new")
    check(all(h.get("X-Prometheus-Refresh-Interval-Seconds") == "1" for h in service.headers),
          f"{service.headers[-1]}")
    check(all(h.get("Authorization") == f"Bearer {_lab.SECRET}" for h in service.headers),
          "the token is missing")
    scene.end()
    check(scene.run.err.count("warning") == 0, "there was a warning")


def goes_on_while_a_service_is_wrong(lab):
    """Errors, other types, lists that do not parse, a service that is down: one warning each, and the
    targets stay."""
    scene, service = Scene(lab), Service(lab)
    service.say(group(scene.names[0]))
    scene.start(f"http_sd: {{url: '{service.url}', refresh_interval: 1s}}")
    scene.is_polled(0)
    def becomes_a_page():
        service.text += " "  # the same would be answered with 304, which has no type
        service.type = "text/html"
    for change, told in (
            (lambda: setattr(service, "status", 500), "answers with status 500"),
            (becomes_a_page, "of the type text/html"),
            (lambda: setattr(service, "text", '[{"targets": ["a b"]}]'),
             ':1:15: [0].targets[0]: "a b" is not a target'),
            (lambda: setattr(service, "text", "[{"), ":1:2: not JSON from here on")):
        change()
        scene.run.until_said(told)
        asked = service.asked
        wait_until(lambda n=asked: service.asked >= n + 2, 10, "more questions")
        scene.is_polled(0)
        check(scene.run.err.count(told) == 1, f"{told!r} was said again and again")
        service.status, service.type = 200, "application/json"
        service.say(group(scene.names[0]))
        asked = service.asked
        wait_until(lambda n=asked: service.asked >= n + 2, 10, "questions of a service that works")
    service.close()
    scene.run.until_said("its targets stay as they were")
    scene.is_polled(0)
    again = Service(lab, service.server_address[1])
    again.say(group(scene.names[1]))
    scene.is_polled(1)
    scene.end()


def starts_with_the_list_of_the_last_run(lab):
    """With state_dir, a service that is down at the start does not matter; without any list the start
    goes on all the same."""
    scene, service = Scene(lab), Service(lab)
    source = f"http_sd: {{url: '{service.url}', refresh_interval: 1s}}"
    service.say(group(scene.names[0]))
    scene.start(source, "state_dir: state\n")
    scene.is_polled(0)
    scene.end()
    files = os.listdir(lab.path("state"))
    check(len(files) == 1 and files[0].endswith(".json"), f"{files}")
    check(os.stat(lab.path(f"state/{files[0]}")).st_mode & 0o777 == 0o600, "others may read it")
    service.close()
    scene.start(source, "state_dir: state\n")
    scene.is_polled(0)
    check("going on with its list of" in scene.run.err, scene.run.err)
    scene.end()
    scene.start(source)
    scene.run.until_said("there are no targets from it yet")
    again = Service(lab, service.server_address[1])
    again.say(group(scene.names[1]))
    scene.is_polled(1)
    scene.end()


def asks_over_tls(lab):
    """A certificate that is not trusted is refused, one that is named is not."""
    scene, service = Scene(lab, 1), Service(lab)
    pem = lab.path("server.pem")
    made = subprocess.run(
        [_lab.tool("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", pem, "-out", lab.path("ca.pem")], capture_output=True, check=False)
    check(made.returncode == 0, made.stderr)
    with open(lab.path("ca.pem"), encoding="ascii") as ca, open(pem, "a", encoding="ascii") as f:
        f.write(ca.read())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    service.socket = context.wrap_socket(service.socket, server_side=True)
    service.say(group(scene.names[0]))
    url = service.url.replace("http:", "https:")
    scene.start(f"http_sd: {{url: '{url}', refresh_interval: 1s}}")
    scene.run.until_said("certificate")
    scene.end()
    check(not rounds(scene.run.records), "it believed the server")
    for tls in ("ca_file: ca.pem", "insecure_skip_verify: true"):
        scene.start(f"http_sd: {{url: '{url}', refresh_interval: 1s, tls_config: {{{tls}}}}}")
        scene.is_polled(0)
        scene.end()


def notices_files_at_once(lab):
    """Written, renamed into place, new, gone, by links: within two seconds, whatever the interval."""
    scene = Scene(lab)
    os.mkdir(lab.path("t"))

    def write(name, number):
        lab.write(name, json.dumps([group(scene.names[number])]))
    write("t/a.json", 0)
    scene.start("file_sd: {files: ['t/*.json'], refresh_interval: 1h}")
    scene.is_polled(0)
    time.sleep(0.5)  # what is new about the folder has been looked at
    before = time.monotonic()
    write("t/b.json", 1)  # renamed into place
    scene.is_polled(1, 4)
    check(time.monotonic() - before < 4 * _lab.FACTOR, "it took its time")
    with open(lab.path("t/b.json"), "w", encoding="utf-8") as f:  # in place, emptied first
        f.write("[]")
    scene.is_left(1)
    os.unlink(lab.path("t/b.json"))
    write("c.json", 1)
    os.symlink("../c.json", lab.path("t/c.json"))
    scene.is_polled(1, 4)
    os.unlink(lab.path("t/c.json"))
    scene.is_left(1)
    scene.is_polled(0)
    scene.end()


def takes_up_a_renamed_file_within_two_seconds(lab):
    """From the rename to the first round of the new target."""
    scene = Scene(lab)
    lab.write("a.yml", json.dumps([group(scene.names[0])]))
    scene.start("file_sd: {files: [a.yml], refresh_interval: 1h}")
    scene.is_polled(0)
    before = time.monotonic()
    lab.write("a.yml", json.dumps([group(*scene.names)]))
    scene.run.until_rounds(1, scene.names[1], "ok", 2)
    check(time.monotonic() - before <= 2 * _lab.FACTOR, "it took more than two seconds")
    scene.end()


def keeps_the_targets_of_a_file_that_is_broken(lab):
    """Of several files only the broken one stays as it was; where it is wrong is told once."""
    scene = Scene(lab, 3)
    lab.write("a.yml", json.dumps([group(scene.names[0])]))
    lab.write("b.yml", json.dumps([group(scene.names[1])]))
    scene.start("file_sd: {files: [a.yml, b.yml], refresh_interval: 1s}")
    scene.is_polled(0)
    scene.is_polled(1)
    lab.write("a.yml", f"- targets: [{scene.names[2]}]\n- target: [x]\n")
    scene.run.until_said('a.yml:2:3: [1]: unknown key "target" (did you mean "targets"?)')
    lab.write("b.yml", json.dumps([group(scene.names[2])]))
    scene.is_polled(2)
    scene.is_left(1)
    scene.is_polled(0)
    check(scene.run.err.count("a.yml:2:3:") == 1, "it was said again")
    scene.run.signal(signal.SIGHUP)
    wait_until(lambda: scene.run.err.count("a.yml:2:3:") == 2, 10, "the error once more")
    lab.write("a.yml", json.dumps([group(scene.names[1])]))
    scene.is_polled(1)
    scene.is_left(0)
    scene.end()


def reads_csv(lab):
    """Columns are labels; a changed file is taken up, a broken one is not."""
    scene = Scene(lab)
    lab.write("d.csv", f"target,module,site\n{scene.names[0]},system,\"a, b\"\n")
    lab.config("  - csv: {files: [d.csv], refresh_interval: 1h}\n", poll=FAST)
    scene.run = lab.start()
    scene.is_polled(0)
    row = _lab.rows(scene.run.records, scene.names[0])[0]
    check(row["labels"]["site"] == "a, b", f"{row['labels']}")
    lab.write("d.csv", f"target,module,site\n{scene.names[1]},system\n")
    scene.run.until_said("d.csv:2:1: 2 fields (expected 3, as the first line has)")
    scene.is_polled(0)
    lab.write("d.csv", f"target,module\n{scene.names[1]},system\n")
    scene.is_polled(1)
    scene.is_left(0)
    scene.end()


_lab.main(takes_up_what_a_service_says,
          goes_on_while_a_service_is_wrong,
          starts_with_the_list_of_the_last_run,
          asks_over_tls,
          notices_files_at_once,
          takes_up_a_renamed_file_within_two_seconds,
          keeps_the_targets_of_a_file_that_is_broken,
          reads_csv)
