"""The benchmarks written in C, and how many instructions an item takes (callgrind: exact, and the
same on a busy machine)."""
import os
import re
import shutil
import subprocess

from .collectors import SONDE

FOLDER = f"{os.path.dirname(SONDE)}/bench"
TIMED = re.compile(r"^(\w+) +([\d.]+) ns an? (\w+)", re.M)

# program, kernel, function that is counted, iterations
KERNELS = [
    ("bench_codec", "decode", "kernel_decode", 1000),
    ("bench_codec", "check", "kernel_check", 1000),
    ("bench_codec", "walk", "kernel_walk", 1000),
    ("bench_codec", "getbulk_41", "kernel_getbulk", 1000),
    ("bench_codec", "cmp", "kernel_cmp", 100000),
    ("bench_encode", "assemble", "kernel_assemble", 100),
    ("bench_encode", "influx", "kernel_encode", 100),
    ("bench_encode", "json", "kernel_encode", 100),
    ("bench_encode", "prometheus", "kernel_encode", 100),
    ("bench_encode", "influx_kept", "kernel_kept", 100),
    ("bench_encode", "json_kept", "kernel_kept", 100),
    ("bench_encode", "json_samples", "kernel_kept", 100),
    ("bench_encode", "otlp", "kernel_kept", 100),
    ("bench_encode", "avro", "kernel_kept", 100),
    ("bench_encode", "influx_printf", "kernel_printf", 10),
    ("bench_encode", "json_printf", "kernel_printf", 10),
    ("bench_encode", "expose", "kernel_expose", 100),
]


def run(program, *args, timeout=300):
    """The output of one of the C programs; None: not built."""
    path = f"{FOLDER}/{program}"
    if not os.access(path, os.X_OK):
        return None
    done = subprocess.run([path, *args], capture_output=True, text=True, timeout=timeout,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{program}: status {done.returncode}: {done.stderr}")
    return done.stdout


def timings(text):
    """Nanoseconds per item by kernel."""
    return {m[1]: {"ns": float(m[2]), "per": m[3]} for m in TIMED.finditer(text)}


def instructions(wanted=None):
    """Instructions per item by kernel, of the wanted ones only. Empty without valgrind or with a
    build that it can't run (sanitizers)."""
    counts = {}
    valgrind = shutil.which("valgrind")
    for program, kernel, function, iterations in KERNELS if valgrind else []:
        path = f"{FOLDER}/{program}"
        if not os.access(path, os.X_OK) or wanted and kernel not in wanted:
            continue
        done = subprocess.run(
            [valgrind, "--tool=callgrind", f"--toggle-collect={function}",
             "--callgrind-out-file=/dev/null", path, "--callgrind",
             str(iterations), kernel],
            capture_output=True, text=True, timeout=300, check=False)
        total = re.search(r"Collected : (\d+)", done.stderr)
        items = re.search(r"(\d+) (\w+)s$", done.stdout, re.M)
        if done.returncode == 0 and total and items and int(items[1]):
            counts[kernel] = {"instructions": int(total[1]) / int(items[1]), "per": items[2]}
    return counts


def measure(opt):
    """All of them, printed one by one."""
    result = {}
    for program, args in (("bench_codec", ["--quick"] if opt.quick else []),
                          ("bench_encode", ["--quick"] if opt.quick else []),
                          ("bench_usm", ["--quick"] if opt.quick else []),
                          ("bench_io", [] if opt.quick else ["30"])):
        if program == "bench_io" and opt.quick:
            continue
        text = run(program, *args)
        if text is None:
            print(f"\n{program}: not built")
            continue
        print(f"\n{program}\n{text}", end="")
        result[program] = timings(text) or text.splitlines()
    counts = instructions(("decode", "influx") if opt.quick else None)
    if counts:
        print("\nInstructions (callgrind)")
    for kernel, count in counts.items():
        print(f"{kernel:<14} {count['instructions']:8.1f} a {count['per']}")
    result["instructions"] = counts
    return result
