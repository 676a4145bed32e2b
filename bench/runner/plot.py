"""The plot of bench/run: CPU for a million varbinds by who polls, a panel for each workload, bars
on a logarithmic scale. SVG is written here; PNG is made of it by rsvg-convert where there is one."""
import html
import math
import os
import shutil
import subprocess

WIDTH, LEFT, RIGHT = 1000, 220, 190  # of the page, of the names, of the figures behind the bars
TOP, BOTTOM, HEAD, BAR, GAP, BETWEEN = 100, 66, 44, 17, 8, 26
INK, FAINT, GRID, PAPER = "#1f2933", "#616e7c", "#dfe3e8", "#fcfcfa"
COLOURS = {"bare": "#9aa5b1", "sonde": "#d1495b", "other": "#6f9bc4"}
FONT = "DejaVu Sans, Verdana, Helvetica, sans-serif"


def _text(x, y, text, size=13, **more):
    """A piece of text; more: attributes, _ for -."""
    rest = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in more.items())
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}"{rest}>'
            f"{html.escape(text)}</text>")


def _kind(name):
    return "bare" if name.startswith("bare") else "sonde" if name.startswith("sonde") else "other"


def _figure(value):
    """A number with two digits that count, at least."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


class Scale:
    """Where a value is."""

    def __init__(self, values):
        self.low = math.floor(math.log10(min(values)) * 2 - 0.3) / 2  # no bar is without length
        self.high = math.ceil(math.log10(max(values)) * 2) / 2

    def x(self, value):
        """The end of a bar."""
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def lines(self):
        """Values of the grid: (value, whether it has a label)."""
        for power in range(math.floor(self.low), math.ceil(self.high) + 1):
            for factor in range(1, 10):
                if self.low <= math.log10(factor * 10.0 ** power) <= self.high + 1e-9:
                    yield factor * 10.0 ** power, factor == 1


def _grid(scale, top, bottom):
    return [f'<line x1="{scale.x(value):.1f}" x2="{scale.x(value):.1f}" y1="{top}" y2="{bottom}" '
            f'stroke="{GRID}" stroke-width="{1.3 if labelled else 0.5}"/>'
            for value, labelled in scale.lines()]


def _axis(scale, y):
    return [_text(scale.x(value), y, f"{value:g}", 12, text_anchor="middle", fill=FAINT)
            for value, labelled in scale.lines() if labelled]


def _bar(scale, y, name, value, ratio):
    """One line: its name, its bar, its figures."""
    kind = _kind(name)
    weight = {"font_weight": "bold"} if kind == "sonde" else {}
    width = scale.x(value) - LEFT
    return [_text(LEFT - 10, y + BAR - 4, name, 13, text_anchor="end", fill=INK, **weight),
            f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2" '
            f'fill="{COLOURS[kind]}"/>',
            _text(LEFT + width + 8, y + BAR - 4, f"{_figure(value)} s", 12, fill=INK, **weight),
            _text(LEFT + width + 76, y + BAR - 4, f"{_figure(ratio)} ×", 12, fill=FAINT)]


def _panels(result):
    """(title, [(name, CPU s per million varbinds, ratio)]) of workloads with more than one line."""
    for workload in result.values():
        cases = sorted(((name, case["us_per_varbind"]["median"], case["ratio"]["median"])
                        for name, case in workload["cases"].items()), key=lambda case: case[1])
        if len(cases) > 1:
            pause = f", every {workload['interval_s']:g} s" if workload["interval_s"] else ""
            title = workload["title"]
            yield (f"{title[0].upper()}{title[1:]}{pause}",
                   f"1 × is {workload['base']}", cases)


def svg(result, lines):
    """The whole picture of {workload: figures}, with lines of text below its title; None: nothing
    to compare."""
    panels = list(_panels(result))
    if not panels:
        return None
    scale = Scale([value for _, _, cases in panels for _, value, _ in cases])
    y, parts = TOP, []
    for title, base, cases in panels:
        parts.append(_text(LEFT, y + 16, title, 15, font_weight="bold", fill=INK))
        parts.append(_text(LEFT, y + 33, base, 11, fill=FAINT))
        y += HEAD
        parts += _grid(scale, y - 4, y + len(cases) * (BAR + GAP) - GAP + 4)
        for case in cases:
            parts += _bar(scale, y, *case)
            y += BAR + GAP
        y += BETWEEN
    y -= BETWEEN
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + BOTTOM}" '
            f'viewBox="0 0 {WIDTH} {y + BOTTOM}" font-family="{FONT}">',
            f'<rect width="100%" height="100%" fill="{PAPER}"/>',
            _text(24, 36, "CPU seconds for a million varbinds", 21, font_weight="bold", fill=INK)]
    head += [_text(24, 58 + 18 * i, line, 12, fill=FAINT) for i, line in enumerate(lines)]
    foot = _text((LEFT + WIDTH - RIGHT) / 2, y + 42, "user and system time of one poller on one "
                 "CPU; logarithmic; shorter is better", 12, text_anchor="middle", fill=FAINT)
    return "\n".join([*head, *parts, *_axis(scale, y + 16), foot, "</svg>"]) + "\n"


def _measured(result):
    """How it was measured, in two lines."""
    quick = " A quick look: not to be relied on." if result["quick"] else ""
    return (f"Pollers in turn on one CPU, simulated devices on another; medians of "
            f"{result['rounds']} slices of {result['seconds']:g} s or more each.{quick}",
            result["host"]["system"])


def write(result, stem):
    """stem.svg and stem.png; the names of what was written, and why something was not."""
    picture = svg(result["workloads"], _measured(result))
    if not picture:
        return [], "no plot: nothing to compare"
    with open(f"{stem}.svg", "w", encoding="utf-8") as f:
        f.write(picture)
    program = shutil.which("rsvg-convert")
    if not program:
        if os.path.exists(f"{stem}.png"):
            os.remove(f"{stem}.png")  # of another run
        return [f"{stem}.svg"], "no PNG: rsvg-convert is not installed (scripts/deps)"
    subprocess.run([program, "--zoom", "1.5", "-o", f"{stem}.png", f"{stem}.svg"], check=True)
    return [f"{stem}.svg", f"{stem}.png"], ""
