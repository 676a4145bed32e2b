"""What Kafka costs the collector: the walk with rows to Kafka beside the same rows to /dev/null, one
after the other in shuffled slices. The broker is librdkafka's stand-in, on the processor of the
devices: what it costs is not counted. CPU is that of the whole collector, librdkafka's threads and
compression included, and again that of its workers alone."""
import dataclasses
import os
import re
import socket
import subprocess
import threading
import time
import urllib.request

from . import slices
from .collectors import SONDE, Wrong
from .lines import Sonde
from .scene import _lab, pin
from .workloads import Devices, WORKLOADS

MOCK = f"{os.path.dirname(SONDE)}/tests/tools/mock_kafka"
AIM = 1.3
FORMATS = ("json", "influx", "json_samples", "prometheus", "otlp", "avro")
DEFAULT = "lz4"  # what sonde sets
CODECS = {"none": "none", "lz4": "lz4", "snappy": "snappy",
          "zstd 1": "zstd, compression.level: 1", "zstd 3": "zstd, compression.level: 3"}
ALL_CODECS = ("json",)  # the others: none and the default
NULL = "  - file: {{path: /dev/null, format: {format}, rounds: false}}\n"
KAFKA = ("  - kafka: {{brokers: \"{brokers}\", topic: t{number}, format: {format}, rounds: false{more},"
         " properties: {{statistics.interval.ms: {statistics}, compression.type: {codec}}}}}\n")
MESSAGES = 2  # of a walk: the table's, and the scalars'
OTHERS = ("sonde-output", "rdk:")
ENOUGH = 400  # messages whose octets are counted
LONGEST = 30  # s until they are sent
EVERY = 0.04  # s between two looks at the threads


class Others:
    """Watches how much CPU the threads have that do not poll: the output's and librdkafka's."""

    def __init__(self, pid):
        self.folder, self.ns = f"/proc/{pid}/task", {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self):
        while not self.over.wait(EVERY):
            try:
                for task in os.listdir(self.folder):
                    if _lab.Lab.read(f"{self.folder}/{task}/comm").startswith(OTHERS):
                        self.ns[task] = int(_lab.Lab.read(
                            f"{self.folder}/{task}/schedstat").split()[0])
            except (OSError, IndexError):
                continue  # it ends

    def end(self):
        """Seconds; what came in the last moment is missed."""
        self.over.set()
        self.thread.join()
        return sum(self.ns.values()) / 1e9


class Case(Sonde):
    """sonde with one output."""

    def __init__(self, devices, name, output):
        super().__init__(devices, name)
        self.config = devices.configure(re.sub(r"\W+", "-", f"kafka-{name}"), self.workload,
                                        output=output)
        self.others = 0.0

    def start(self, args, env):
        """As for any line, and what the threads that do not poll took."""
        watched = []
        run = slices.run_process

        def run_process(argv, environment, cpu, stdout, stderr, started=None):
            def both(pid):
                watched.append(Others(pid))
                started(pid)
            return run(argv, environment, cpu, stdout, stderr, both)
        slices.run_process = run_process
        try:
            return super().start(args, env)
        finally:
            slices.run_process = run
            self.others = sum(w.end() for w in watched)

    def run(self, s, seconds):
        """One slice; the start is charged to the workers."""
        super().run(s, seconds)
        polling = s.user + s.system - s.start - self.others
        s.more["polling_us_per_varbind"] = polling * 1e6 / s.values
        s.more["rows_per_second"] = s.values / self.workload.row / s.seconds


def _broker(lab, cpu):
    """Its address."""
    if not os.access(MOCK, os.X_OK):
        raise Wrong(f"{MOCK} is not built")
    broker = lab.popen([MOCK, "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                       stderr=subprocess.DEVNULL, text=True)
    lab.keep(broker.stdin)
    address = lab.keep(broker.stdout).readline().strip()
    pin(broker.pid, cpu)
    return address


def _cases():
    """(name, format, codec) of each; codec None: to /dev/null. Avro has no streams."""
    for form in FORMATS:
        if form != "avro":
            yield f"{form}, to /dev/null", form, None
        for codec in CODECS if form in ALL_CODECS else ("none", DEFAULT):
            yield f"{form}, Kafka, {codec}", form, codec


def _base(form):
    """The case without Kafka that stands beside those of a format."""
    return f"{'json' if form == 'avro' else form}, to /dev/null"


def _output(brokers, number, form, codec, statistics=10000):
    """The section `output`."""
    if codec is None:
        return NULL.format(format=form)
    return KAFKA.format(brokers=brokers, number=number, format=form, statistics=statistics,
                        codec=CODECS[codec],
                        more=", schema_id: 1" if form == "avro" else "")


def _is_taken(config):
    """Whether this version of sonde can do it."""
    return subprocess.run([SONDE, "poll", "--check", "-c", config], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode == 0


def _sent(port):
    """What librdkafka's statistics say that was sent; {}: nothing yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
            text = reply.read().decode()
    except OSError:
        return {}
    return {m[1]: float(m[2]) for m in re.finditer(
        r"^sonde_kafka_sent_(\w+)_total\{.*\} (\S+)$", text, re.M)}


def _octets(devices, case):
    """What a row takes of a message and on the wire, by librdkafka's statistics of one more run."""
    name, output = case
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    config = devices.configure("kafka-octets", devices.workload,
                               output=f"{output}listen: 127.0.0.1:{port}\n")
    run = devices.lab.popen([SONDE, "poll", "-c", config, "--threads", "1"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.sched_setaffinity(run.pid, {devices.collector_cpu})
    deadline, found = time.monotonic() + LONGEST, {}
    try:
        while found.get("messages", 0) < ENOUGH and time.monotonic() < deadline:
            time.sleep(0.2)
            found = _sent(port)
    finally:
        run.kill()
        run.wait()
    if found.get("messages", 0) < ENOUGH:
        raise Wrong(f"{name}: {found}")
    rows = found["messages"] / MESSAGES * devices.workload.rows
    return {"message_octets": found["message_bytes"] / rows, "sent_octets": found["bytes"] / rows}


def run(opt):
    """{case: figures}, of one workload."""
    lab = _lab.Lab()
    workload = next(w for w in WORKLOADS if w.name == "walk")
    devices = Devices(lab, workload.small() if opt.quick else dataclasses.replace(workload))
    try:
        brokers = _broker(lab, devices.agent_cpu)
        told = list(enumerate(_cases()))
        cases = [Case(devices, name, _output(brokers, number, form, codec))
                 for number, (name, form, codec) in told]
        cases = [c for c in cases if _is_taken(c.config)]
        told = [t for t in told if t[1][0] in {c.name for c in cases}]
        octets = {name: _octets(devices, (name, _output(brokers, 100 + number, form, codec, 200)))
                  for number, (name, form, codec) in told if codec}
        done = slices.interleave(devices, cases, opt, opt.seconds)
        figures, taken = slices.summarize(cases, done, cases[0])
        result = {}
        for _, (name, form, codec) in told:
            base = next(c for c in cases if c.name == _base(form))
            own, _ = slices.summarize([c for c in cases if c.name == name], done, base)
            result[name] = own[name] | octets.get(name, {})
            result[name]["polling_ratio"] = _polling_ratio(done, name, base.name)
        return {"slices": taken, "cases": result, "aim": AIM, "default": DEFAULT,
                "json_ratio": result[f"json, Kafka, {DEFAULT}"]["ratio"]["median"],
                "first": figures[cases[0].name]["us_per_varbind"]}
    finally:
        devices.close()
        lab.close()


def _polling_ratio(done, name, base):
    """Median of the workers' CPU by that of the base, in the same round of slices."""
    calm = [made for quiet, made in done if quiet]
    key = "polling_us_per_varbind"
    ratios = sorted(made[name][key] / made[base][key]
                    for made in (calm if len(calm) >= 3 else [made for _, made in done]))
    return ratios[len(ratios) // 2]


def print_table(result):
    """For people."""
    taken = result["slices"]
    print(f"\nWalk of 48 interfaces, rows to Kafka and to /dev/null, one processor; medians of "
          f"{taken['slices']} slices ({taken['quiet']} of {taken['taken']} quiet).\n")
    print(f"{'':<27} {'s/Mvarbind':>10} {'times':>6} {'p5':>5} {'p95':>5} {'workers':>7} "
          f"{'rows/s':>7} {'MB/s':>6} {'octets':>7} {'sent':>6} {'peak MB':>8}")
    for name, case in result["cases"].items():
        ratio, rows = case["ratio"], case["rows_per_second"]["median"]
        octets = case.get("message_octets")
        print(f"{name:<27} {case['us_per_varbind']['median']:>10.3f} {ratio['median']:>6.2f} "
              f"{ratio['p5']:>5.2f} {ratio['p95']:>5.2f} {case['polling_ratio']:>7.2f} "
              f"{rows:>7.0f} "
              + (f"{rows * octets / 1e6:>6.1f} {octets:>7.0f} {case['sent_octets']:>6.0f} "
                 if octets else f"{'':>6} {'':>7} {'':>6} ")
              + f"{case['peak_rss']['median'] / (1 << 20):>8.1f}")
    for form in ("json", "influx"):
        for codec in ("none", DEFAULT):
            found = result["cases"][f"{form}, Kafka, {codec}"]["ratio"]["median"]
            print(f"aim: {AIM} x the CPU of /dev/null ({form}, {codec}): {found:.2f} x, "
                  f"{'met' if found <= AIM else 'NOT met'}")
