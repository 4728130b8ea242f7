"""Shards of a queue at two brokers, and one that is emptied into the other: weft broker drain."""
import json
import subprocess
import time

from proton import Delivery, Message, symbol

import harness
import management
from broker_daemon import BrokerTest

ENTRY = {"address": "orders", "type": "queue", "brokers": ["b1", "b2"]}
ALONE = {"address": "alone", "type": "queue", "brokers": ["b1"]}
TOPIC = {"address": "prices", "type": "topic", "brokers": ["b1"]}


class Drain(BrokerTest):
    def shards(self, entry=ENTRY, *more, second=True):
        """A router and both brokers, the second of which may be started later."""
        self.node = self.router(addresses=[entry, *more], listeners=[
            {"name": "brokers", "port": 0, "role": "route-container"}])
        connectors = [{"name": "router", "port": self.node.ports["brokers"]}]
        self.b1 = self.broker({"id": "b1"}, connectors=connectors)
        self.b2 = self.new_broker({"id": "b2"}, connectors=connectors)
        if second:
            self.start_second()

    def start_second(self):
        self.b2.start()
        self.addCleanup(self.end, self.b2)
        self.wait_until(lambda: self.has_links(self.b2), "the links of the second broker")

    def has_links(self, broker):
        agent = management.Node(broker.url, harness.TIMEOUT)
        try:
            return any(row["name"] == "orders" and row["producers"] and row["consumers"]
                       for row in agent.query("queue"))
        finally:
            agent.close()

    def weft(self, *words, status=0):
        done = subprocess.run([harness.binary("weft"), *words, "-b", self.node.url],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=harness.TIMEOUT)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stdout + done.stderr

    def report(self, what="--show"):
        """How far the first broker is."""
        return json.loads(self.weft("broker", "drain", "b1", what, "--json"))

    def begin(self):
        self.weft("broker", "drain", "b1")

    def depth(self, broker, queue="orders"):
        return int(self.queue(broker, queue)["messages"])

    def fill(self, count, first=0):
        sender = self.sender(self.connect(self.node), "orders")
        self.put(sender, *(Message(body=i) for i in range(first, first + count)))
        return sender

    def come_out(self, count):
        """All that is kept comes to one consumer, each message once."""
        receiver = self.receiver(self.connect(self.node), "orders", credit=250, accepts=True)
        self.wait_until(lambda: receiver.count >= count, f"{count} messages")
        self.wait_until(lambda: self.depth(self.b2) == 0, "none to be left")
        self.assertEqual(sorted(receiver.bodies), list(range(count)))

    def broker_row(self, broker):
        agent = management.Node(broker.url, harness.TIMEOUT)
        try:
            return agent.query("broker")[0]
        finally:
            agent.close()

    # --- the whole way ---------------------------------------------------------------------------

    def test_a_broker_is_emptied_into_the_other_one_and_all_comes_out_once(self):
        self.shards()
        self.fill(2000)
        kept = self.depth(self.b1)
        self.assertGreater(kept, 500)
        self.assertEqual(self.depth(self.b2), 2000 - kept)
        shown = self.weft("broker", "drain", "b1", "--wait")
        self.assertIn("b1: drained: its store has no message of 1 queues", shown)
        self.assertIn("safe to stop", shown)
        self.assertNotIn("NOT", shown)
        self.assertEqual((self.depth(self.b1), self.depth(self.b2)), (0, 2000))
        self.assertEqual(self.queue(self.b1, "orders")["forwarded"], kept)
        row = self.broker_row(self.b1)
        self.assertEqual((row["drain"], row["drainAll"], row["drainMessages"]),
                         ("drained", True, 0))
        status, text = self.page(self.b1, "/readyz")
        self.assertEqual(status, 503)
        self.assertIn("draining (weft broker drain)", text)
        metrics = self.page(self.b1, "/metrics")[1]
        self.assertIn("weft_broker_drain 2", metrics)
        self.assertIn(f"weft_broker_forwarded_total {kept}", metrics)
        self.assertIn("DRAIN of all queues by [C", self.b1.log())
        self.wait_until(lambda: "drain: drained, the store has no message of 1 queues" in
                        self.b1.log(), "the line in the log")
        self.assertIn("draining", self.weft("stat", "--queues"))
        self.fill(100, first=2000)  # what comes goes to the other one alone
        self.assertEqual((self.depth(self.b1), self.depth(self.b2)), (0, 2100))
        self.come_out(2100)

    def test_a_producer_that_goes_on_notices_nothing(self):
        self.shards()
        sender = self.sender(self.connect(self.node), "orders")
        sent = []

        def load(count):
            target = len(sent) + count

            def all_sent():
                while sender.credit > 0 and len(sent) < target:
                    sent.append(sender.send(Message(body=len(sent))))
                return len(sent) == target
            self.wait_until(all_sent, "credit")
        load(500)
        self.begin()
        load(1500)
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
        self.wait_until(lambda: self.report()["state"] == "drained", "the end of the drain")
        self.assertEqual(self.depth(self.b1), 0)
        self.come_out(2000)

    # --- what keeps it from its end --------------------------------------------------------------

    def test_it_waits_for_another_broker_and_can_be_called_off(self):
        self.shards(second=False)
        self.fill(100)
        self.begin()
        self.wait_until(lambda: "no other broker takes them" in str(self.report()["left"]),
                        "what it waits for")
        report = self.report()
        self.assertEqual((report["state"], report["messages"], report["forwarded"]),
                         ("draining", 100, 0))
        waiting = self.sender(self.connect(self.node), "orders")  # its router's credit
        sent = waiting.send(Message(body=100))
        self.settle_down(waiting.peer)
        self.assertFalse(sent.settled)
        shown = self.weft("broker", "drain", "b1", "--cancel")
        self.assertIn("nothing is drained", shown)
        self.wait_until(lambda: sent.settled, "the broker to take messages again")
        self.assertEqual(sent.state, Delivery.ACCEPTED)
        self.wait_until(lambda: self.depth(self.b1) == 101, "what had left to be back")
        self.assertIn("CANCEL-DRAIN by [C", self.b1.log())
        self.assertEqual(self.page(self.b1, "/readyz")[0], 200)
        self.wait_until(lambda: self.queue(self.b1, "orders")["consumers"] == 1,
                        "its own link to be gone")
        receiver = self.receiver(self.connect(self.node), "orders", credit=250, accepts=True)
        self.wait_until(lambda: receiver.count == 101, "all messages")
        self.assertEqual(sorted(receiver.bodies), list(range(101)))

    def test_a_full_broker_is_waited_for_and_a_restart_goes_on(self):
        self.shards({**ENTRY, "maxMessages": 500})
        self.fill(800)
        kept = self.depth(self.b1) + self.depth(self.b2)
        self.assertEqual(kept, 800)
        self.begin()
        self.wait_until(lambda: self.depth(self.b2) == 500, "the other one to be full")
        self.wait_until(lambda: self.depth(self.b1) == 300, "what it takes no more to be left")
        self.restart(self.b1)
        self.wait_until(lambda: self.has_links(self.b1), "its links")
        report = self.report()
        self.assertEqual((report["state"], report["all"], report["messages"]),
                         ("draining", True, 300))
        self.assertEqual(self.page(self.b1, "/readyz")[0], 503)
        receiver = self.receiver(self.connect(self.node), "orders", credit=100, accepts=True)
        self.wait_until(lambda: len(set(receiver.bodies)) == 800, "all messages")
        self.wait_until(lambda: self.report()["state"] == "drained", "the end of the drain")
        self.wait_until(lambda: self.depth(self.b2) == 0, "none to be left")
        # What was under way when it was stopped, and nobody took in time, may come twice.
        self.assertLessEqual(receiver.count, 800 + 250)

    def test_a_broker_that_is_stopped_in_the_middle_sends_nothing_twice(self):
        count = 5000  # so that it is in the middle
        self.shards(second=False)
        self.fill(count)
        self.begin()
        self.start_second()
        self.wait_until(lambda: self.depth(self.b2) > 0, "the first to leave")
        self.restart(self.b1)
        self.wait_until(lambda: self.depth(self.b1) == 0, "the rest to leave")
        self.assertEqual(self.depth(self.b2), count)
        self.come_out(count)

    def test_what_no_other_broker_keeps_is_named_and_stays(self):
        self.shards(ENTRY, ALONE, TOPIC)
        self.fill(10)
        self.put(self.sender(self.connect(self.node), "alone"), Message(body="a"))
        receiver = self.receiver(self.connect(self.node), "prices")
        self.put(self.sender(self.connect(self.node), "prices"), Message(body="p"))
        shown = self.weft("broker", "drain", "b1", "--wait", status=2)
        self.assertIn("'alone' keeps 1 messages: its entry names no other broker", shown)
        self.assertIn("subscription", shown)
        self.assertIn("NOT safe to stop", shown)
        self.assertEqual(self.depth(self.b1), 0)
        self.put(self.sender(self.connect(self.node), "alone"), Message(body="b"))
        self.assertEqual(self.depth(self.b1, "alone"), 2)
        receiver.grant(1)
        self.wait_until(lambda: receiver.count == 1, "what the topic keeps")

    def test_one_queue_alone_is_drained(self):
        self.shards(ENTRY, {**ENTRY, "address": "jobs"})
        self.fill(100)
        self.put(self.sender(self.connect(self.node), "jobs"),
                 *(Message(body=i) for i in range(100)))
        refused = self.weft("broker", "drain", "b1", "--queue", "nothing", status=1)
        self.assertIn("this broker has no queue 'nothing'", refused)
        shown = self.weft("broker", "drain", "b1", "--queue", "jobs", "--wait")
        self.assertIn("drained", shown)
        self.assertNotIn("safe to stop", shown)
        self.assertEqual((self.depth(self.b1, "jobs"), self.depth(self.b2, "jobs")), (0, 100))
        self.assertGreater(self.depth(self.b1), 0)
        self.assertEqual(self.page(self.b1, "/readyz")[0], 200)

    # --- what a message means --------------------------------------------------------------------

    def test_messages_mean_at_the_other_broker_what_they_meant(self):
        self.shards(second=False)
        sender = self.sender(self.connect(self.node), "orders")
        self.put(sender, Message(body="failed", priority=9, ttl=600.0, durable=True,
                                 annotations={symbol("x-opt-mine"): "kept"}))
        receiver = self.receiver(self.connect(self.node), "orders", credit=1)
        failed = self.take(receiver, 1)[0]
        failed.delivery.local.failed = True
        failed.settle(Delivery.MODIFIED)
        receiver.close()
        self.wait_until(lambda: self.queue(self.b1, "orders")["failed"] == 1, "the failure")
        self.put(sender, Message(body="later",
                                 annotations={symbol("x-opt-delivery-delay"): 3_600_000}))
        self.begin()
        self.start_second()
        self.wait_until(lambda: self.report()["state"] == "drained", "the end of the drain")
        self.assertEqual(self.depth(self.b2), 2)
        taker = self.receiver(self.connect(self.node), "orders", credit=10, accepts=True)
        self.wait_until(lambda: taker.count == 1, "the one that is due")
        message = taker.received[0].message
        self.assertEqual((message.body, message.priority, message.durable,
                          message.delivery_count), ("failed", 9, True, 1))
        self.assertEqual(message.annotations[symbol("x-opt-mine")], "kept")
        self.assertGreater(message.ttl, 500)
        self.assertLessEqual(message.ttl, 600)
        agent = management.Node(self.b2.url, harness.TIMEOUT)
        self.addCleanup(agent.close)
        self.wait_until(lambda: self.depth(self.b2) == 1, "that one to be gone")
        shown = agent.call("PEEK", "queue", "orders")["messages"][0]
        later = Message()
        later.decode(bytes(shown["message"]))
        self.assertEqual(later.body, "later")
        due = later.annotations[symbol("x-opt-delivery-time")] / 1000
        self.assertLess(abs(due - time.time() - 3600), 60)


if __name__ == "__main__":
    harness.main()
