#!/usr/bin/env python3
"""/targets in a browser and as JSON: up, down, slow, the last error; filters, order, pages; nothing
secret, nothing from elsewhere. With SONDE_UPDATE_DOCS=1 the picture of the documentation is made
anew."""
# ctest: timeout=180
import os
import re
import shutil
import struct
import subprocess

import _lab
import _pages
from _lab import SECRET, check

ALL = len(_pages.WELL) + 3
PICTURE_MAX = 150_000


def browse(lab, url, picture=None, seconds=2):
    """What a browser makes of a page when somebody has looked at it for so long, in the browser's
    own time: its document, or a picture of it."""
    out = [f"--screenshot={picture}", "--window-size=1280,720"] if picture else ["--dump-dom"]
    done = subprocess.run(
        [_lab.tool("chromium"), "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={lab.path('chromium')}",
         f"--virtual-time-budget={1000 * seconds}", *out, url],
        capture_output=True, text=True, timeout=90 * _lab.FACTOR, check=False)
    check(done.returncode == 0, f"chromium: {done.returncode} {done.stderr[-500:]}")
    return done.stdout


def rows(document):
    """The cells of each row of the page's table, as text."""
    body = document[document.index("<tbody>"):document.index("</tbody>")]
    return [[re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td.*?</td>", row, re.S)]
            for row in re.findall(r"<tr>.*?</tr>", body, re.S)]


def shows_up_down_slow_and_the_last_error(lab):
    """What is wrong comes first; the script adds its switch; the picture is of the page."""
    _lab.tool("chromium")
    collector = _pages.watched(lab)
    url = f"http://127.0.0.1:{collector.port}/targets"
    document = browse(lab, url)
    found = rows(document)
    check(len(found) == ALL, f"{len(found)} rows")
    check([row[0] for row in found[:3]] == ["refused", "down", "slow"], f"{found[:4]}")
    check(found[0][1] == _pages.REFUSED and found[0][2].startswith("wrongDigest"), f"{found[0]}")
    check(found[1][1] == _pages.DEAD and found[1][2].startswith("timeout: "), f"{found[1]}")
    check(found[1][8] == "never", f"{found[1]}")
    check(found[2][1] == _pages.SLOW and found[2][2] == "", f"{found[2]}")
    check(float(found[2][3].split()[0]) > 1000, f"{found[2]}")
    check(all(row[0] == "up" and row[2] == "" for row in found[3:]), f"{found}")
    check("site=fra" in found[0][10], f"{found[0]}")
    check("refresh every 5 s" in document, "the script did not run")

    picture = lab.path("targets.png")
    browse(lab, url, picture)
    with open(picture, "rb") as f:
        data = f.read()
    check(data[:8] == b"\x89PNG\r\n\x1a\n", "no picture")
    check(struct.unpack(">II", data[16:24]) == (1280, 720), "its size")
    check(10_000 < len(data), f"{len(data)} octets: an empty picture")
    if os.environ.get("SONDE_UPDATE_DOCS"):
        check(len(data) < PICTURE_MAX, f"{len(data)} octets")
        os.makedirs(f"{_lab.SOURCE}/docs/images", exist_ok=True)
        shutil.copyfile(picture, f"{_lab.SOURCE}/docs/images/targets.png")


def filters_by_form_and_by_link(lab):
    """As the form sends them; the form keeps what was asked."""
    _lab.tool("chromium")
    collector = _pages.watched(lab)
    url = f"http://127.0.0.1:{collector.port}/targets"
    found = rows(browse(lab, f"{url}?q=CORE&module=&state=&limit=100&sort=instance"))
    check([row[1] for row in found] == sorted(n for n, _ in _pages.WELL if n.startswith("core")),
          f"{found}")
    document = browse(lab, f"{url}?state=down")
    check([row[1] for row in rows(document)] == [_pages.DEAD], "state=down")
    check('<option value="down" selected' in document, "the form forgot the state")
    document = browse(lab, f"{url}?q=%3Cscript%3Ealert(1)%3C/script%3E")
    check(rows(document) == [] and "<script>alert" not in document, "markup in a query")


def looks_again_while_it_is_looked_at(lab):
    """Once in five seconds; the new list takes the place of the old one."""
    _lab.tool("chromium")
    collector = _pages.watched(lab)

    def asked():
        return int(re.search(r"^sonde_http_requests_total (\d+)$", collector.get("/metrics"),
                             re.M).group(1))
    before = asked()
    document = browse(lab, f"http://127.0.0.1:{collector.port}/targets", seconds=12)
    # the page, its style, its script, the list again twice; and what is asked here
    check(asked() - before == 6, f"{asked() - before} requests")
    check(len(rows(document)) == ALL and document.count('id="live"') == 1, "the list")


def json_says_the_same(lab):
    """Totals are those of all targets, whatever the filter; pages follow each other."""
    collector = _pages.watched(lab)
    page = collector.targets()
    check(page["totals"] == {"all": ALL, "pending": 0, "up": len(_pages.WELL), "slow": 1,
                             "down": 1, "refused": 1, "unresolved": 0}, f"{page['totals']}")
    names = sorted(t["instance"] for t in page["targets"])
    check(names == [t["instance"] for t in page["targets"]] and len(names) == ALL, "order")
    dead, = collector.targets("state=down")["targets"]
    check(dead["instance"] == _pages.DEAD and dead["last"]["status"] == "timeout"
          and dead["last"]["error"] and dead["last_success"] is None and dead["failures"] >= 1
          and dead["labels"] == {"site": "ams"}, f"{dead}")
    slow, = collector.targets("state=slow")["targets"]
    check(slow["last"]["duration_ms"] > 1000 and slow["last"]["rows"] > 0
          and slow["last_success"] == slow["last"]["at"], f"{slow}")
    check(collector.targets("q=sin")["matched"] == 1, "a label's value")
    check(collector.targets("module=if_mib")["matched"] == ALL, "a module")
    check(collector.targets("module=if")["matched"] == 0, "part of a module's name")
    check(collector.targets("state=down,refused")["matched"] == 2, "two states")
    parts = [t["instance"] for offset in range(0, ALL + 5, 5)
             for t in collector.targets(f"limit=5&offset={offset}")["targets"]]
    check(parts == names, f"{parts}")
    by_time = collector.targets("sort=-duration&limit=1")["targets"]
    check(by_time[0]["instance"] in (_pages.SLOW, _pages.DEAD), f"{by_time}")
    check(collector.targets("limit=0")["targets"] == [], "no rows")
    status, headers, text = collector.ask("/targets", headers={"Accept": "application/json"})
    check(status == 200 and headers["Content-Type"] == "application/json", f"{headers}")
    check('"totals"' in text, text)
    for query in ("state=dwon", "sort=x", "limit=-1", "offset=9999&limit=5", "format=xml"):
        status, _, text = collector.ask(f"/targets?{query}")
        check(status == 400 and ("expected" in text or "narrow" in text),
              f"{query}: {status} {text}")


def shows_nothing_secret_and_needs_nothing_from_elsewhere(lab):
    """Every page; headers that keep a browser from loading or framing anything."""
    collector = _pages.watched(lab)
    for path in ("/", "/targets", "/config", "/metrics", "/assets/page.css", "/assets/page.js",
                 "/targets?format=json"):
        status, headers, text = collector.ask(path)
        check(status == 200, f"{path}: {status}")
        check(SECRET not in text, f"{path} shows a secret")
        check("default-src 'none'" in headers["Content-Security-Policy"], f"{path}: {headers}")
        check(headers["X-Content-Type-Options"] == "nosniff", f"{path}: {headers}")
        check(not re.search(r"(src|href)=\"?(https?:)?//", text), f"{path} loads from elsewhere")
    shown = collector.get("/config")
    check("community: <secret>" in shown and "password: <secret>" in shown, shown)
    check("listen: " in shown and f"instance: {_pages.DEAD}" in shown, shown)


if __name__ == "__main__":
    _lab.main(shows_up_down_slow_and_the_last_error, filters_by_form_and_by_link,
              looks_again_while_it_is_looked_at, json_says_the_same,
              shows_nothing_secret_and_needs_nothing_from_elsewhere)
