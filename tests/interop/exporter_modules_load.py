#!/usr/bin/env python3
"""snmp_exporter's module files are read as they are: those of this repository and the exporter's own
snmp.yml, which has 2 MB, in a moment. The exporter reads the same files."""
# ctest: timeout=120
import os
import re
import resource
import statistics
import subprocess

import _exporter
import _lab
from _exporter import MODULES
from _lab import Skip, check

MODULES_MIN = 50
SECONDS = 0.5  # for 2 MB: well under a second
TIMES = 5


def configure(lab, path):
    """A configuration with a module file, the first of whose modules is used."""
    module = next(iter(_exporter.read_modules(path)))
    return lab.write("sonde.yaml", (
        f"module_files: [{path}]\nauths: {{lab: {{version: 2}}}}\n"
        f"targets:\n  - static: [{{targets: [127.0.0.1], labels: {{__param_module: {module}, "
        "__param_auth: lab}}]\n"))


def cpu_of_a_check(lab, config):
    """CPU seconds of sonde poll --check, which must find nothing wrong."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([_lab.SONDE, "poll", "--check", "-c", config], cwd=lab.dir, text=True,
                          capture_output=True, check=False, timeout=60 * _lab.FACTOR)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    check(done.returncode == 0, f"status {done.returncode}: {done.stderr[:600]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def check_the_end_counts(lab, path):
    """A wrong key behind all else is found: the whole file was read."""
    text = lab.read(path)
    spoiled = lab.write("spoiled.yml", text.rstrip("\n") + "\n      unheard_of: 1\n")
    run, status = lab.poll("--check", "-c", configure(lab, spoiled))
    line = text.rstrip("\n").count("\n") + 2
    check(status == 2 and f"spoiled.yml:{line}:" in run.err, f"{status}: {run.err[:300]}")


def are_read_as_they_are(lab):
    """The modules here, by sonde and by each exporter that can read them all."""
    modules = _exporter.read_modules(MODULES)
    check(len(modules) >= MODULES_MIN, f"only {len(modules)} modules")
    spent = cpu_of_a_check(lab, configure(lab, MODULES))
    # the last module ends with a metric in one line
    text = lab.read(MODULES)
    spoiled = lab.write("spoiled.yml", f"{text}      - {{name: a, oid: 1.3.6, type: nonsense}}\n")
    run, status = lab.poll("--check", "-c", configure(lab, spoiled))
    check(status == 2 and f"spoiled.yml:{text.count(chr(10)) + 1}:" in run.err, run.err[:300])
    print(f"    {len(modules)} modules, {spent * 1000:.0f} ms of CPU")


def are_read_by_the_exporter_as_well(lab):
    """Those that a version can do: without it, the other tests would compare nothing."""
    modules = _exporter.read_modules(MODULES)
    for program in _exporter.programs():
        exporter = _exporter.Exporter(lab, program, MODULES, modules)
        status, said, _ = exporter.get("/config")
        names = re.findall(r"(?m)^(?:  )?([\w-]+):$", said) if status == 200 else []
        missing = exporter.modules.keys() - set(names)
        check(not missing, f"{program.name} lacks {missing}")
        print(f"    {program.name}: {len(exporter.modules)} of {len(modules)}")


def two_megabytes_are_read_in_a_moment(lab):
    """The exporter's own file."""
    path = _exporter.default_modules()
    if not path:
        raise Skip("no snmp.yml of snmp_exporter (SONDE_SNMP_YML, bench/run --install-peers)")
    modules = _exporter.read_modules(path)
    check(len(modules) >= MODULES_MIN, f"only {len(modules)} modules")
    config = configure(lab, path)
    spent = statistics.median(cpu_of_a_check(lab, config) for _ in range(TIMES))
    print(f"    {path}: {os.path.getsize(path) / 1e6:.1f} MB, {len(modules)} modules, "
          f"{spent * 1000:.0f} ms of CPU")
    check(spent < SECONDS * _lab.FACTOR, f"{spent:.3f} s of CPU")
    check_the_end_counts(lab, path)


if __name__ == "__main__":
    _lab.main(are_read_as_they_are, are_read_by_the_exporter_as_well,
              two_megabytes_are_read_in_a_moment)
