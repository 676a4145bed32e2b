#!/usr/bin/env python3
"""/metrics: Prometheus' own checker is content with it, and it says what the round records say."""
# ctest: timeout=120
import collections
import re
import subprocess
import time

import _lab
import _pages
from _lab import check, rounds, wait_until

LINE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$")
RESULTS = {"ok": "ok", "partial": "partial", "cancelled": "cancelled"}


def read(text):
    """{(name, ((label, value), ...)): number}"""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            match = LINE.match(line)
            check(match, f"no sample: {line!r}")
            labels = tuple(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
            check((match[1], labels) not in found, f"twice: {line}")
            found[match[1], labels] = float(match[3])
    return found


def total(samples, name, **wanted):
    """The sum of a family over all labels but those given."""
    return sum(v for (n, labels), v in samples.items()
               if n == name and wanted.items() <= dict(labels).items())


def by_records(records):
    """What /metrics should say of modules, from round records."""
    sums = collections.Counter()
    for r in rounds(records):
        rd, module = r["round"], r["module"]
        sums["rounds", module, RESULTS.get(rd["status"], "failed")] += 1
        for count in ("rows", "varbinds", "requests", "retries"):
            sums[count, module] += rd.get(count, 0)
    return sums


def by_metrics(samples):
    """The same from /metrics."""
    sums = collections.Counter()
    for (name, labels), v in samples.items():
        labels = dict(labels)
        if name == "sonde_module_rounds_total" and v:
            sums["rounds", labels["module"], labels["result"]] = v
        for count in ("rows", "varbinds", "requests", "retries"):
            if name == f"sonde_module_{count}_total" and v:
                sums[count, labels["module"]] = v
    return sums


def promtool_is_content(lab):
    """Names, types, help texts, units: not a word of complaint."""
    promtool = _lab.tool("promtool")
    collector = _pages.started(lab, _pages.network(lab))
    collector.run.until_rounds(20)
    text = collector.get("/metrics")
    done = subprocess.run([promtool, "check", "metrics"], input=text, text=True,
                          capture_output=True, check=False)
    check(done.returncode == 0 and not done.stdout + done.stderr,
          f"{done.returncode} {done.stdout}{done.stderr}")
    check(collector.ask("/metrics")[1]["Content-Type"].startswith("text/plain; version=0.0.4"),
          "content type")


def says_what_the_round_records_say(lab):
    """Each figure lies between the records that were there before and those there afterwards."""
    collector = _pages.started(lab, _pages.network(lab))
    collector.run.until_rounds(60)
    before = by_records(collector.run.records)
    samples = read(collector.get("/metrics"))
    said = by_metrics(samples)
    check(len(said) >= 5, f"{said}")
    for key in {*before, *said}:
        check(before[key] <= said[key], f"{key}: {before[key]} <= {said[key]}")

    def written():
        after = by_records(collector.run.records)
        return all(said[key] <= after[key] for key in said)
    wait_until(written, 10, f"records of {said}")
    over = sum(total(samples, f"sonde_rounds_{how}_total")
               for how in ("ok", "partial", "failed", "cancelled"))
    check(abs(over - total(samples, "sonde_module_rounds_total")) <= 20, "rounds of workers")
    check(total(samples, "sonde_round_duration_seconds_count") > 0, "no durations")
    check(total(samples, "sonde_output_rows_written_total") > 0, "no rows written")


def counts_targets_by_state_and_names_the_worst(lab):
    """The lists have the slow, the dead; never more than ten targets."""
    collector = _pages.watched(lab)
    samples = {}

    def counted():
        samples.clear()
        samples.update(read(collector.get("/metrics")))
        return [total(samples, "sonde_targets", state=name)
                for name in ("up", "slow", "down", "refused")] == [len(_pages.WELL), 1, 1, 1]
    wait_until(counted, 10, "the states of all devices")
    check(total(samples, "sonde_worker_targets") == len(_pages.WELL) + 3, "targets of workers")
    slowest = {dict(labels)["instance"]: v for (name, labels), v in samples.items()
               if name == "sonde_top_round_duration_seconds"}
    check(len(slowest) == 10 and max(slowest, key=slowest.get) == _pages.SLOW, f"{slowest}")
    check(1 < slowest[_pages.SLOW] < 20, f"{slowest}")
    dead = {dict(labels)["instance"] for (name, labels), v in samples.items()
            if name == "sonde_top_dead_seconds"}
    check(dead == {_pages.DEAD, _pages.REFUSED}, f"{dead}")


def tells_about_the_process_and_the_configuration(lab):
    """What every exporter has; a reload that fails is seen, and one that succeeds."""
    path = _pages.network(lab)
    collector = _pages.started(lab, path)
    good = lab.read(path)
    samples = read(collector.get("/metrics"))
    check(0 < total(samples, "process_cpu_seconds_total") < 600, "CPU")
    check(abs(total(samples, "process_start_time_seconds") - time.time()) < 120, "start")
    check(1e6 < total(samples, "process_resident_memory_bytes") < 1e10, "memory")
    check(5 < total(samples, "process_open_fds") < 1000, "descriptors")
    check(total(samples, "sonde_config_last_reload_successful") == 1, "loaded")
    check(total(samples, "sonde_config_snapshot") == 1, "snapshot")
    wait_until(lambda: collector.ask("/-/ready")[0] == 200, 10, "readiness")
    check(total(read(collector.get("/metrics")), "sonde_ready") == 1, "ready")

    lab.write("sonde.yaml", good.replace("interval: 2s", "interval: soon"))
    status, _, text = collector.ask("/-/reload", "POST")
    check(status == 500 and re.search(r"sonde\.yaml:\d+:\d+: .*soon", text), f"{status} {text}")
    samples = read(collector.get("/metrics"))
    check(total(samples, "sonde_config_last_reload_successful") == 0, "failed")
    check(total(samples, "sonde_config_snapshot") == 1, "snapshot in force")

    lab.write("sonde.yaml", good)
    status, _, text = collector.ask("/-/reload", "POST")
    check((status, text) == (200, ""), f"{status} {text}")
    samples = read(collector.get("/metrics"))
    check(total(samples, "sonde_config_last_reload_successful") == 1, "loaded again")
    check(total(samples, "sonde_config_snapshot") == 2, "snapshot")
    check(collector.ask("/-/reload")[0] == 405, "a reload takes a POST")
    check(collector.get("/-/healthy") == "sonde is healthy.\n", "health")


def counts_polls_on_demand(lab):
    """Answered, refused for the question, failed for a device that is not there."""
    path = _pages.network(lab, poll="interval: 60s, timeout: 5s, retries: 0")
    collector = _pages.started(lab, path)
    sim = lab.simulate("--community", _lab.SECRET, "--listen", "127.0.0.1:0")
    ask = f"/snmp?auth=lab&module=if_mib&target=127.0.0.1:{sim.ports[0]}"
    check("ifHCInOctets{" in collector.get(ask), "no series")
    check(collector.ask(ask.replace("if_mib", "of_mib"))[0] == 400, "an unknown module")
    check(collector.ask(ask.replace(f":{sim.ports[0]}", ":9"))[0] >= 500, "a dead device")
    samples = read(collector.get("/metrics"))
    found = [total(samples, f"sonde_snmp_requests_{what}")
             for what in ("total", "refused_total", "failed_total", "in_flight")]
    check(found == [3, 1, 1, 0], f"{found}")


if __name__ == "__main__":
    _lab.main(promtool_is_content, says_what_the_round_records_say,
              counts_targets_by_state_and_names_the_worst,
              tells_about_the_process_and_the_configuration, counts_polls_on_demand)
