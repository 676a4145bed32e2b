"""Measuring: processes with what CPU they took, slices with how much the rest of the machine was
busy, cases in turn, medians."""
import os
import random
import statistics
import time

TICK = os.sysconf("SC_CLK_TCK")
CPUS = os.cpu_count()


def run_process(args, env, cpu, stdout, stderr):
    """Runs a program on one CPU to its end: exit status and resource usage, its start included.
    posix_spawn, since a fork of this interpreter would be charged to the program."""
    mine = os.sched_getaffinity(0)
    actions = [(os.POSIX_SPAWN_OPEN, fd, path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
               for fd, path in ((1, stdout), (2, stderr))]
    os.sched_setaffinity(0, {cpu})
    try:
        pid = os.posix_spawn(args[0], args, env, file_actions=actions)
    finally:
        os.sched_setaffinity(0, mine)
    _, status, usage = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), usage


def _busy():
    """CPU seconds all processors have been busy with anything, stolen time included."""
    with open("/proc/stat", encoding="ascii") as f:
        fields = [int(n) for n in f.readline().split()[1:]]
    user, nice, system, _, _, irq, softirq, steal = fields[:8]
    return (user + nice + system + irq + softirq + steal) / TICK


class Slice:
    """One stretch of work of one collector."""

    def __init__(self):
        self.user = self.system = 0.0  # CPU of the collector's processes, s
        self.walks = 0      # whole walks of both tables
        self.requests = 0   # requests sent, retransmissions included
        self.received = 0   # varbinds in the answers; 0: not known
        self.processes = 0  # started
        self.wall = 0.0     # s
        self.foreign = 0.0  # share of all processors that others used

    def add(self, usage):
        """Counts a process that has ended."""
        self.user += usage.ru_utime
        self.system += usage.ru_stime
        self.processes += 1

    def figures(self, varbinds):
        """What is reported of it; varbinds: of one walk."""
        cpu = self.user + self.system
        made = {"us_per_varbind": cpu * 1e6 / (self.walks * varbinds),
                "us_per_walk": cpu * 1e6 / self.walks,
                "varbinds_per_second": self.walks * varbinds / self.wall,
                "user_share": self.user / cpu, "cpu_share": cpu / self.wall,
                "foreign": self.foreign}
        if self.requests:
            made["us_per_request"] = cpu * 1e6 / self.requests
            made["requests_per_walk"] = self.requests / self.walks
        if self.received:
            made["received_per_walk"] = self.received / self.walks
        return made


def measure(scene, case, seconds):
    """One slice of a case."""
    s = Slice()
    began, busy, agent, own = time.monotonic(), _busy(), scene.agent_cpu_seconds(), os.times()
    case.run(s, seconds)
    s.wall = time.monotonic() - began
    now = os.times()
    ours = (s.user + s.system + scene.agent_cpu_seconds() - agent
            + now.user - own.user + now.system - own.system)
    s.foreign = max(0.0, (_busy() - busy - ours) / (CPUS * s.wall))
    return s


def interleave(scene, cases, rounds, seconds, limit, seed, progress):
    """Rounds of one slice of each case in shuffled order. Rounds in which foreign load was above
    the limit anywhere are repeated, as often again at most; all are returned, quiet ones marked."""
    rng = random.Random(seed)
    done, quiet = [], 0
    while quiet < rounds and len(done) < 2 * rounds:
        order = list(cases)
        rng.shuffle(order)
        made = {case.name: measure(scene, case, seconds).figures(scene.varbinds)
                for case in order}
        calm = all(f["foreign"] <= limit for f in made.values())
        quiet += calm
        done.append((calm, made))
        progress(len(done), quiet)
    return done


def _spread(values):
    ordered = sorted(values)
    return {"median": statistics.median(ordered),
            "p5": ordered[round((len(ordered) - 1) * 0.05)],
            "p95": ordered[round((len(ordered) - 1) * 0.95)]}


def summarize(cases, done, base):
    """Medians of each figure over the quiet rounds, and the median of the ratios to the base case
    of the same round; over all rounds where fewer than three were quiet."""
    calm = [made for quiet, made in done if quiet]
    used = calm if len(calm) >= 3 else [made for _, made in done]
    result = {}
    for case in cases:
        figures = used[0][case.name].keys()
        entry = {name: _spread([made[case.name][name] for made in used]) for name in figures}
        entry["ratio"] = _spread([made[case.name]["us_per_varbind"] /
                                  made[base.name]["us_per_varbind"] for made in used])
        result[case.name] = entry
    return result, {"slices": len(used), "quiet": len(calm), "taken": len(done)}
