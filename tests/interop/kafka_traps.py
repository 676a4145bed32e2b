#!/usr/bin/env python3
"""What goes wrong with Kafka in practice and can be mended later: a topic that nobody made, rights
that are taken away, messages that are too large, a broker that takes everything and answers nothing,
producers that fail for good. With a spool nothing of it costs a row, but what is too large; without
one, what is lost has a reason. Either way all rows are accounted for, and polling goes on.
SONDE_TEST_FULL: each of them without a spool and with it in both modes."""
# ctest: timeout=900 serial
import os
import sys
import time

import _confine
import _kafka_seen
import _kafka_trial
import _kafka_watch
import _lab
import _mock_kafka
from _lab import check, wait_until

try:
    import _kafka
except ImportError:
    print("skipped: no Kafka for tests in this tree")
    sys.exit(77)

OVERFLOW = "spool: {path: spool, mode: overflow}"
ALWAYS = "spool: {path: spool, mode: always}"
QUICK = {"topic.metadata.refresh.interval.ms": 1000, "topic.metadata.refresh.fast.interval.ms": 100,
         "topic.metadata.propagation.max.ms": 1000, "linger.ms": 20}


class Case:
    """A trial of a few devices and its end."""

    def __init__(self, lab, cluster, brokers, kafka="", properties=None):
        self.cluster = cluster
        self.trial = _kafka_trial.Trial(lab, brokers, devices=10, kafka=kafka,
                                        properties=QUICK | (properties or {}))
        self.trial.start().phase("all")
        self.watch = _kafka_watch.Watch(self.trial)
        self.run = self.trial.run

    def until(self, condition, what, seconds=60):
        """Waits until the page of metrics says so."""
        wait_until(lambda: time.sleep(0.1) or condition(self.trial.metrics()), seconds,
                   f"{what}: {self.run.err[-400:]}")

    def until_all_is_there(self):
        """Nothing waits any more, and things go well."""
        self.trial.until_rounds(2)
        self.until(lambda m: not m["sonde_spool_messages_waiting"] and m["sonde_output_up"]
                   and m["sonde_output_rows_in_flight"] < 500, "all to be delivered")

    def end(self, reasons=(), status=0):
        """What the balance is; only for these reasons rows may be lost."""
        self.trial.until_rounds(1)
        last = self.watch.end()
        account = self.trial.end(status=status)
        seen = _kafka_seen.Seen(self.cluster)
        b = _kafka_watch.balance(self.trial, seen, [(account, last)])
        lost = {key[1] for key, n in last.items()
                if key[0] == "sonde_output_records_lost_total" and n}
        print(f"    {b}, {seen.twice[0]} messages twice, {seen.late} out of order, lost by "
              f"{lost or 'nothing'}")
        check(lost == set(reasons), f"lost by {lost}, not {set(reasons)}")
        check(b.dropped == b.waiting == 0, f"{b}")
        check(bool(b.lost) == bool(reasons), f"{b}")
        if not reasons:
            check(not seen.gaps(), f"gaps: {seen.gaps()[:3]}")
        self.trial.check_lateness(100)
        return b, seen


def a_topic_that_is_made_later(lab, kafka, reasons):
    """Rows wait for it, or are lost as `topic`."""
    cluster = _kafka.KafkaCluster(lab)
    cluster.topic("status", partitions=2)
    case = Case(lab, cluster, cluster.brokers, kafka)
    case.run.until_said("Unknown topic", 30)
    case.trial.until_rounds(4)
    cluster.topic("rows", partitions=3)
    case.run.until_said("works again", 60)
    case.until_all_is_there()
    b, seen = case.end(reasons, status=1 if reasons else 0)
    check(b.written > 0, f"{b}")
    seen.check_partitions(cluster, {"rows": 3, "status": 2})


def rights_that_come_back(lab, kafka, reasons):
    """The same with the right to write to it."""
    cluster = _kafka.KafkaCluster(lab, secure=True)
    cluster.topic("rows", partitions=3)
    cluster.topic("status", partitions=2)
    lab.write("password", cluster.password)
    case = Case(lab, cluster, cluster.secure_brokers, kafka, {
        "security.protocol": "SASL_SSL", "ssl.ca.location": cluster.ca, "sasl.mechanism": "PLAIN",
        "sasl.username": cluster.user, "sasl.password_file": "password"})
    case.trial.until_rounds(2)
    cluster.deny("rows")
    case.run.until_said("authorization failed", 30)
    case.trial.until_rounds(4)
    cluster.deny("rows", deny=False)
    case.run.until_said("works again", 60)
    case.until_all_is_there()
    case.end(reasons, status=1 if reasons else 0)


def a_broker_that_answers_nothing(lab, kafka, reasons):
    """For longer than messages may take."""
    cluster = _kafka.KafkaCluster(lab)
    cluster.topic("rows", partitions=3)
    cluster.topic("status", partitions=2)
    case = Case(lab, cluster, cluster.brokers, kafka, {
        "message.timeout.ms": 3000, "request.timeout.ms": 1000, "socket.timeout.ms": 2000})
    case.trial.until_rounds(2)
    cluster.node(1).pause()
    case.trial.until_rounds(12)
    cluster.node(1).resume()
    case.until_all_is_there()
    case.end(reasons, status=1 if reasons else 0)


def messages_that_are_too_large(lab, kafka, _):
    """Lost by that name with a spool too, as no other try would help; what is in order arrives."""
    cluster = _kafka.KafkaCluster(lab)
    cluster.topic("status", partitions=2)
    cluster.topic("rows", partitions=2, max_message_bytes=6000)
    case = Case(lab, cluster, cluster.brokers, kafka,
                {"compression.type": "none", "batch.size": 1})
    case.run.until_said("Message size too large", 60)
    case.trial.until_rounds(4)
    b, _ = case.end({"too_large"}, status=1)
    check(b.written > 0, f"{b}")


def a_full_disk_of_the_spool(lab):
    """Rows pass by it, with an alarm, and none is lost; with room again it works again."""
    folder = lab.path("spool")
    os.makedirs(folder)
    disk = lab.keep(_confine.SmallDisk(folder, 1 << 20))
    cluster = _kafka.KafkaCluster(lab)
    for topic in ("rows", "status"):
        cluster.topic(topic, partitions=2)
    case = Case(lab, cluster, cluster.brokers, ALWAYS)
    case.until(lambda m: m["sonde_spool_messages_bypassed_total"], "messages that pass by")
    check(not case.trial.metrics()["sonde_spool_working"], "no alarm")
    check("No space left" in case.run.err, f"{case.run.err[-400:]}")
    case.trial.until_rounds(4)
    disk.resize(64 << 20)
    case.until(lambda m: m["sonde_spool_working"], "a spool that works again")
    before = case.trial.metrics()["sonde_spool_rows_total"]
    case.trial.until_rounds(2)
    case.until(lambda m: m["sonde_spool_rows_total"] > before, "rows in the spool")
    case.until_all_is_there()
    case.end()


def runs_without_a_broker(lab, kafka, _):
    """poll --once, and a run that is told to end: each ends soon, and the next one that finds a
    broker delivers what they left, in order."""
    cluster = _kafka.KafkaCluster(lab)
    for topic in ("rows", "status"):
        cluster.topic(topic, partitions=2)
    cluster.node(1).stop()
    trial = _kafka_trial.Trial(lab, cluster.brokers, devices=10, kafka=kafka, properties=QUICK)
    _, status = lab.poll("--once", seconds=40)
    check(status == 0, f"status {status}: nothing is lost")
    trial.start().until_rounds(2)
    account = trial.end(seconds=40)
    check(account.written == account.lost == account.dropped == 0, f"{account}")
    cluster.node(1).start()
    cluster.node(1).until_ready()
    _, status = lab.poll("--once", seconds=40)
    check(status == 0, f"status {status}")
    rounds, rows, _, _ = trial.polled()
    seen = _kafka_seen.Seen(cluster)
    check((len(seen.rounds), seen.rows) == (rounds, rows), f"{rounds} rounds and {rows} rows polled, "
          f"{len(seen.rounds)} and {seen.rows} in Kafka")
    check(not seen.gaps() and seen.late == seen.twice[0] == 0, "gaps, disorder or doubles")


class MockCluster(_mock_kafka.Mock):
    """The mock brokers, read as the real ones are."""

    def read(self, topic, seconds=0):
        """See _kafka.KafkaCluster.read."""
        del seconds
        for m in self.messages(topic):
            yield _kafka.Message(m["partition"], m["offset"], m["ts"],
                                 [(k, v.encode()) for k, v in m["headers"].items()],
                                 m["key"].encode(), m["payload"].encode())


def producers_that_fail_for_good(lab, kafka, _):
    """Each with several rounds under way: another takes over, and nothing is lost. A broker answers
    in order, so what is refused as out of sequence is always the oldest that is under way: no
    producer goes on after that. One error each: more of them would be the next producer's. Of the
    order nothing is said: the mock takes what comes behind a request that it has refused, which no
    real broker does (test_kafka_recover has the order)."""
    mock = MockCluster(lab)
    mock.say("topic rows 1 1")
    mock.say("topic status 1 1")
    case = Case(lab, mock, mock.brokers, kafka, {"retry.backoff.ms": 20})
    mock.say("rtt 1 300")
    for number in (2, 3):
        before = case.trial.metrics()["sonde_output_rows_written_total"]
        case.until(lambda m, so_far=before: m["sonde_output_rows_written_total"] > so_far,
                   "rows to arrive")
        mock.say(f"errors {_mock_kafka.PRODUCE} 1 {_mock_kafka.OUT_OF_ORDER}")
        case.until(lambda m, wanted=number: m["sonde_kafka_producers_total"] >= wanted,
                   "another producer", 30)
    mock.say("rtt 1 0")
    case.until_all_is_there()
    found = case.trial.metrics()
    check(found["sonde_kafka_producers_total"] == 3, "a producer failed by itself")
    check(found["sonde_kafka_messages_requeued_total"] > 0, "nothing was given to another producer")
    case.end()


def bound(test, name, *args):
    """A test in one way."""
    def run(lab):
        test(lab, *args)
    run.__name__ = f"{test.__name__}_{name}"
    return run


MODES = {"without_a_spool": "", "with_a_spool": OVERFLOW, "always_spooled": ALWAYS}
FULL = tuple(MODES) if os.environ.get("SONDE_TEST_FULL") else ()


def in_modes(test, reason, *modes):
    """A test in some ways, in all with SONDE_TEST_FULL."""
    return [bound(test, name, MODES[name], {reason} if reason and not MODES[name] else ())
            for name in FULL or modes]


TESTS = (in_modes(a_topic_that_is_made_later, "topic", "always_spooled")
         + in_modes(rights_that_come_back, "authorization", "with_a_spool")
         + in_modes(a_broker_that_answers_nothing, "timeout", "without_a_spool")
         + in_modes(messages_that_are_too_large, "too_large", "with_a_spool")
         + in_modes(producers_that_fail_for_good, None, "without_a_spool")
         + [a_full_disk_of_the_spool, bound(runs_without_a_broker, "with_a_spool", OVERFLOW, ())])
if __name__ == "__main__":
    _lab.main(*TESTS)
