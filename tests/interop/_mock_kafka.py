"""Kafka brokers that do what a test says: librdkafka's mock cluster in a process of its own
(tests/tools/mock_kafka.c), and kcat as the consumer. For errors on demand; what a real broker makes
of the same messages is another test's business."""
import json
import os
import subprocess

import _lab
from _lab import check

BUILD = os.environ.get("SONDE_BUILD_DIR") or os.path.dirname(_lab.SONDE)
PRODUCE = 0  # of Kafka's protocol
OUT_OF_ORDER, AUTHORIZATION = 45, 29


class Mock:
    """So many brokers."""

    def __init__(self, lab, brokers=1):
        program = f"{BUILD}/tests/tools/mock_kafka"
        if not os.access(program, os.X_OK):
            raise _lab.Skip(f"{program} is not built")
        self.process = lab.popen([program, str(brokers)], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        lab.keep(self.process.stdin)
        lab.keep(self.process.stdout)
        self.brokers = self.process.stdout.readline().strip()
        self.all = range(1, brokers + 1)

    def say(self, command):
        """Gives a command, see tests/tools/mock_kafka.c."""
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        check(answer == "ok", f"{command}: {answer}")

    def down(self):
        """No broker takes connections."""
        for broker in self.all:
            self.say(f"down {broker}")

    def up(self):
        """All do again."""
        for broker in self.all:
            self.say(f"up {broker}")

    def messages(self, topic):
        """All messages of a topic: key, payload, headers (a dict), partition, offset, ts."""
        done = subprocess.run(
            [_lab.tool("kcat"), "-b", self.brokers, "-C", "-t", topic, "-o", "beginning", "-e",
             "-q", "-J", "-X", "fetch.wait.max.ms=10", "-m", "30"],
            capture_output=True, text=True, timeout=60 * _lab.FACTOR, check=False)
        check(done.returncode == 0, f"kcat: {done.stderr}")
        found = [json.loads(line) for line in done.stdout.splitlines()]
        for m in found:
            flat = m["headers"]
            m["headers"] = dict(zip(flat[::2], flat[1::2]))
        return found


def murmur2(key):
    """As Kafka's Java client, written from its description and not from sonde's."""
    mask, m = 0xffffffff, 0x5bd1e995
    h = 0x9747b28c ^ len(key)
    whole = len(key) & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(key[i:i + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = h * m & mask ^ k
    rest = key[whole:]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15
