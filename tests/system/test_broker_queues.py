"""What a queue of weft-broker does beside keeping messages in order: priorities, times, and who gets what."""
import time

from proton import Delivery, Message, symbol, timestamp

import harness
from broker_daemon import BrokerTest


def entry(**settings):
    """What a router tells of an address, as a link property."""
    def wish(link):
        link.properties = {symbol("weft.address"): {"type": "queue", **settings}}
    return wish


def in_milliseconds(more):
    return int(time.time() * 1000) + more


class Queues(BrokerTest):
    def queue_with(self, **settings):
        """A broker with the queue "q", and a sender to it."""
        node = self.broker()
        return node, self.sender(self.connect(node), "q", wish=entry(**settings))

    def reader(self, node, credit, **options):
        return self.receiver(self.connect(node), "q", credit=credit, **options)

    def restart_with(self, node):
        self.net.close()
        self.kill(node)
        node.start()

    # --- priorities -------------------------------------------------------------------------------

    def test_the_most_urgent_goes_first_also_from_disk(self):
        node, sender = self.queue_with()
        self.put(sender, *(Message(body=i, priority=4) for i in range(1200)))
        self.put(sender, Message(body="urgent", priority=9), Message(body="some day", priority=0))
        self.restart_with(node)
        reader = self.reader(node, 3)
        self.assertEqual([r.body for r in self.take(reader, 3)], ["urgent", 0, 1])

    def test_low_priorities_do_not_starve(self):
        node, sender = self.queue_with()
        self.put(sender, Message(body="low", priority=0),
                 *(Message(body=i, priority=9) for i in range(20)))
        bodies = [r.body for r in self.take(self.reader(node, 8), 8)]
        self.assertEqual(bodies, [*range(7), "low"])

    # --- times ------------------------------------------------------------------------------------

    def test_a_scheduled_message_waits_also_over_a_kill(self):
        node, sender = self.queue_with()
        late = in_milliseconds(3_600_000)
        sent_at = time.time()
        self.put(sender,
                 Message(body="late", annotations={symbol("x-opt-delivery-time"): timestamp(late)}),
                 Message(body="soon", annotations={symbol("x-opt-delivery-delay"): 700}),
                 Message(body="now", annotations={symbol("x-opt-delivery-time"): 1}))
        self.restart_with(node)
        reader = self.reader(node, 10)
        self.assertEqual([r.body for r in self.take(reader, 1)], ["now"])
        self.assertEqual([r.body for r in self.take(reader, 1)], ["soon"])
        self.assertGreaterEqual(time.time() - sent_at, 0.7)
        row = self.queue(node, "q")
        self.assertEqual((row["messages"], row["unsettled"]), (3, 2))

    def test_a_message_ends_when_it_says_so(self):
        node, sender = self.queue_with()
        self.put(sender, Message(body="over", expiry_time=time.time() - 10),
                 Message(body="lives", expiry_time=time.time() + 1000))
        reader = self.reader(node, 10)
        self.assertEqual([r.body for r in self.take(reader, 1)], ["lives"])
        self.wait_until(lambda: self.queue(node, "q")["deadExpired"] == 1, "the death of the other")

    # --- who gets what ----------------------------------------------------------------------------

    def test_an_exclusive_consumer_has_all_until_it_leaves(self):
        node, sender = self.queue_with()
        other = self.reader(node, 0)
        alone = self.reader(node, 1, capability="exclusive")
        other.grant(10)
        self.put(sender, *(Message(body=i) for i in range(3)))
        self.assertEqual(self.take(alone, 1)[0].body, 0)
        self.assertEqual(other.bodies, [])
        alone.close()
        self.assertEqual([r.body for r in self.take(other, 3)], [0, 1, 2])

    def test_an_exclusive_queue_goes_to_its_consumers_one_after_the_other(self):
        node, sender = self.queue_with(exclusiveConsumer=True)
        first, second = self.reader(node, 2), self.reader(node, 10)
        self.put(sender, *(Message(body=i) for i in range(4)))
        self.take(first, 2)
        self.assertEqual(second.bodies, [])
        first.peer.drop()
        self.assertEqual([r.body for r in self.take(second, 4)], [0, 1, 2, 3])

    def test_messages_of_a_group_go_to_one_consumer(self):
        node, sender = self.queue_with()
        first, second = self.reader(node, 10), self.reader(node, 10)
        self.put(sender, *(Message(body=f"{group}{i}", group_id=group)
                           for i in range(3) for group in "ab"))
        self.wait_until(lambda: first.count + second.count == 6, "all messages")
        groups = [{body[0] for body in reader.bodies} for reader in (first, second)]
        self.assertEqual(sorted(map(sorted, groups)), [["a"], ["b"]])
        first.peer.drop()
        self.wait_until(lambda: second.count == 6, "what the first had")

    # --- what is kept -----------------------------------------------------------------------------

    def test_of_a_key_the_last_value_is_kept_also_over_a_kill(self):
        node, sender = self.queue_with(lastValueKey="stock")
        self.put(sender, *(Message(body=f"{stock}{i}", properties={"stock": stock})
                           for i in range(3) for stock in "ab"))
        self.put(sender, Message(body="plain"))
        self.restart_with(node)
        sender = self.sender(self.connect(node), "q")
        self.put(sender, Message(body="a3", annotations={symbol("stock"): "a"}))
        reader = self.reader(node, 10)
        self.assertEqual([r.body for r in self.take(reader, 3)], ["b2", "plain", "a3"])
        row = self.queue(node, "q")
        self.assertEqual(row["messages"], 3)
        self.assertGreaterEqual(row["replaced"], 1)  # and what the kill left of those before

    def test_a_duplicate_is_accepted_and_not_kept_also_over_a_kill(self):
        node, sender = self.queue_with(duplicateWindow=3)
        self.put(sender, *(Message(body=i, id=f"id-{i}") for i in range(4)))
        reader = self.reader(node, 4)
        for received in self.take(reader, 4):
            received.accept()
        self.wait_until(lambda: self.queue(node, "q")["messages"] == 0, "an empty queue")
        self.restart_with(node)
        sender = self.sender(self.connect(node), "q")
        self.put(sender, Message(body="again", id="id-3"), Message(body="forgotten", id="id-0"),
                 Message(body="no name"))
        self.put(sender, Message(body="again", id="id-0"))
        self.assertEqual(self.queue(node, "q")["duplicates"], 2)
        reader = self.reader(node, 10)
        self.assertEqual([r.body for r in self.take(reader, 2)], ["forgotten", "no name"])

    def test_what_can_not_be_done_is_refused_in_words(self):
        node, sender = self.queue_with(lastValueKey="stock", duplicateWindow=3)
        for message, words in [(Message(properties={"stock": "x" * 300}), "lastValueKey"),
                               (Message(id="x" * 300), "duplicateWindow")]:
            sent = sender.send(message)
            self.wait_until(lambda: sent.settled, "the outcome")
            self.assertEqual(sent.state, Delivery.REJECTED)
            self.assertIn(words, sent.condition.description)
        link = self.connect(node).sender("q", wish=entry(duplicateWindow=10**9))
        self.assertEqual(self.refused(link), "amqp:invalid-field")
        self.assertIn("duplicateWindow", link.condition.description)


if __name__ == "__main__":
    harness.main()
