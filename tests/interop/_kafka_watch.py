"""Looks at a trial's pages all the time, and balances its accounts in the end: what was
polled is in Kafka, or still waits, or was given up for a reason that is told."""
import collections
import json
import threading

import _lab
from _lab import check

PERIOD = 0.5  # s between two looks
Balance = collections.namedtuple("Balance", "polled written lost dropped recovered waiting")


class Watch:
    """Of a trial whose collector runs. At every moment: encoded = written + lost + waiting + what is
    in memory, none of which is ever below zero or goes back."""

    def __init__(self, trial):
        self.trial = trial
        self.peaks = collections.Counter()  # largest value of each metric
        self.last = collections.Counter()  # latest values
        self.losses = []  # of the spool by target, as the page of outputs has them
        self.problems, self.looks = [], 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self):
        while not self._over.wait(PERIOD):
            try:
                found = self.trial.metrics()
                self._judge(found)
            except (OSError, _lab.Failure):
                continue  # it is ending; that it answers at all is checked by looks
            self.looks += 1
            for name, value in found.items():
                self.peaks[name] = max(self.peaks[name], value)
            self.last = found

    def _judge(self, found):
        output = json.loads(self.trial.page.get("/outputs?format=json&limit=1000"))["outputs"][1]
        self.losses = output.get("losses", {}).get("largest", [])
        for name in ("rows", "round_records"):
            o = output[name]
            if o["encoded"] != o["written"] + o["lost"] + o["in_spool"] + o["in_flight"]:
                self.problems.append(f"{name}: {o}")
        for name, value in found.items():
            if (name if isinstance(name, str) else name[0]).endswith("_total") and (
                    value < self.last[name]):
                self.problems.append(f"{name} went back from {self.last[name]} to {value}")

    def end(self):
        """No more looks. The latest values."""
        self._over.set()
        self._thread.join()
        check(self.looks > 0, "the pages never answered")
        check(not self.problems, f"{len(self.problems)} problems: {self.problems[:3]}")
        return self.last


def balance(trial, seen, ends):
    """Of all runs of a trial; ends: (account, latest metrics) of each. What was polled is what its
    file tells, what has arrived what a consumer has seen. Returns the Balance of rows."""
    rounds, rows, _, _ = trial.polled()
    totals = {}
    for kind, metric, polled, arrived in (("rows", "rows", rows, seen.rows),
                                          ("rounds", "round_records", rounds, len(seen.rounds))):
        prefix = "" if kind == "rows" else "rounds_"
        written, lost, dropped = (sum(getattr(account, f"{prefix}{what}") for account, _ in ends)
                                  for what in ("written", "lost", "dropped"))
        recovered = sum(int(last[f"sonde_spool_{metric}_recovered_total"]) for _, last in ends)
        b = Balance(polled, written, lost, dropped, recovered,
                    polled - written - lost - dropped - recovered)
        check(b.waiting >= 0, f"{kind}: more settled than polled: {b}")
        check(written + recovered <= arrived <= written + recovered + lost,
              f"{kind}: {arrived} have arrived, {b}")
        totals[kind] = b
    for key, found in seen.rows_of_rounds().items():
        wanted = seen.rounds.get(key, {"rows": found})["rows"]
        check(found <= wanted, f"{key}: {found} rows of {wanted}")
    check(seen.other == 0, f"{seen.other} messages with the name of another one")
    return totals["rows"]
