#!/usr/bin/env python3
"""The Kafka that the tests of the Kafka output stand on does what they need of it, asked by kcat and
by the Java client: what a producer was told is stored comes back once, in order and with its headers,
also when the leader is killed meanwhile; TLS, passwords and rights; lines that are slow or dead. And
tests/data/murmur2.txt is what the Java client computes (SONDE_UPDATE_DATA=1 writes it anew)."""
# ctest: timeout=600
import os
import random
import subprocess
import time

import _confine
import _kafka
import _kafka_install
import _lab
from _lab import Failure, check, wait_until

VECTORS = f"{_lab.SOURCE}/tests/data/murmur2.txt"
MEMORY = 1500 << 20  # three nodes and the Java client


def kcat(lab, brokers, *args, **options):
    """kcat, that takes `key:value` lines from its standard input."""
    command = [_lab.tool("kcat"), "-b", brokers, *args]
    return lab.popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                     stderr=subprocess.STDOUT, **options)


def produce(lab, cluster, topic, lines, brokers=None, seconds=30, **properties):
    """What kcat says, and its exit status, for some lines."""
    args = [word for name, value in properties.items()
            for word in ("-X", f"{name.replace('_', '.')}={value}")]
    process = kcat(lab, brokers or cluster.brokers, "-P", "-t", topic, "-K:", *args)
    try:
        said, _ = process.communicate("".join(lines), timeout=seconds * _lab.FACTOR)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failure(f"kcat has not ended after {seconds * _lab.FACTOR} s") from None
    return said, process.returncode


def figures(cluster):
    """Prints what a cluster takes."""
    print(f"    Kafka {cluster.version}, {len(cluster.nodes)} node(s): ready after "
          f"{cluster.start_seconds:.1f} s, {sum(n.cpu() for n in cluster.nodes):.1f} s of CPU, "
          f"{cluster.memory() >> 20} MB")


def loses_and_doubles_nothing_when_the_leader_is_killed(lab):
    """Three nodes, one of which is killed in the midst of it, started again, and then another. kcat's
    librdkafka (2.0.2) may end with a fatal error after a broken connection: then all is done again."""
    for _ in range(3):
        cluster = _kafka.KafkaCluster(lab, nodes=3)
        cluster.topic("rows", partitions=4)
        producer = kcat(lab, cluster.brokers, "-P", "-t", "rows", "-K:", "-X", "acks=all",
                        "-X", "enable.idempotence=true", "-X", "partitioner=murmur2",
                        "-X", "compression.codec=lz4", "-X", "linger.ms=20",
                        "-X", "socket.timeout.ms=3000",  # of a node that is silent: 60 s otherwise
                        "-H", "format=line")
        try:
            produce_while_leaders_go(cluster, producer)
            return
        except BrokenPipeError:
            said = producer.stdout.read()
            check("fatal" in said.lower(), f"kcat: {producer.wait()} {said[-400:]}")
            print(f"    kcat gave up: {said[-200:]}")
            cluster.close()
    raise Failure("kcat gave up three times")


def produce_while_leaders_go(cluster, producer):
    """All that producer is given is in the cluster once, in order, on every node."""
    figures(cluster)
    sent = 0

    def send(number):
        nonlocal sent
        producer.stdin.writelines(f"device-{n % 97}:{n}\n" for n in range(sent, sent + number))
        producer.stdin.flush()
        sent += number

    def stored():
        if producer.poll() is not None:
            raise BrokenPipeError
        try:
            return sum(cluster.ends("rows").values())
        except Failure:
            return 0  # a partition without a leader
    send(2000)
    wait_until(lambda: stored() > 500, 20, "the first messages")
    victim = cluster.leader("rows")
    victim.kill()
    send(2000)
    wait_until(lambda: stored() > 3500, 40, "messages after the leader was killed")
    check(cluster.leader("rows") != victim, "nobody took over")
    victim.start()
    victim.until_ready()
    cluster.until_in_sync("rows")
    cluster.lead("rows", victim)
    send(2000)
    victim.pause()
    send(2000)
    wait_until(lambda: stored() > 7500, 40, "messages after the leader was paused")
    victim.resume()
    said, _ = producer.communicate(timeout=40 * _lab.FACTOR)
    check(producer.returncode == 0, f"kcat: {producer.returncode} {said[-400:]}")
    check(cluster.memory() < MEMORY, f"{cluster.memory() >> 20} MB")

    found = list(cluster.read("rows"))
    values = sorted(int(m.value) for m in found)
    check(values == list(range(sent)), f"{len(values)} messages of {sent}, {len(set(values))} "
                                       "different ones")
    keys = sorted({m.key for m in found})
    where = dict(zip(keys, (p for _, p in cluster.murmur2(keys, partitions=4))))
    last = {}
    for m in found:
        check(m.partition == where[m.key], f"{m.key} in partition {m.partition}")
        check(int(m.value) > last.get(m.key, -1), f"{m.key}: {m.value} after {last.get(m.key)}")
        last[m.key] = int(m.value)
        check(m.headers == [("format", b"line")], f"headers {m.headers}")
        check(abs(m.timestamp / 1000 - time.time()) < 600, f"timestamp {m.timestamp}")
    cluster.until_in_sync("rows")
    for node in cluster.nodes:
        batches = list(cluster.batches("rows", node))
        check(sum(b.count for b in batches) == sent, f"node {node.id} stores other messages")
        check({b.codec for b in batches} == {"lz4"}, f"codecs {({b.codec for b in batches})}")
        check(all(b.producer >= 0 for b in batches), "a producer that is not idempotent")
    print(f"    {sent} messages in {len(batches)} batches")


def keeps_what_it_has_when_it_is_stopped(lab):
    """One node, stopped in order and killed, on the same data; without it nothing is stored."""
    cluster = _kafka.KafkaCluster(lab)
    figures(cluster)
    node = cluster.node(1)
    cluster.topic("rows", partitions=1, max_message_bytes=2000)
    for turn, end in enumerate((node.stop, node.kill)):
        said, status = produce(lab, cluster, "rows", [f"a:{turn}\n"])
        check(status == 0, f"kcat: {said}")
        end()
        said, status = produce(lab, cluster, "rows", ["a:lost\n"], message_timeout_ms=500)
        check(status != 0, "stored where nothing runs")
        node.start()
        node.until_ready()
    check([m.value for m in cluster.read("rows")] == [b"0", b"1"], "not what was stored")
    check([m.value for m in cluster.read("rows", start={0: 1})] == [b"1"], "not from there on")
    said, status = produce(lab, cluster, "rows", [f"a:{'x' * 3000}\n"])
    check(status != 0 and "too large" in said, f"too large, and yet: {said}")
    said, status = produce(lab, cluster, "missing", ["a:b\n"], message_timeout_ms=2000)
    check(status != 0, f"no such topic, and yet: {said}")


def asks_who_you_are_and_sits_behind_a_line(lab):
    """TLS, SASL/PLAIN, rights; then a line that is slow, silent, cut."""
    cluster = _kafka.KafkaCluster(lab, secure=True, linked=True)
    figures(cluster)
    cluster.topic("rows", partitions=2)
    tls = {"ssl_ca_location": cluster.ca, "message_timeout_ms": 3000 * _lab.FACTOR}
    who = {"security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN", **tls,
           "sasl_username": cluster.user, "sasl_password": cluster.password}
    attempts = [
        ("TLS", cluster.tls_brokers, {"security_protocol": "SSL", **tls}, True),
        ("a password", cluster.secure_brokers, who, True),
        ("a wrong password", cluster.secure_brokers, who | {"sasl_password": "guess"}, False),
        ("a certificate of others", cluster.secure_brokers,
         who | {"ssl_ca_location": _made_ca(lab)}, False),
        ("a plain client", cluster.secure_brokers, {"message_timeout_ms": 1000}, False)]
    for name, brokers, properties, well in attempts:
        said, status = produce(lab, cluster, "rows", [f"{name}:1\n"], brokers, **properties)
        check((status == 0) == well, f"{name}: {status} {said[-300:]}")
    cluster.deny("rows")
    said, status = produce(lab, cluster, "rows", ["denied:1\n"], cluster.secure_brokers, **who)
    check(status != 0 and "uthorization" in said, f"denied: {status} {said[-300:]}")
    cluster.deny("rows", deny=False)

    link, size, rate = cluster.links[0], 400_000, 200_000
    lines = [f"{n}:{random.randbytes(450).hex()}\n" for n in range(size // 900)]
    link.rate = rate
    began = time.monotonic()
    said, status = produce(lab, cluster, "rows", lines, cluster.linked_brokers)
    spent = time.monotonic() - began
    check(status == 0, f"by the line: {said}")
    check(size / rate * 0.8 < spent, f"{size} octets in {spent:.1f} s at {rate} a second")
    link.rate, link.silent = None, True
    said, status = produce(lab, cluster, "rows", ["silent:1\n"], cluster.linked_brokers,
                           message_timeout_ms=1000)
    check(status != 0, "by a silent line")
    link.silent = False
    link.cut()
    said, status = produce(lab, cluster, "rows", ["cut:1\n"], cluster.linked_brokers,
                           message_timeout_ms=1000)
    check(status != 0, "by a cut line")
    link.mend()
    said, status = produce(lab, cluster, "rows", ["mended:1\n"], cluster.linked_brokers)
    check(status == 0, f"by the mended line: {said}")
    keys = [m.key.decode() for m in cluster.read("rows")]
    check(sorted(k for k in keys if not k.isdigit()) == ["TLS", "a password", "mended"],
          f"stored: {sorted(keys)[-9:]}")
    check(len(keys) == len(lines) + 3, f"{len(keys)} messages")


def ends_when_its_disk_is_full_and_comes_back(lab):
    """What Kafka does then, so that a test can have it: the node is gone, and with more room it is there
    again with what it had."""
    folder = lab.path("kafka-1/data")
    os.makedirs(folder)
    disk = lab.keep(_confine.SmallDisk(folder, 24 << 20))
    cluster = _kafka.KafkaCluster(lab)
    cluster.topic("rows", partitions=1)
    lines = [f"{n}:{n}{'x' * 100_000}\n" for n in range(400)]
    said, status = produce(lab, cluster, "rows", lines, message_timeout_ms=2000, linger_ms=10)
    check(status != 0, f"40 MB on a disk of 24: {said[-300:]}")
    wait_until(lambda: not cluster.node(1).runs(), 20, "the node to end")
    disk.resize(100 << 20)
    cluster.node(1).start()
    cluster.node(1).until_ready()
    keys = [int(m.key) for m in cluster.read("rows")]
    check(len(keys) > 50 and keys == list(range(len(keys))), f"{len(keys)} messages: {keys[:9]}")


def _made_ca(lab):
    """A certificate that signed nothing."""
    path = lab.path("other-ca.pem")
    subprocess.run([_lab.tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=other", "-keyout",
                    lab.path("other-ca.key"), "-out", path], capture_output=True, check=True)
    return path


def vectors():
    """Keys whose hashes are in tests/data: all lengths up to 40, octets of all values, names."""
    rng = random.Random(7)
    keys = [b"", b"192.0.2.1", b"192.0.2.1:1161", b"[2001:db8::1]:161", b"core-sw-01.ams.example.net",
            "Zürich-1".encode(), b"\x00", b"\x80", b"\xff" * 7, b"a" * 1000]
    keys += [rng.randbytes(length) for length in range(1, 41) for _ in range(4)]
    keys += [f"10.{rng.randrange(256)}.{rng.randrange(256)}.{n}".encode() for n in range(60)]
    return keys


def the_vectors_of_murmur2_are_the_java_clients(lab):
    """Computes those of the file, or writes it."""
    lib = _kafka_install.jars()
    client = _kafka.Tool(lab, lib, "127.0.0.1:1")
    keys = vectors()
    found = client.ask("hash", keys=[key.hex() for key in keys], partitions=12)
    text = ("# murmur2 of the Java client: key, hash, partition of 12, made by\n"
            "# SONDE_UPDATE_DATA=1 tests/interop/kafka_broker.py; - is the empty key\n"
            + "".join(f"{key.hex() or '-'} {hashed} {partition}\n"
                      for key, (hashed, partition) in zip(keys, found)))
    if os.environ.get("SONDE_UPDATE_DATA"):
        with open(VECTORS, "w", encoding="ascii") as f:
            f.write(text)
    check(lab.read(VECTORS) == text, f"{VECTORS} differs: SONDE_UPDATE_DATA=1")


if __name__ == "__main__":
    _lab.main(the_vectors_of_murmur2_are_the_java_clients,
              loses_and_doubles_nothing_when_the_leader_is_killed,
              keeps_what_it_has_when_it_is_stopped,
              asks_who_you_are_and_sits_behind_a_line,
              ends_when_its_disk_is_full_and_comes_back)
