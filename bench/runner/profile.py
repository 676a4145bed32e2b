"""Where user space spends its instructions on a GET of ten counters: callgrind over the whole of
sonde poll, twice for different times, and the difference by rounds, so that starting is not in it.
Instructions do not depend on how busy the machine is. valgrind does not know io_uring: the back end
is recvmmsg."""
import collections
import re
import shutil
import subprocess

from .collectors import SONDE, Wrong
from .lines import SUMMARY, Sonde
from .micro import FOLDER
from .scene import SOURCE, _lab
from .slices import run_process
from .workloads import COUNTERS, WORKLOADS, Devices

SECONDS = (2, 6)  # of the two runs
STAGES = [  # of the first that fits a function, as source file:function
    ("write request", r"(codec|msg)/.*:.*write|session/plain\.c:sn_plain_build|:prepare$|"
                      r"collect/step_get\.c:(sn_step_get_start|add_name)"),
    ("decode", r"(codec|msg)/|session/plain\.c"),
    ("step", r"(collect|record)/"),
    ("encode", r"output/"),
    ("session, loop", r"(session|scheduler|io|daemon|observe|usm)/"),
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
            file = found[2].removeprefix(f"{SOURCE}/src/")
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
    """Each function under the .c file it is compiled in, headers' parts added."""
    home = {function: file for file, function in counts if file.endswith(".c")}
    found = collections.Counter()
    for (file, function), n in counts.items():
        found[home.get(function, file), function] += n
    return found


def _stage(file, function):
    return next(name for name, rule in STAGES if re.match(rule, f"{file}:{function}")
                or re.search(rule, f"{file}:{function}") and rule)


def measure(lab):
    """Instructions a round and a varbind; None without valgrind."""
    if not shutil.which("valgrind") or not shutil.which("callgrind_annotate"):
        return None
    workload = next(w for w in WORKLOADS if w.name == "get")
    devices = Devices(lab, workload)
    try:
        line = Sonde(devices)
        runs = [_callgrind(line, seconds, devices) for seconds in SECONDS]
        usage = line.start([SONDE, "poll", "-c", line.config, "--threads", "1", "--duration",
                            "3s"], {})[0]
    finally:
        devices.close()
    rounds = runs[1][1] - runs[0][1]
    counts = {key: (n - runs[0][0][key]) / rounds for key, n in runs[1][0].items()}
    stages = collections.Counter()
    for (file, function), n in counts.items():
        stages[_stage(file, function)] += n
    functions = [{"function": function, "file": file, "instructions": n}
                 for (file, function), n in _homes(counts).most_common() if n >= 1]
    return {"rounds": rounds, "varbinds": len(COUNTERS),
            "instructions_per_round": sum(counts.values()),
            "user_share": usage.ru_utime / (usage.ru_utime + usage.ru_stime),
            "stages": dict(stages.most_common()), "functions": functions, "program": SONDE,
            "folder": FOLDER}


def print_table(result, most=25):
    """For people."""
    if not result:
        print("\nprofile: valgrind is not installed (scripts/deps)")
        return
    total, n = result["instructions_per_round"], result["varbinds"]
    print(f"\nInstructions in user space for a GET of {n}, rows to /dev/null (callgrind, "
          f"{result['rounds']} rounds): {total:.0f}, {total / n:.0f} a varbind.\nOf the CPU time "
          f"{result['user_share']:.0%} is user space, the rest the kernel's.\n")
    print(f"{'':<16} {'a round':>9} {'a varbind':>10} {'share':>6}")
    for stage, count in result["stages"].items():
        print(f"{stage:<16} {count:>9.0f} {count / n:>10.1f} {count / total:>6.1%}")
    print()
    for entry in result["functions"][:most]:
        count = entry["instructions"]
        print(f"{count:>9.1f} {count / total:>6.1%}  {entry['file']}: {entry['function']}")
