"""A real Apache Kafka for the tests (KRaft: nodes that are broker and controller), with what a test
does to it and what it reads of it:

    cluster = _kafka.KafkaCluster(lab, nodes=3)
    cluster.topic("snmp", partitions=12, replicas=3)
    ... producers at cluster.brokers ...
    cluster.node(2).kill()
    for message in cluster.read("snmp"): ...

Everything is in the lab's folder, on ports of 127.0.0.1 that were free, and dies with the test (start
nodes from its main thread: what a thread has started dies with the thread). Questions to the cluster
go through one Java process (kafka/Tool.java), so by the reference client and not by librdkafka."""
import base64
import collections
import json
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
import uuid

import _kafka_install
import _kafka_link
import _lab
from _lab import Failure, check, wait_until

HEAP = 192  # MB of a node
USER, PASSWORD = "sonde", "Sentinel-91ce-kafka"
# As little as it takes: all nodes and the test share two processors.
JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss512k", "-XX:ReservedCodeCacheSize=64m",
       "-Djava.awt.headless=true")
SMALL = {"num.network.threads": 2, "num.io.threads": 4, "background.threads": 2,
         "log.cleaner.dedupe.buffer.size": 4 << 20, "log.index.size.max.bytes": 1 << 20,
         "offsets.topic.num.partitions": 1, "transaction.state.log.num.partitions": 1,
         "group.initial.rebalance.delay.ms": 0, "group.min.session.timeout.ms": 1000,
         "log.cleaner.backoff.ms": 1000, "auto.create.topics.enable": "false",
         "controlled.shutdown.enable": "true", "auto.leader.rebalance.enable": "false",
         # a node that is gone is noticed in seconds
         "broker.heartbeat.interval.ms": 500, "broker.session.timeout.ms": 4000}

Message = collections.namedtuple("Message", "partition offset timestamp headers key value")
Partition = collections.namedtuple("Partition", "number leader replicas in_sync")
# Of a batch in a segment file: offset of the first message and how many, compression, producer.
Batch = collections.namedtuple("Batch", "partition offset count codec octets producer epoch sequence")
CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def _free_ports(number):
    """Ports that are free at this moment, outside the range from which clients get theirs: nobody
    takes one while its node is down, and no client meets itself there."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
        first = int(f.read().split()[0])
    held, ports = [], []
    try:
        for _ in range(1000):
            port = random.randint(min(10000, first // 2), first - 1)
            s = socket.socket()
            held.append(s)
            try:
                s.bind(("127.0.0.1", port))
                ports.append(port)
            except OSError:
                continue
            if len(ports) == number:
                return ports
    finally:
        for s in held:
            s.close()
    raise Failure("no free ports")


def _certificates(lab):
    """A CA and a server's certificate for 127.0.0.1: the paths of the CA's and of key and chain."""
    openssl, new = _lab.tool("openssl"), ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                                          "-nodes", "-days", "2"]

    def run(*args):
        done = subprocess.run([openssl, *args], cwd=lab.dir, capture_output=True, text=True,
                              check=False)
        check(done.returncode == 0, f"openssl: {done.stderr[-400:]}")
    run("req", "-x509", *new, "-subj", "/CN=lab CA", "-keyout", "kafka-ca.key",
        "-out", "kafka-ca.pem")
    run("req", "-x509", *new, "-subj", "/CN=127.0.0.1", "-keyout", "kafka-server.key",
        "-out", "kafka-server.pem", "-CA", "kafka-ca.pem", "-CAkey", "kafka-ca.key",
        "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
        "-addext", "basicConstraints=critical,CA:FALSE")
    chain = "".join(lab.read(lab.path(f"kafka-{name}")) for name in ("server.key", "server.pem"))
    return lab.path("kafka-ca.pem"), lab.write("kafka-server-all.pem", chain)


class Tool:
    """kafka/Tool.java under way."""

    def __init__(self, lab, lib, brokers, name="kafka"):
        self.log = lab.path(f"{name}-tool.log")
        with open(self.log, "wb") as log:
            self.process = lab.popen(
                [_lab.tool("java"), "-Xms32m", "-Xmx256m", *JVM,
                 f"-Dlog4j2.configurationFile={_kafka_install.HERE}/log4j2.properties",
                 "-cp", f"{_kafka_install.classes(lib)}:{lib}/*", "Tool", brokers],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        lab.keep(self.process.stdin)
        lab.keep(self.process.stdout)
        self.lock = threading.Lock()

    def lines(self, do, seconds=60, **parameters):
        """Yields the lines of an answer; its end is the last one yielded. One that is left early is
        read to its end all the same, for the next question."""
        with self.lock:
            guard = threading.Timer(seconds * _lab.FACTOR + 20, self.process.kill)
            guard.start()
            try:
                question = json.dumps({"do": do, "seconds": seconds * _lab.FACTOR, **parameters})
                self.process.stdin.write(question.encode() + b"\n")
                self.process.stdin.flush()
                answer = None
                try:
                    for line in self.process.stdout:
                        answer = json.loads(line)
                        if isinstance(answer, dict):
                            break
                        yield answer
                finally:
                    while not isinstance(answer, dict):
                        line = self.process.stdout.readline()
                        check(line, f"the Java client ended: {_lab.Lab.read(self.log)[-600:]}")
                        answer = json.loads(line)
            except BrokenPipeError:
                raise Failure(f"no Java client: {_lab.Lab.read(self.log)[-600:]}") from None
            finally:
                guard.cancel()
        check("error" not in answer, f"{do} {parameters}: {answer.get('error')}")
        yield answer["end"]

    def ask(self, do, **parameters):
        """The end of an answer."""
        return list(self.lines(do, **parameters))[-1]


class Node:
    """One broker and controller."""

    def __init__(self, cluster, number, ports):
        self.cluster, self.id, self.ports = cluster, number, ports
        self.dir = cluster.lab.path(f"{cluster.name}-{number}")
        self.data = f"{self.dir}/data"  # may be there already: a _confine.SmallDisk
        self.log = f"{self.dir}/log"
        self.process = None
        os.makedirs(self.data, exist_ok=True)

    def start(self, nice=0):
        """Starts it, on the data it has; returns at once (until_ready). nice: added to its niceness,
        for when somebody else's timing is looked at meanwhile."""
        check(not self.runs(), f"node {self.id} runs")
        with open(self.log, "ab") as log:
            self.process = self.cluster.lab.popen(
                [_lab.tool("java"), "-Xms64m", f"-Xmx{self.cluster.heap}m", *self.cluster.jvm,
                 f"-Dlog4j2.configurationFile={_kafka_install.HERE}/log4j2.properties",
                 "-cp", f"{self.cluster.lib}/*", "kafka.Kafka", f"{self.dir}/server.properties"],
                cwd=self.dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                before=lambda: os.nice(nice))

    def runs(self):
        """Whether it is there, be it stopped."""
        return self.process is not None and self.process.poll() is None

    def until_ready(self, seconds=60):
        """Waits until it takes connections and is a broker of the cluster."""
        def ready():
            check(self.runs(), f"Kafka node {self.id} ended: {self.said()}")
            try:
                socket.create_connection(("127.0.0.1", self.ports["PLAIN"]), 1).close()
            except OSError:
                return False
            return self.id in self.cluster.members()
        wait_until(ready, seconds, f"Kafka node {self.id}: {self.said()}")

    def said(self):
        """The end of its log."""
        return _lab.Lab.read(self.log)[-800:]

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds=30):
        """Ends it in order: it hands its partitions over and writes everything down."""
        self.process.terminate()
        try:
            self.process.wait(seconds * _lab.FACTOR)
        except subprocess.TimeoutExpired:
            raise Failure(f"Kafka node {self.id} does not end: {self.said()}") from None

    def pause(self):
        """It does nothing any more, but its connections stay."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        """After pause."""
        self.process.send_signal(signal.SIGCONT)

    def memory(self):
        """Octets it has resident now."""
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="ascii") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("Pss:")) * 1024

    def cpu(self):
        """Seconds of CPU since its start."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class KafkaCluster:
    """One to three nodes, or more. Beside the plain listener:

    secure  one with TLS and SASL/PLAIN (secure_brokers, ca, user, password), one with TLS alone
            (tls_brokers), and rights that deny() takes away from the user
    linked  one behind a _kafka_link.Link each (linked_brokers, links), to be slowed down or cut
    config  more for server.properties; heap in MB; jvm: other options of Java
    name    what its files begin with, where a lab has two"""

    def __init__(self, lab, nodes=1, secure=False, linked=False, config=None, heap=HEAP, jvm=None,
                 name="kafka"):
        self.lab, self.name, self.heap = lab, name, heap
        self.lib = _kafka_install.jars()
        self.jvm = jvm or (*JVM, "-XX:SharedArchiveFile="
                           + _kafka_install.archive(self.lib, self._make_archive))
        self.version = _kafka_install.version(self.lib)
        self.user, self.password, self.ca = USER, PASSWORD, None
        names = ["PLAIN", "CONTROLLER"] + (["TLS", "SASL"] if secure else [])
        ports = iter(_free_ports(nodes * len(names) + nodes))
        self.nodes = [Node(self, number, {name: next(ports) for name in [*names, "LINK"]})
                      for number in range(1, nodes + 1)]
        self.links = [lab.keep(_kafka_link.Link(("127.0.0.1", node.ports["LINK"])))
                      for node in self.nodes] if linked else []
        if secure:
            self.ca, self.chain = _certificates(lab)
        for node in self.nodes:
            self._write(node, config or {})
        self.tool = Tool(lab, self.lib, self.brokers, name)
        lab.keep(self)
        began = time.monotonic()
        # not with a dash in front, as Kafka's own random ids: the tool would take it for an option
        cluster = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        self.tool.ask("format", files=[f"{node.dir}/server.properties" for node in self.nodes],
                      id=cluster)
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.until_ready()
        self.start_seconds = time.monotonic() - began

    def _make_archive(self, path):
        """A broker comes and goes, and Java keeps its classes."""
        KafkaCluster(self.lab, jvm=(*JVM, f"-XX:ArchiveClassesAtExit={path}"),
                     name="kafka-archive").node(1).stop()

    def _write(self, node, config):
        """server.properties of a node."""
        protocols = {"CONTROLLER": "PLAINTEXT", "PLAIN": "PLAINTEXT"}
        if self.ca:
            protocols |= {"TLS": "SSL", "SASL": "SASL_SSL"}
        if self.links:
            protocols["LINK"] = "PLAINTEXT"
        reached = node.ports | (
            {"LINK": self.links[node.id - 1].port} if self.links else {})
        copies = min(3, len(self.nodes))
        lines = SMALL | {
            "process.roles": "broker,controller", "node.id": node.id, "log.dirs": node.data,
            "controller.quorum.voters": ",".join(
                f"{n.id}@127.0.0.1:{n.ports['CONTROLLER']}" for n in self.nodes),
            "listeners": ",".join(f"{name}://127.0.0.1:{node.ports[name]}" for name in protocols),
            "advertised.listeners": ",".join(f"{name}://127.0.0.1:{reached[name]}"
                                             for name in protocols if name != "CONTROLLER"),
            "controller.listener.names": "CONTROLLER", "inter.broker.listener.name": "PLAIN",
            "listener.security.protocol.map": ",".join(f"{k}:{v}" for k, v in protocols.items()),
            "default.replication.factor": copies, "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "min.insync.replicas": copies // 2 + 1 if copies > 1 else 1,
            "transaction.state.log.min.isr": 1}
        if self.ca:
            lines |= {
                "ssl.keystore.type": "PEM", "ssl.keystore.location": self.chain,
                "sasl.enabled.mechanisms": "PLAIN",
                "listener.name.sasl.plain.sasl.jaas.config":
                    "org.apache.kafka.common.security.plain.PlainLoginModule required "
                    f'user_{USER}="{PASSWORD}";',
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": "User:ANONYMOUS", "allow.everyone.if.no.acl.found": "true"}
        lines |= config
        with open(f"{node.dir}/server.properties", "w", encoding="utf-8") as f:
            f.writelines(f"{name}={value}\n" for name, value in lines.items())

    def _addresses(self, name):
        return ",".join(f"127.0.0.1:{node.ports[name]}" for node in self.nodes)

    @property
    def brokers(self):
        """bootstrap.servers of the plain listener; nobody is asked who one is."""
        return self._addresses("PLAIN")

    @property
    def secure_brokers(self):
        """Of TLS with SASL/PLAIN."""
        return self._addresses("SASL")

    @property
    def tls_brokers(self):
        """Of TLS."""
        return self._addresses("TLS")

    @property
    def linked_brokers(self):
        """Of the listener behind the links."""
        return ",".join(f"127.0.0.1:{link.port}" for link in self.links)

    def node(self, number):
        """The node with this id, from 1."""
        return self.nodes[number - 1]

    def memory(self):
        """Octets that all nodes have resident, shared pages counted once."""
        return sum(node.memory() for node in self.nodes if node.runs())

    def members(self):
        """The ids of the nodes that are brokers of the cluster now; none if nobody answers."""
        try:
            return self.tool.ask("cluster")
        except Failure:
            check(self.tool.process.poll() is None, "the Java client ended")
            return []

    # Topics

    def topic(self, name, partitions=6, replicas=None, **config):
        """A new topic, once all its partitions have leaders. In names of options `_` is a dot."""
        self.tool.ask("create", topic=name, partitions=partitions,
                      replicas=replicas or min(3, len(self.nodes)), config=self._dotted(config))
        wait_until(lambda: self._has_leaders(name, partitions), 20, f"leaders of {name}")

    def _has_leaders(self, name, partitions):
        try:
            found = self.describe(name)
        except Failure:
            return False  # the node that was asked has not heard of it
        return len(found) == partitions and all(p.leader > 0 for p in found)

    @staticmethod
    def _dotted(config):
        return {name.replace("_", "."): value for name, value in config.items()}

    def drop_topic(self, name):
        """Deletes it."""
        self.tool.ask("delete", topic=name)

    def describe(self, name):
        """A Partition for each; leader -1: it has none."""
        return [Partition(*row) for row in self.tool.ask("describe", topic=name)]

    def configure(self, topic, **config):
        """Changes options of a topic; None: as it was without. In names `_` is a dot."""
        self.tool.ask("configure", topic=topic, config=self._dotted(config))

    def leader(self, name, partition=0):
        """The node that leads a partition."""
        return self.node(self.describe(name)[partition].leader)

    def lead(self, name, node):
        """Makes a node the leader of all partitions of a topic."""
        self.tool.ask("lead", topic=name, node=node.id)
        wait_until(lambda: all(p.replicas[0] == node.id and node.id in p.in_sync
                               for p in self.describe(name)), 20, f"new replicas of {name}")
        self.tool.ask("elect", topic=name)
        wait_until(lambda: all(p.leader == node.id for p in self.describe(name)), 20,
                   f"node {node.id} to lead {name}")

    def until_in_sync(self, name, seconds=60):
        """Waits until all replicas have all there is."""
        wait_until(lambda: all(len(p.in_sync) == len(p.replicas) and p.leader > 0
                               for p in self.describe(name)), seconds, f"replicas of {name}")

    def throttle(self, rate):
        """Octets a second that the producers with one client.id may send to each node; None: any."""
        self.tool.ask("quota", rate=rate)

    def deny(self, topic, user=USER, operation="WRITE", deny=True):
        """Takes a right to a topic away from the user of the secure listener, or (deny=False) gives
        it back."""
        self.tool.ask("acl", topic=topic, user=user, operation=operation, deny=deny)

    # Messages

    def ends(self, topic):
        """{partition: offset behind its last message}"""
        return {int(p): end for p, end in self.tool.ask("ends", topic=topic).items()}

    def read(self, topic, start=None, seconds=60, most=10_000_000):
        """Yields a Message for each from the first one (or from the offsets in start, {partition:
        offset}) to what is the last one now, in order within a partition. At most so many, in so
        many seconds, else it fails. Key, value and the headers' values are bytes or None."""
        def octets(text):
            return None if text is None else base64.b64decode(text)
        for row in self.tool.lines("read", topic=topic, seconds=seconds, most=most,
                                   **({"from": start} if start else {})):
            if isinstance(row, list):
                yield Message(*row[:3], [(name, octets(value)) for name, value in row[3]],
                              octets(row[4]), octets(row[5]))

    def murmur2(self, keys, partitions=12):
        """[(murmur2 as 8 hexadecimal digits, partition of so many)] of keys (bytes), by the Java
        client's own code."""
        return [tuple(found) for found in self.tool.ask(
            "hash", keys=[key.hex() for key in keys], partitions=partitions)]

    def batches(self, topic, node=None):
        """Yields a Batch for each in the segment files of a node that has all partitions."""
        folder = (node or self.nodes[0]).data
        for name in sorted(os.listdir(folder)):
            if name.rpartition("-")[0] != topic:
                continue
            for segment in sorted(os.listdir(f"{folder}/{name}")):
                if segment.endswith(".log"):
                    yield from _batches(int(name.rpartition("-")[2]), f"{folder}/{name}/{segment}")

    def close(self):
        """Ends it; a second time does nothing. What it stored stays, but for the indexes, of which
        only the holes are large."""
        for node in self.nodes:
            if node.runs():
                node.kill()
            for here, folders, names in os.walk(node.data):
                for name in names:
                    if name.endswith(("index", ".snapshot")):
                        os.unlink(f"{here}/{name}")
                for name in [n for n in folders if n.startswith("__")]:
                    shutil.rmtree(f"{here}/{name}")
                    folders.remove(name)


def _batches(partition, path):
    """Of one segment file: record batches of version 2, one behind the other."""
    with open(path, "rb") as f:
        while True:
            head = f.read(61)
            if len(head) < 61:
                return
            first, length = struct.unpack_from(">qi", head)
            attributes, last = struct.unpack_from(">hi", head, 21)
            producer, epoch, sequence, count = struct.unpack_from(">qhii", head, 43)
            if head[16] != 2 or length < 49:
                return  # what is not written yet
            check(not attributes & 0x20 or count == 1, "a control batch holds one mark")
            check(last >= count - 1, f"{path}: a batch with {count} messages up to {last}")
            yield Batch(partition, first, count, CODECS[attributes & 7], length + 12, producer,
                        epoch, sequence)
            f.seek(length - 49, os.SEEK_CUR)
