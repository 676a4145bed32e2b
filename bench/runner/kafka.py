"""What Kafka costs the collector: the walk with rows to Kafka beside the same rows to /dev/null, one
after the other in shuffled slices. The broker is librdkafka's stand-in, on the processor of the
devices: what it costs is not counted. CPU is that of the whole collector, librdkafka's threads and
compression included."""
import dataclasses
import os
import subprocess

from . import slices
from .collectors import SONDE, Wrong
from .lines import Sonde
from .scene import _lab, pin
from .workloads import Devices, WORKLOADS

MOCK = f"{os.path.dirname(SONDE)}/tests/tools/mock_kafka"
AIM = 1.3
NULL = "  - file: {{path: /dev/null, format: {format}, rounds: false}}\n"
KAFKA = ("  - kafka: {{brokers: \"{brokers}\", topic: t{number}, format: {format}, rounds: false, "
         "properties: {{compression.type: {codec}}}}}\n")
CASES = (("influx, to /dev/null", "influx", None), ("influx, Kafka, none", "influx", "none"),
         ("influx, Kafka, lz4", "influx", "lz4"), ("influx, Kafka, zstd", "influx", "zstd"),
         ("json, to /dev/null", "json", None), ("json, Kafka, none", "json", "none"),
         ("json, Kafka, lz4", "json", "lz4"), ("json, Kafka, zstd", "json", "zstd"))


class Case(Sonde):
    """sonde with one output."""

    def __init__(self, devices, name, output):
        super().__init__(devices, name)
        self.config = devices.configure(f"kafka-{name}".replace(" ", "-").replace("/", "-"),
                                        self.workload, output=output)


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


def run(opt):
    """{case: figures}, of one workload."""
    lab = _lab.Lab()
    workload = next(w for w in WORKLOADS if w.name == "walk")
    devices = Devices(lab, workload.small() if opt.quick else dataclasses.replace(workload))
    try:
        brokers = _broker(lab, devices.agent_cpu)
        cases = [Case(devices, name, (KAFKA if codec else NULL).format(
            brokers=brokers, number=number, format=form, codec=codec))
            for number, (name, form, codec) in enumerate(CASES)]
        done = slices.interleave(devices, cases, opt, opt.seconds)
        figures, taken = slices.summarize(cases, done, cases[0])
        ratios = {}
        for base in (c for c in cases if c.name.endswith("/dev/null")):
            form = base.name.split(",")[0]
            own, _ = slices.summarize([c for c in cases if c.name.startswith(form)], done, base)
            ratios |= {name: case["ratio"] for name, case in own.items()}
        return {"slices": taken, "cases": figures, "ratios": ratios}
    finally:
        devices.close()
        lab.close()


def print_table(result):
    """For people."""
    taken = result["slices"]
    print(f"\nWalk of 48 interfaces, rows to Kafka and to /dev/null; medians of {taken['slices']} "
          f"slices ({taken['quiet']} of {taken['taken']} quiet).\n")
    print(f"{'':<28} {'s/Mvarbind':>10} {'times':>7} {'p5':>6} {'p95':>6} {'varbinds/s':>11} "
          f"{'peak MB':>8}")
    for name, case in result["cases"].items():
        ratio = result["ratios"][name]
        print(f"{name:<28} {case['us_per_varbind']['median']:>10.3f} {ratio['median']:>7.2f} "
              f"{ratio['p5']:>6.2f} {ratio['p95']:>6.2f} "
              f"{case['varbinds_per_second']['median']:>11.0f} "
              f"{case['peak_rss']['median'] / (1 << 20):>8.1f}")
    worst = result["ratios"]["influx, Kafka, lz4"]["median"]
    print(f"aim: {AIM} x the CPU of /dev/null (influx, lz4): {worst:.2f} x, "
          f"{'met' if worst <= AIM else 'NOT met'}")
