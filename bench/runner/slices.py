"""Measuring: processes with what CPU they took, slices with how much the rest of the machine was
busy, cases in turn, medians."""
import os
import random
import signal
import statistics
import sys
import threading
import time

TICK = os.sysconf("SC_CLK_TCK")
CPUS = os.cpu_count()
SEED = 1  # of the order of the slices
FOREIGN_MAX = 0.15  # share of all processors that others may use in a quiet round


class Wrong(Exception):
    """A collector did not do the work it should."""


class Peak:
    """Watches how much memory a process and its children have at their peak. What wait4 tells would
    begin with this interpreter's, which the process was for a moment."""
    EVERY = 0.05  # s; what grows in the last moments is missed

    def __init__(self, pid):
        self.kilobytes = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._watch, args=(pid,), daemon=True)
        self.thread.start()

    def _watch(self, pid):
        while not self.over.wait(self.EVERY):
            self.kilobytes = max(self.kilobytes, self._peak(pid))

    def _peak(self, pid):
        """Of a process and those it has started; 0: it has ended."""
        try:
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
                found = next((line for line in f if line.startswith("VmHWM:")), "VmHWM: 0 kB")
            children = []
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as f:
                    children += f.read().split()
        except OSError:
            return 0
        return int(found.split()[1]) + sum(map(self._peak, children))

    def end(self):
        """Octets."""
        self.over.set()
        self.thread.join()
        return self.kilobytes * 1024


def run_watched(args, env, cpu, stdout, stderr, limit):
    """As run_process, and the octets of memory it had at its peak. Killed after so many seconds."""
    peaks, timers = [], []

    def started(pid):
        timers.append(threading.Timer(limit, os.kill, (pid, signal.SIGKILL)))
        timers[0].start()
        peaks.append(Peak(pid))
    status, usage = run_process(args, env, cpu, stdout, stderr, started)
    timers[0].cancel()
    return status, usage, peaks[0].end()


def run_process(args, env, cpu, stdout, stderr, started=None):
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
    if started:
        started(pid)
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
        self.values = 0     # varbinds that are result; 0: those of the walks
        self.answers = 0    # requests answered; 0: all of them
        self.start = 0.0    # CPU of a beginning that is not to be counted, s
        self.seconds = 0.0  # of work; 0: the whole slice
        self.more = {}      # further figures
        self.wall = 0.0     # s
        self.foreign = 0.0  # share of all processors that others used

    def add(self, usage):
        """Counts a process that has ended."""
        self.user += usage.ru_utime
        self.system += usage.ru_stime
        self.processes += 1

    def figures(self, varbinds):
        """What is reported of it; varbinds: of one walk."""
        cpu = self.user + self.system - self.start
        values = self.values or self.walks * varbinds
        seconds = self.seconds or self.wall
        made = {"us_per_varbind": cpu * 1e6 / values, "varbinds_per_second": values / seconds,
                "user_share": self.user / (self.user + self.system),
                "cpu_share": (self.user + self.system) / self.wall, "foreign": self.foreign}
        if self.walks:
            made["us_per_walk"] = cpu * 1e6 / self.walks
        if self.requests:
            answers = self.answers or self.requests
            made["us_per_request"] = cpu * 1e6 / answers
            made["requests_per_second"] = answers / seconds
        if self.requests and self.walks:
            made["requests_per_walk"] = self.requests / self.walks
        if self.received and self.walks:
            made["received_per_walk"] = self.received / self.walks
        return made | self.more


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


def progress(done, quiet):
    """On a terminal only."""
    if sys.stderr.isatty():
        print(f"\r{done} rounds, {quiet} quiet ", end="", file=sys.stderr, flush=True)


def interleave(scene, cases, opt, seconds, rounds=None):
    """Rounds of one slice of each case in shuffled order. Rounds in which foreign load was too high
    anywhere, or somebody did not do the work, are repeated, as often again at most, unless rounds
    says how many there are. Those that went well are returned, quiet ones marked; Wrong: there is
    none."""
    rng = random.Random(SEED)
    limit = 1.0 if opt.quick else FOREIGN_MAX
    wanted = rounds or opt.rounds
    done, quiet, wrong = [], 0, None
    for _ in range(rounds or 2 * wanted):
        order = list(cases)
        rng.shuffle(order)
        try:
            made = {case.name: measure(scene, case, seconds).figures(scene.varbinds)
                    for case in order}
        except Wrong as e:
            wrong = e
            continue
        calm = all(f["foreign"] <= limit for f in made.values())
        quiet += calm
        done.append((calm, made))
        progress(len(done), quiet)
        if quiet == wanted:
            break
    if not done:
        raise wrong
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


def run(scene, cases, base, opt):
    """All cases in turn, and the medians."""
    return summarize(cases, interleave(scene, cases, opt, opt.seconds), base)


def warn(taken, opt):
    """Says so when the figures are not worth much."""
    if taken["quiet"] < 3 or opt.quick:
        print("NOTE: too few quiet slices; the ratios are worth more than the figures.")
