"""What the interop tests share: real agents (Debian's snmpd) on loopback, the program under test, a
small runner. A test is a function that takes a Lab and whose name is a sentence:

    import _lab
    def says_who_it_is(lab): ...
    _lab.main(says_who_it_is)

Every test gets a Lab of its own: a folder below the system's temporary one, and processes that are
killed when the test is over, however it ends. The community of all agents is a word that must never
appear in anything the program prints; that is checked after every test, for everything it printed.
"""
import ctypes
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback

SECRET = "Sentinel-7f3b-community"
SOURCE = os.environ.get("SONDE_SOURCE_DIR") or os.path.abspath(f"{__file__}/../../..")
SONDE = os.environ.get("SONDE_BIN") or f"{SOURCE}/build/release/sonde"
# Sanitizer builds are slower; ctest says by how much.
FACTOR = int(os.environ.get("CK_TIMEOUT_MULTIPLIER", "1"))
TOOLS_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
# Settings of poll where requests are counted one by one: timers that follow the device are some 10 ms
# on loopback, and an agent that gets no CPU for so long is asked again.
CALM = "interval: 60s, timeout: 5s, retries: 1, retransmit: fixed"

_libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


class Skip(Exception):
    """The test cannot run here."""


class Failure(AssertionError):
    """The program did not do what the test expects."""


def check(condition, text):
    """Fails the test with a text a person can use."""
    if not condition:
        raise Failure(text)


def not_with_sanitizers():
    """For what is slow and has nothing to do with memory or threads."""
    if FACTOR > 1:
        raise Skip("a sanitizer build shows nothing more here")


def tool(name):
    """The path of a program the test needs."""
    path = shutil.which(name, path=TOOLS_PATH)
    if not path:
        raise Skip(f"{name} is not installed (scripts/deps)")
    return path


def has_ipv6():
    """Whether ::1 can be used."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


def family(address):
    """The address family of a numeric address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def peer(address, port):
    """address and port as sonde's configuration and Net-SNMP's tools write them."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def free_port(addresses):
    """A UDP port that is free on all addresses at this moment."""
    for _ in range(200):
        port = random.randint(20000, 60000)
        held = []
        try:
            for address in addresses:
                s = socket.socket(family(address), socket.SOCK_DGRAM)
                held.append(s)
                s.bind((address, port))
            return port
        except OSError:
            continue
        finally:
            for s in held:
                s.close()
    raise Failure("no free port")


def wait_until(condition, seconds, what):
    """Polls until condition() is true and returns its value."""
    deadline = time.monotonic() + seconds * FACTOR
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds * FACTOR} s for {what}")
        time.sleep(0.01)


def die_with_parent():
    """In a child: ends it when the test ends. To be called again after a change of user."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def records(text):
    """The JSON records of an output. Each line must be whole."""
    found = []
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        check(line.endswith("\n"), f"line {number} of the output is cut: {line[-80:]!r}")
        found.append(json.loads(line))
    return found


def rows(recs, instance=None):
    """The rows among records."""
    return [r for r in recs if "values" in r and instance in (None, r["instance"])]


def rounds(recs, instance=None):
    """The round records among records."""
    return [r for r in recs if "round" in r and instance in (None, r["instance"])]


class Agent:
    """One snmpd with a configuration of its own, reading nothing of the system's."""

    def __init__(self, lab, addresses, extra, view):
        self.lab = lab
        self.addresses = addresses
        self.dir = lab.path(f"agent-{len(lab.agents)}")
        os.makedirs(f"{self.dir}/persist")
        self.env = {"PATH": TOOLS_PATH, "HOME": self.dir, "MIBS": "", "MIBDIRS": self.dir,
                    "SNMPCONFPATH": self.dir, "SNMP_PERSISTENT_DIR": f"{self.dir}/persist"}
        self.extra = extra
        self.view = view
        self.process = None
        for _ in range(10):
            self.port = free_port(addresses)
            if self.start():
                return
        raise Failure(f"snmpd does not start: {lab.read(f'{self.dir}/log')}")

    def start(self):
        """Starts it on the port it had before; False: it ended at once, the port is taken."""
        endpoints = ",".join(("udp6:" if ":" in a else "udp:") + peer(a, self.port)
                             for a in self.addresses)
        with open(f"{self.dir}/snmpd.conf", "w", encoding="utf-8") as f:
            only = " default -V only" if self.view else ""
            f.write(f"rocommunity {SECRET}{only}\nrocommunity6 {SECRET}{only}\n"
                    f"agentAddress {endpoints}\n{self.extra}\n")
            f.writelines(f"view only included .{oid}\n" for oid in self.view)
        with open(f"{self.dir}/log", "w", encoding="utf-8"):
            pass  # not the line of an earlier start
        self.process = self.lab.popen(
            [tool("snmpd"), "-f", "-r", "-C", "-c", f"{self.dir}/snmpd.conf",
             "-Lf", f"{self.dir}/log", "-I", "-smux,mteTrigger,mteTriggerConf"],
            env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: self.process.poll() is not None or self.answers(), 20, "snmpd's answer")
        return self.process.poll() is None

    def stop(self):
        """Ends it; its port answers no more."""
        self.process.kill()
        self.process.wait()

    def end(self):
        """As stop, but it may write down what it wants to keep: boots, users."""
        self.process.terminate()
        self.process.wait()

    def answers(self):
        """Whether it answers yet, be it that the name is not in its view. The line in its log says
        that it has the port: an answer alone could be that of somebody else's agent."""
        return "NET-SNMP version" in self.lab.read(f"{self.dir}/log") and self.ask("snmpget", "2c", self.addresses[0], "1.3.6.1.2.1.1.3.0",
                        options=["-r0", "-t1"]).returncode == 0

    def ask(self, program, version, address, *oids, options=()):
        """Runs one of Net-SNMP's tools; output numeric, octets always in hexadecimal."""
        return subprocess.run(
            [tool(program), f"-v{version}", "-c", SECRET, *options, "-OneUx",
             ("udp6:" if ":" in address else "") + peer(address, self.port), *oids],
            env=self.env, capture_output=True, text=True, check=False)

    def target(self, address=None):
        """How sonde's configuration names it."""
        return peer(address or self.addresses[0], self.port)


class Silent:
    """A port that takes everything and answers nothing."""

    def __init__(self, lab, address="127.0.0.1"):
        self.socket = lab.keep(socket.socket(family(address), socket.SOCK_DGRAM))
        self.socket.bind((address, 0))
        self.target = peer(address, self.socket.getsockname()[1])

    def heard(self):
        """Whether a datagram has come since the last question."""
        self.socket.setblocking(False)
        try:
            self.socket.recv(65536)
            return True
        except BlockingIOError:
            return False


class SlowPath:
    """A relay that hands datagrams on to an agent, each answer after a delay."""

    def __init__(self, lab, agent, delay):
        self.delay = delay
        self.agent = (agent.addresses[0], agent.port)
        self.front = lab.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        self.front.bind(("127.0.0.1", 0))
        self.target = peer("127.0.0.1", self.front.getsockname()[1])
        self.asked = threading.Event()
        threading.Thread(target=self.relay, daemon=True).start()

    def relay(self):
        """Serves one request after the other until the test closes the socket."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:
            back.connect(self.agent)
            while True:
                try:
                    request, client = self.front.recvfrom(65536)
                    self.asked.set()
                    back.send(request)
                    answer = back.recv(65536)
                    time.sleep(self.delay)
                    self.front.sendto(answer, client)
                except OSError:
                    return


class Run:
    """sonde under way. Its output goes to files that can be read at any time."""

    def __init__(self, lab, args, **options):
        self.lab = lab
        self.name = lab.path(f"run-{len(lab.runs)}")
        lab.runs.append(self)
        self.args = args
        for stream, suffix in (("stdout", "out"), ("stderr", "err")):
            if stream not in options:
                options[stream] = lab.keep(open(f"{self.name}.{suffix}", "wb"))
        self.process = lab.popen([SONDE, *args], cwd=lab.dir, stdin=subprocess.DEVNULL, **options)

    @property
    def out(self):
        """Standard output so far."""
        return self.lab.read(f"{self.name}.out")

    @property
    def err(self):
        """Standard error so far."""
        return self.lab.read(f"{self.name}.err")

    @property
    def records(self):
        """JSON records so far; while it runs, the last line may still be on its way."""
        over = self.process.poll() is not None
        text = self.out
        return records(text if over else text[:text.rfind("\n") + 1])

    def signal(self, number):
        """Sends a signal."""
        self.process.send_signal(number)

    def wait(self, seconds=20):
        """Waits for its end and returns the exit status."""
        try:
            return self.process.wait(seconds * FACTOR)
        except subprocess.TimeoutExpired:
            raise Failure(f"still runs after {seconds * FACTOR} s") from None

    def until_said(self, text, seconds=10):
        """Waits until standard error contains text."""
        def said():
            over = self.process.poll() is not None  # first: what it says last counts
            there = text in self.err
            check(there or not over, f"ended without saying {text!r}")
            return there
        wait_until(said, seconds, f"{text!r} on stderr")

    def until_rounds(self, n, instance=None, status=None, seconds=15):
        """Waits for n more round records (of one target, with one status) than there are now."""
        def count():
            return sum(1 for r in rounds(self.records, instance)
                       if status in (None, r["round"]["status"]))
        wanted = count() + n

        def there():
            over = self.process.poll() is not None
            enough = count() >= wanted
            check(enough or not over, "ended early")
            return enough
        wait_until(there, seconds, f"{n} rounds of {instance or 'any target'}")


class Simulation(Run):
    """sonde simulate under way, its sockets open. Give --listen the port 0: ports has what came of
    it, one for each --listen."""

    def __init__(self, lab, *args, **options):
        super().__init__(lab, ["simulate", *args], **options)
        self.until_said("ready after")
        self.ports = [int(p) for p in re.findall(r"^sonde: \d+ devices? at \S+:(\d+)", self.err,
                                                 re.M)]
        self.env = {"PATH": TOOLS_PATH, "HOME": lab.dir, "MIBS": "", "MIBDIRS": lab.dir,
                    "SNMPCONFPATH": lab.dir, "SNMP_PERSISTENT_DIR": lab.path("persist")}

    def peer(self, address="127.0.0.1", number=0):
        """A device's address as Net-SNMP's tools write it; number: which --listen it is of."""
        return ("udp6:" if ":" in address else "") + peer(address, self.ports[number])

    def ask(self, program, where, *oids, version="2c", credentials=("-c", SECRET), options=()):
        """Runs one of Net-SNMP's tools; output numeric, octets always in hexadecimal. Without
        retries: what is lost here is lost by the program under test."""
        return subprocess.run(
            [tool(program), f"-v{version}", *credentials, "-r0", f"-t{5 * FACTOR}", *options,
             "-OneUx", where, *oids],
            env=self.env, capture_output=True, text=True, check=False)

    def until_counted(self, text, seconds=10):
        """Waits until its state says text: what a tool has given up on may still be on its way to a
        worker that gets no CPU."""
        def said():
            self.signal(signal.SIGUSR1)
            return text in self.err
        wait_until(said, seconds, f"{text!r} in its state")

    def end(self):
        """Ends it in order and returns its summary. It must have gone well."""
        before = len(self.err)
        self.signal(signal.SIGTERM)
        status = self.wait()
        check(status == 0, f"ended with {status}")
        return self.err[before:]


class Lab:
    """One test's folder and processes."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="sonde-test-")
        self.agents, self.runs, self.processes, self.kept = [], [], [], []

    def path(self, name):
        """A file of this lab."""
        return os.path.join(self.dir, name)

    def keep(self, thing):
        """Closes it at the end."""
        self.kept.append(thing)
        return thing

    @staticmethod
    def read(path):
        """The text of a file, "" when it is missing."""
        try:
            with open(path, encoding="utf-8", errors="replace", newline="") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def write(self, name, text, mode=0o600):
        """Writes a file in one step, as an editor or a deployment tool would."""
        path = self.path(name)
        with open(f"{path}.new", "w", encoding="utf-8") as f:
            os.fchmod(f.fileno(), mode)
            f.write(text)
        os.rename(f"{path}.new", path)
        return path

    def popen(self, args, before=None, **options):
        """A child that dies with this test. before: called in the child before the program."""
        def prepare():
            die_with_parent()
            if before:
                before()
        process = subprocess.Popen(args, preexec_fn=prepare, **options)
        self.processes.append(process)
        return process

    def agent(self, addresses=("127.0.0.1",), extra="", view=()):
        """A new agent. extra: lines for its configuration; view: the only subtrees it shows."""
        made = Agent(self, list(addresses), extra, view)
        self.agents.append(made)
        return made

    def config(self, targets, poll="interval: 60s, timeout: 5s, retries: 1", version=2,
               modules="if_mib,system", name="sonde.yaml", output=None):
        """Writes a configuration: targets is a list of texts, or the text of the whole section."""
        if not isinstance(targets, str):
            names = ", ".join(f'"{t}"' for t in targets)
            targets = (f"  - static: [{{targets: [{names}], labels: {{site: lab, "
                       f"__param_module: \"{modules}\"}}}}]\n")
        output = output or "  - stdout: {format: json, types: true}\n"
        return self.write(name, f"poll: {{{poll}}}\n"
                                f"auths: {{lab: {{version: {version}, community: {SECRET}}}}}\n"
                                f"module_files: [{SOURCE}/config/modules/*.yml]\n"
                                f"targets:\n{targets}output:\n{output}")

    def start(self, *args, **options):
        """sonde poll, in the background."""
        return Run(self, ["poll", *args], **options)

    def poll(self, *args, seconds=20, **options):
        """sonde poll, to its end: the run and its exit status."""
        run = self.start(*args, **options)
        return run, run.wait(seconds)

    def simulate(self, *args, **options):
        """sonde simulate, ready to be asked."""
        return Simulation(self, *args, **options)

    def sonde(self, *args, seconds=20, **options):
        """Any command, to its end: the run and its exit status."""
        run = Run(self, list(args), **options)
        return run, run.wait(seconds)

    def close(self):
        """Kills what still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        for thing in self.kept:
            thing.close()

    def leaks(self):
        """Files of the program that contain the community."""
        inputs = re.compile(r"\.ya?ml$|/agent-")
        found = []
        for here, _, names in os.walk(self.dir):
            for name in names:
                path = os.path.join(here, name)
                if (os.path.isfile(path) and not inputs.search(path)
                        and SECRET in self.read(path)):
                    found.append(os.path.relpath(path, self.dir))
        return found

    def tails(self):
        """The ends of what the program printed, for the report of a failure."""
        for run in self.runs:
            print(f"    $ sonde {' '.join(run.args)}  -> {run.process.poll()}")
            for suffix, text in (("out", run.out), ("err", run.err)):
                for line in text.splitlines()[-12:]:
                    print(f"    {suffix}| {line[:300]}")


def _one(test):
    """Runs one test: None, a reason to skip, or False."""
    lab = Lab()
    try:
        test(lab)
        lab.close()
        for run in lab.runs:
            # What still ran was killed just now; nothing else may end it.
            check(run.process.returncode >= 0 or run.process.returncode == -signal.SIGKILL,
                  f"died of signal {-run.process.returncode}")
            check("Sanitizer" not in run.err, "a sanitizer reported something")
        check(not lab.leaks(), f"the community is in {', '.join(lab.leaks())}")
        return None
    except Skip as e:
        return str(e)
    except Exception as e:
        lab.close()
        if isinstance(e, Failure):
            print(f"    {e}")
        else:
            traceback.print_exc(file=sys.stdout)
        lab.tails()
        return False
    finally:
        lab.close()
        shutil.rmtree(lab.dir, ignore_errors=True)


def main(*tests):
    """Runs the tests (or those named on the command line) and ends the process: 0, 1 or 77."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    wanted = sys.argv[1:]
    failed, skipped, passed = 0, [], 0
    if not os.access(SONDE, os.X_OK):
        print(f"skipped: {SONDE} is not built")
        sys.exit(77)
    for test in tests:
        name = test.__name__.replace("_", " ")
        if wanted and test.__name__ not in wanted:
            continue
        began = time.monotonic()
        outcome = _one(test)
        spent = f"{time.monotonic() - began:.1f} s"
        if outcome is False:
            failed += 1
            print(f"FAILED {name} ({spent})", flush=True)
        elif outcome:
            skipped.append(outcome)
            print(f"skipped {name}: {outcome}", flush=True)
        else:
            passed += 1
            print(f"ok {name} ({spent})", flush=True)
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
    sys.exit(1 if failed or not passed and not skipped else 77 if not passed else 0)
