#!/usr/bin/env python3
"""deploy/prometheus and deploy/grafana: promtool finds the rules right, each alert is seen to fire and
not to fire, rules and dashboard name only metrics, labels and states that docs/METRICS.md has, and a real
Prometheus that scrapes a real collector by deploy/docker/prometheus.yml has data for every one of them."""
# ctest: timeout=120
import http.client
import json
import os
import re
import subprocess
import urllib.parse

import _exporter
import _lab
from _lab import SECRET, Skip, check, wait_until

DEPLOY = f"{_lab.SOURCE}/deploy"
RULES = f"{DEPLOY}/prometheus/sonde.rules.yml"
RULES_TEST = f"{_lab.SOURCE}/tests/data/sonde.rules.test.yml"
BOARD = f"{DEPLOY}/grafana/sonde.json"
COLUMNS = 24  # of Grafana's grid

KEYWORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right",
            "bool", "offset", "inf", "nan"}
PARTS = re.compile(r"_(bucket|sum|count)$")


def promtool(*args):
    """What it says; it must be content."""
    done = subprocess.run([_lab.tool("promtool"), *args], capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"promtool {args[0]}: {(done.stdout + done.stderr)[-1500:]}")
    return done.stdout


def load(path):
    """A file in YAML."""
    try:
        import yaml  # pylint: disable=import-outside-toplevel
    except ImportError:
        raise Skip("python3-yaml is not installed (scripts/deps)") from None
    with open(path, encoding="utf-8") as f:
        return yaml.safe_load(f)


def rules():
    """All rules of the file."""
    return [rule for group in load(RULES)["groups"] for rule in group["rules"]]


def board():
    """The dashboard."""
    with open(BOARD, encoding="utf-8") as f:
        return json.load(f)


def queries():
    """{where: expression} of the dashboard, annotations included."""
    found = {f"{p['title']}, {t['refId']}": t["expr"] for p in board()["panels"]
             for t in p.get("targets", [])}
    found |= {a["name"]: a["expr"] for a in board()["annotations"]["list"]}
    return found


def filled(expression):
    """As Grafana asks it: with the values of its variables."""
    text = (expression.replace("$__rate_interval", "1m").replace("$__range", "1h")
            .replace("$job", "sonde").replace("$instance", ".*"))
    check("$" not in text, f"a variable that this test does not know: {expression}")
    return text


# What docs/METRICS.md says

class Book:
    """Its metrics with their labels, and the states of targets."""

    def __init__(self):
        text = _lab.Lab.read(f"{_lab.SOURCE}/docs/METRICS.md")
        self.labels, self.kinds = {"up": set(), "ALERTS": {"alertname", "alertstate"}}, {}
        of_workers = text.index("\n## Workers")
        for m in re.finditer(r"(?m)^\| `(\w+)` \| (\w+) \| (.*) \|$", text):
            listed = m[3].split("|")[0] if m.start() < of_workers else "worker"
            self.labels[m[1]] = {label.strip() for label in listed.split(",")} - {""}
            self.kinds[m[1]] = m[2]
        self.states = set(re.findall(r"(?m)^\| (\w+) \| ", text[text.index("States of targets"):
                                                                of_workers])) - {"state"}
        check(len(self.labels) > 80 and len(self.states) > 5, "docs/METRICS.md reads otherwise")

    def of(self, name):
        """The labels of a series; None: there is none of that name."""
        base = PARTS.sub("", name)
        if self.kinds.get(base) == "histogram":
            return self.labels[base] | {"le"} if name != base else None
        found = self.labels.get(name)
        if found is not None and "instance" in found:
            return found - {"instance"} | {"exported_instance"}
        return found


def series(expression):
    """[(name, [(label, value)])] of an expression, and the labels that it groups by."""
    groups = re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", expression)
    text = re.sub(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)", " ", expression)
    text = re.sub(r"\[[^\]]*\]", " ", text)
    found = []
    for m in re.finditer(r'([a-zA-Z_:][\w:]*)\s*(\{((?:[^}"]|"(?:[^"\\]|\\.)*")*)\}|\(?)',
                         re.sub(r'(?<=[{,])\s+', "", text)):
        if m[1] in KEYWORDS or m[2] == "(":
            continue
        found.append((m[1], re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"',
                                       m[3] or "")))
    return found, {label.strip() for group in groups for label in group.split(",")} - {""}


def fault_of(expression, book, recorded):
    """What it names that is not there; None: nothing."""
    found, groups = series(expression)
    if not found:
        return "no metric"
    known = {"job", "instance"}
    for name, matchers in found:
        labels = recorded if name in recorded else book.of(name)
        if labels is None:
            return f"no metric {name}"
        if name not in recorded:
            known |= labels
            for label, value in matchers:
                if label not in labels | {"job", "instance"}:
                    return f"{name} has no label {label}"
                if label == "state" and not set(value.split("|")) <= book.states:
                    return f"no state {value}"
    if not recorded & {name for name, _ in found} and not groups <= known:
        return f"no label {', '.join(groups - known)}"
    return None


def rules_are_right_and_fire_when_they_should(_):
    """promtool; and no alert is without a test."""
    promtool("check", "rules", RULES)
    promtool("test", "rules", RULES_TEST)
    alerts = {rule["alert"] for rule in rules() if "alert" in rule}
    text = _lab.Lab.read(RULES_TEST)
    untested = [name for name in alerts if f'alertname="{name}",instance="' not in text]
    check(not untested, f"alerts without a test: {untested}")
    for rule in rules():
        if "alert" in rule:
            check(rule["labels"]["severity"] in ("info", "warning", "critical")
                  and rule["annotations"].get("summary"), f"{rule['alert']} says too little")
    print(f"    {len(alerts)} alerts, {len(rules()) - len(alerts)} recorded series")


def finds_what_is_not_there(_):
    """The comparison with docs/METRICS.md sees wrong names."""
    book = Book()
    for expression, fault in (
            ('rate(sonde_rows_totl{worker="1"}[5m])', "no metric sonde_rows_totl"),
            ('sum by (workr) (rate(sonde_rows_total[5m]))', "no label workr"),
            ('sonde_targets{stat="up"}', "sonde_targets has no label stat"),
            ('sonde_targets{state=~"up|gone"}', "no state up|gone"),
            ('sonde_round_lateness_seconds', "no metric sonde_round_lateness_seconds"),
            ('histogram_quantile(0.9, sum by (le) (rate(sonde_round_lateness_seconds_bucket[1m])))',
             None),
            ('1 + vector(0)', "no metric"),
            ('a:b / on (instance) up{job="sonde"}', None)):
        said = fault_of(expression, book, {"a:b"})
        check(said == fault, f"{expression}: {said}, not {fault}")


def names_only_what_there_is(_):
    """Rules and dashboard, against docs/METRICS.md."""
    book, recorded = Book(), {rule["record"] for rule in rules() if "record" in rule}
    asked = {rule.get("alert") or rule["record"]: rule["expr"] for rule in rules()} | queries()
    faults = {where: fault for where, fault in
              ((where, fault_of(expr, book, recorded)) for where, expr in asked.items()) if fault}
    check(not faults, f"{faults}")
    check(len(asked) > 60, f"only {len(asked)} expressions")


def is_a_dashboard_grafana_takes(lab):
    """What can be known without Grafana: ids, places, the variable for the data source, and every
    expression is one."""
    found, taken = board(), {}
    ids = [panel["id"] for panel in found["panels"]]
    check(len(set(ids)) == len(ids), "two panels with one id")
    for panel in found["panels"]:
        place = panel["gridPos"]
        check(place["x"] >= 0 and place["x"] + place["w"] <= COLUMNS, f"{panel['title']}: {place}")
        for cell in ((x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])):
            check(cell not in taken, f"{panel['title']} lies over {taken.get(cell)}")
            taken[cell] = panel["title"]
        for thing in [panel, *panel.get("targets", [])] if panel["type"] != "row" else []:
            check(thing["datasource"] == {"type": "prometheus", "uid": "${datasource}"},
                  f"{panel['title']}: another data source")
        letters = [target["refId"] for target in panel.get("targets", [])]
        check(len(set(letters)) == len(letters), f"{panel['title']}: a refId twice")
    names = [variable["name"] for variable in found["templating"]["list"]]
    check(names == ["datasource", "job", "instance"], f"variables {names}")
    text = "groups:\n  - name: dashboard\n    rules:\n" + "".join(
        f"      - {{record: 'a:b{n}', expr: {json.dumps(filled(expr))}}}\n"
        for n, expr in enumerate(queries().values()))
    promtool("check", "rules", lab.write("board.yml", text))


class Prometheus:
    """One that scrapes a collector by the configuration of the containers, every second."""

    def __init__(self, lab, port):
        text = lab.read(f"{DEPLOY}/docker/prometheus.yml")
        for old, new in (('"sonde:9116"', f'"127.0.0.1:{port}"'), ("interval: 15s", "interval: 1s")):
            check(old in text, f"no {old} in prometheus.yml")
            text = text.replace(old, new)
        os.symlink(RULES, lab.path("sonde.rules.yml"))
        self.port, self.log = _exporter.free_tcp_port(), lab.path("prometheus.log")
        with open(self.log, "wb") as log:
            self.process = lab.popen(
                [_lab.tool("prometheus"), f"--config.file={lab.write('prometheus.yml', text)}",
                 f"--storage.tsdb.path={lab.path('data')}", "--log.level=warn",
                 f"--web.listen-address=127.0.0.1:{self.port}"],
                cwd=lab.dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def ask(self, path, **parameters):
        """The data of an answer; None: there is none yet."""
        check(self.process.poll() is None, f"Prometheus ended: {_lab.Lab.read(self.log)[-600:]}")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
            answer = connection.getresponse()
            text = json.loads(answer.read())
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            return None
        finally:
            connection.close()
        check("error" not in text or answer.status == 503, f"{parameters}: {text.get('error')}")
        return text.get("data")

    def has(self, expression):
        """Whether an expression has a value."""
        answer = self.ask("query", query=expression)
        return bool(answer and answer["result"])


def has_data_for_every_panel_and_rule(lab):
    """A collector with devices that lose datagrams, one that is dead, and a spool for a broker that is."""
    lab.simulate("-n", "10", "--listen", "127.1.0.1/16:0", "--community", SECRET,
                 "--targets", lab.path("targets.json"), "--fault", "loss=5%,share=100%")
    config = lab.config('  - file_sd: {files: [targets.json], labels: {__param_module: if_mib}}\n'
                        f'  - static: [{{targets: ["{_lab.Silent(lab).target}"]}}]\n',
                        poll="interval: 1s, timeout: 300ms, retries: 1",
                        output="  - file: {path: rows.json, format: json}\n"
                               "  - kafka: {brokers: '127.0.0.1:1', topic: t, spool: {path: spool}}\n")
    lab.write("sonde.yaml", "listen: 127.0.0.1:0\n" + lab.read(config))
    run = lab.start("-c", config)
    run.until_said("listening on")
    prometheus = Prometheus(lab, re.search(r"listening on .*port (\d+)", run.err)[1])
    missing = {where: filled(expr) for where, expr in queries().items()
               if where not in ("Alerts", "Configurations")}
    missing |= {rule["record"]: rule["record"] for rule in rules() if "record" in rule}
    every = len(missing)

    def nothing_is_missing():
        for where in [where for where, expr in missing.items() if prometheus.has(expr)]:
            del missing[where]
        return not missing
    try:
        wait_until(nothing_is_missing, 40, "data")
    except _lab.Failure:
        raise _lab.Failure(f"no data for {missing}") from None
    unwell = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]
              if rule["health"] != "ok"]
    check(not unwell, f"rules: {unwell}")
    print(f"    data for {every} expressions")


if __name__ == "__main__":
    _lab.main(rules_are_right_and_fire_when_they_should, finds_what_is_not_there,
              names_only_what_there_is, is_a_dashboard_grafana_takes,
              has_data_for_every_panel_and_rule)
