"""What a consumer finds in the topics of an output: which messages, how often, in which order, how
many rows are in them. Messages are told apart by what docs/KAFKA.md names them by: instance, cycle,
table, part. Bodies are JSON lines."""
import collections
import json

from _lab import check

# table: "" of a round record, whose part is 1.
Name = collections.namedtuple("Name", "instance cycle table part")


def checksum(lines):
    """Of lines in any order; of this process only."""
    return sum(hash(line) for line in lines)


class Seen:
    """All messages of both topics, read by the Java client as they are now. keep: instances whose
    bodies of rows are to be kept."""

    def __init__(self, cluster, rows="rows", status="status", seconds=300, keep=()):
        self.keep, self.kept = keep, []
        self.times = collections.Counter()  # how often each Name is there
        self.bodies = {}  # Name: (rows, checksum) of the first
        self.rounds = {}  # (instance, cycle): the round record's "round"
        self.parts = {}  # (instance, cycle, table): how many parts its last one tells
        self.partition = {}  # (topic, instance): the only one
        self.sums = collections.Counter()  # instance: checksum of its lines, doubles left out
        self.octets = self.late = self.other = 0  # of bodies; out of order; doubles that differ
        self.newest, self.places, self.doubles = {}, {}, []
        for topic in (rows, status):
            self.read(cluster, topic, seconds)

    def read(self, cluster, topic, seconds):
        """One topic."""
        for m in cluster.read(topic, seconds=seconds):
            self._take(topic, m)

    def _take(self, topic, m):
        head = {name: value.decode() for name, value in m.headers}
        name = Name(m.key.decode(), int(head["snmp.cycle"]), head.get("snmp.table", ""),
                    int(head.get("snmp.part", "1").partition("/")[0]))
        where = self.partition.setdefault((topic, name.instance), m.partition)
        check(where == m.partition, f"{name}: partition {m.partition}, before {where}")
        check(head["snmp.instance"] == name.instance, f"{name}: {head}")
        check(m.timestamp == name.cycle // 1000000, f"{name}: time stamp {m.timestamp}")
        lines = m.value.splitlines(keepends=True)
        found = len(lines), checksum(lines)
        self.times[name] += 1
        place = (topic, m.partition, m.offset)
        if self.times[name] > 1:
            self.doubles.append((self.places[name], place))
            self.other += found != self.bodies[name]
            return
        self.bodies[name], self.places[name] = found, place
        self.sums[name.instance] += found[1]
        self.octets += len(m.value)
        newest = self.newest.get((topic, name.instance), 0)
        self.late += name.cycle < newest or (
            name.part > 1 and name._replace(part=name.part - 1) not in self.bodies)
        self.newest[topic, name.instance] = max(newest, name.cycle)
        if name.table:
            last = head["snmp.part"].partition("/")[2]
            if last:
                self.parts[name[:3]] = int(last)
            self._look(name, head, lines)
            if name.instance in self.keep:
                self.kept.append(m.value)
        else:
            self.rounds[name[:2]] = json.loads(m.value)["round"]

    def _look(self, name, head, lines):
        """The first of the rows is one of the message's table."""
        row = json.loads(lines[0])
        check((row["instance"], row["table"], row["module"]) ==
              (name.instance, name.table, head["snmp.module"]), f"{name}: {head} {row}")

    @property
    def rows(self):
        """How many there are, doubles left out."""
        return sum(rows for name, (rows, _) in self.bodies.items() if name.table)

    @property
    def twice(self):
        """Messages that are there once more than they should, and the records in them."""
        more = {name: times - 1 for name, times in self.times.items() if times > 1}
        return sum(more.values()), sum(self.bodies[name][0] * n for name, n in more.items())

    def rows_of_rounds(self):
        """{(instance, cycle): rows that have arrived}"""
        found = collections.Counter()
        for name, (rows, _) in self.bodies.items():
            if name.table:
                found[name[:2]] += rows
        return found

    def gaps(self):
        """Rounds with a record that lack rows or parts, rows of rounds without a record, as
        texts."""
        found, wrong = self.rows_of_rounds(), []
        for key, r in self.rounds.items():
            if found[key] != r["rows"]:
                wrong.append(f"{key}: {found[key]} rows of {r['rows']}")
        wrong += [f"{key}: no round record" for key in found.keys() - self.rounds.keys()]
        for table, parts in self.parts.items():
            if any((*table, n) not in self.bodies for n in range(1, parts + 1)):
                wrong.append(f"{table}: parts are missing")
        wrong += [f"{name}: its last part is missing" for name in self.bodies
                  if name.table and name[:3] not in self.parts]
        return wrong

    def check_doubles(self, cluster):
        """An idempotent producer stores nothing twice as long as it is one: by the segments of a
        broker that has everything, the messages of a double are of two producers, or of two epochs
        of one. How many doubles there are by each reason."""
        batches, found = collections.defaultdict(list), collections.Counter()
        for topic in {place[0] for places in self.doubles for place in places}:
            for b in cluster.batches(topic):
                batches[topic, b.partition].append(b)

        def batch(place):
            topic, partition, offset = place
            return next(b for b in batches[topic, partition]
                        if b.offset <= offset < b.offset + b.count)
        for places in self.doubles:
            a, b = map(batch, places)
            check(a.producer >= 0 and (a.producer, a.epoch) != (b.producer, b.epoch),
                  f"{places}: twice by one producer: {a}, {b}")
            found["another producer" if a.producer != b.producer else "another epoch"] += 1
        return dict(found)

    def check_partitions(self, cluster, many):
        """All keys are where the Java client puts them; many: {topic: partitions}. How many there
        are."""
        for topic, partitions in many.items():
            keys = [key for where, key in self.partition if where == topic]
            hashed = cluster.murmur2([key.encode() for key in keys], partitions)
            for key, (_, wanted) in zip(keys, hashed):
                check(self.partition[topic, key] == int(wanted),
                      f"{topic}: {key} in {self.partition[topic, key]}, not {wanted}")
        return len(self.partition)
