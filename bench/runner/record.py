"""The requests that sonde sends to one device in a round, octet by octet: a relay between the two
writes them down. The bare client then sends the same."""
import dataclasses
import select
import socket
import threading

from .collectors import SONDE, Wrong
from .slices import run_process
from .scene import _lab

SECONDS = 1.0  # the last of the rounds in this time counts: by then sonde has learned the device


class Relay:
    """Hands datagrams on, both ways."""

    def __init__(self, device):
        address, port = device.rsplit(":", 1)
        self.requests = []
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.connect((address, int(port)))
        self.target = f"127.0.0.1:{self.front.getsockname()[1]}"
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._relay, daemon=True)
        self.thread.start()

    def _relay(self):
        client = None
        while not self.over.is_set():
            for sock in select.select([self.front, self.back], [], [], 0.1)[0]:
                if sock is self.front:
                    data, client = self.front.recvfrom(65536)
                    self.requests.append(data)
                    self.back.send(data)
                elif client:
                    self.front.sendto(self.back.recv(65536), client)

    def close(self):
        """Ends it."""
        self.over.set()
        self.thread.join()
        self.front.close()
        self.back.close()


def record(devices, seconds=SECONDS):
    """The messages of one round."""
    relay = Relay(devices.targets[0])
    try:
        w = dataclasses.replace(devices.workload, interval=0)
        config = devices.configure("record", w, [relay.target],
                                   "  - stdout: {format: json, rows: false}\n")
        out, err = devices.lab.path("record.out"), devices.lab.path("record.err")
        status, _ = run_process(
            [SONDE, "poll", "-c", config, "--threads", "1", "--quiet", "--duration",
             f"{round(seconds * 1000)}ms"], {}, devices.collector_cpu, out, err)
    finally:
        relay.close()
    rounds = [r["round"] for r in _lab.records(_lab.Lab.read(out)) if "round" in r]
    sent = [r["requests"] + r["retries"] for r in rounds]
    if status != 0 or not rounds or any(r["status"] != "ok" for r in rounds):
        raise Wrong(f"recording: status {status}, {len(rounds)} rounds: {_lab.Lab.read(err)}")
    if sum(sent) != len(relay.requests):
        raise Wrong(f"recording: {sum(sent)} requests told, {len(relay.requests)} seen")
    return relay.requests[-sent[-1]:]
