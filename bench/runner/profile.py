"""Where user space spends its instructions on a GET of ten counters and on a walk: callgrind over
the whole of sonde poll, twice for different times, and the difference by rounds, so that starting is
not in it, nor what is learned in a first round.
Instructions do not depend on how busy the machine is. valgrind does not know io_uring: the back end
is recvmmsg."""
import collections
import dataclasses
import re
import shutil
import subprocess

from .collectors import SONDE, Wrong
from .lines import SUMMARY, Sonde
from .scene import SOURCE, _lab
from .slices import run_process
from .workloads import WORKLOADS, Devices

PROFILED = {"get": (2, 6), "walk": (6, 14)}  # workloads, s of the two runs
DEVICES = {"get": 1000, "walk": 20}  # few: all must get beyond what is learned
STAGES = [  # of the first that fits a function, as source file:function
    ("write request", r"^(codec|msg)/.*write|:(sn_plain_build|prepare|sn_step_get_start|add_name)$"),
    ("decode", r"^(codec|msg)/|^session/plain"),
    ("step", r"^(collect|plan|record|round)/"),
    ("encode", r"^(encode|output)/"),
    ("session, loop", r"^(session|scheduler|io|daemon|observe|usm)/"),
    ("memory, other", r""),
]
LINE = re.compile(r"\s*([\d,]+) \([^)]*\)\s+(\S+?):([^\s\[]+)")


def _counts(path):
    """Instructions by (source file, function); what is inlined is listed by the file it is from."""
    tool = shutil.which("callgrind_annotate")
    done = subprocess.run([tool, "--inclusive=no", "--threshold=100", "--auto=no", path],
                          capture_output=True, text=True, timeout=120, check=True)
    counts = collections.Counter()
    for line in done.stdout.splitlines():
        found = LINE.match(line)
        if found:
            file = found[2].rsplit(f"{SOURCE}/", 1)[-1].removeprefix("src/")
            function = re.sub(r"\.(constprop|part|isra|cold)\.?\d*|'.*", "", found[3])
            counts["libc" if file.startswith(("/", ".")) else file, function] += \
                int(found[1].replace(",", ""))
    return counts


def _callgrind(line, seconds, devices):
    """One run: (instructions by function, rounds)."""
    out = devices.lab.path(f"callgrind.{seconds}")
    err = devices.lab.path("callgrind.err")
    status, _ = run_process(
        [shutil.which("valgrind"), "--tool=callgrind", f"--callgrind-out-file={out}", SONDE, "poll",
         "-c", line.config, "--threads", "1", "--io", "recvmmsg", "--duration", f"{seconds}s"],
        {}, devices.collector_cpu, "/dev/null", err)
    told = SUMMARY.search(_lab.Lab.read(err))
    if status != 0 or not told:
        raise Wrong(f"callgrind: status {status}: {_lab.Lab.read(err)[-500:]}")
    return _counts(out), int(told["rounds"])


def _homes(counts):
    """The .c file that each function is compiled in; of several with that name the busiest."""
    return {function: file for (file, function), _ in reversed(counts.most_common())
            if file.endswith(".c")}


def _stage(file, function, homes):
    """What is inlined belongs to where it is from, but what all use (base) to who uses it."""
    if file.startswith("base/"):
        file = homes.get(function, file)
    return next(name for name, rule in STAGES if re.search(rule, f"{file}:{function}"))


def _one(lab, workload, seconds):
    devices = Devices(lab, workload)
    try:
        line = Sonde(devices)
        runs = [_callgrind(line, s, devices) for s in seconds]
        usage = line.start([SONDE, "poll", "-c", line.config, "--threads", "1", "--duration",
                            "3s"], {})[0]
    finally:
        devices.close()
    rounds = runs[1][1] - runs[0][1]
    counts = collections.Counter({key: (n - runs[0][0][key]) / rounds
                                  for key, n in runs[1][0].items()})
    homes, stages, functions = _homes(counts), collections.Counter(), collections.Counter()
    for (file, function), n in counts.items():
        stages[_stage(file, function, homes)] += n
        home = file if file.endswith(".c") else homes.get(function, file)
        functions[home, function] += n
    return {"title": workload.title, "rounds": rounds, "varbinds": workload.rows * workload.row,
            "instructions_per_round": sum(counts.values()),
            "user_share": usage.ru_utime / (usage.ru_utime + usage.ru_stime),
            "stages": dict(stages.most_common()),
            "functions": [{"function": function, "file": file, "instructions": n}
                          for (file, function), n in functions.most_common() if n >= 1]}


def measure(lab):
    """{workload: instructions a round and a varbind}; empty without valgrind."""
    if not shutil.which("valgrind") or not shutil.which("callgrind_annotate"):
        return {}
    return {w.name: _one(lab, dataclasses.replace(w, devices=DEVICES[w.name]), PROFILED[w.name])
            for w in WORKLOADS if w.name in PROFILED}


def print_tables(result, most=25):
    """For people."""
    if not result:
        print("\nprofile: valgrind is not installed (scripts/deps)")
    for r in result.values():
        total, n = r["instructions_per_round"], r["varbinds"]
        print(f"\nInstructions in user space, {r['title']}, rows to /dev/null (callgrind, "
              f"{r['rounds']} rounds):\n{total:.0f} a round, {total / n:.0f} a varbind. Of the CPU "
              f"time {r['user_share']:.0%} is user space, the rest the kernel's.\n")
        print(f"{'':<16} {'a round':>9} {'a varbind':>10} {'share':>6}")
        for stage, count in r["stages"].items():
            print(f"{stage:<16} {count:>9.0f} {count / n:>10.1f} {count / total:>6.1%}")
        print()
        for entry in r["functions"][:most]:
            count = entry["instructions"]
            print(f"{count:>9.1f} {count / total:>6.1%}  {entry['file']}: {entry['function']}")
