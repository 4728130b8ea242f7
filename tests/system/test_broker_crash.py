"""weft-broker is killed again and again under load. What it said holds: nothing that it accepted is lost,
and nothing that it settled as processed comes back."""
import os
import random

from proton import Delivery, Message

import harness
from broker_daemon import BrokerTest

ROUNDS = 10
SIZES = 10, 300, 5000, 40_000  # bytes of bodies
SEED = int(os.environ.get("WEFT_SEED", random.randrange(1 << 30)))


class Producer:
    """Sends numbers, as credit allows, and keeps which were accepted."""

    def __init__(self, dice):
        self.dice = dice
        self.sent = {}  # what the broker said of each
        self.link = None

    def work(self):
        if self.link.peer.gone is None:
            while self.link.credit > 0:
                number = len(self.sent)
                body = "x" * self.dice.choice(SIZES)
                self.sent[number] = self.link.send(Message(id=number, body=body))

    @property
    def accepted(self):
        return {number for number, one in self.sent.items() if one.state == Delivery.ACCEPTED}


class Consumer:
    """Accepts what comes, and keeps of what the broker confirmed that."""

    def __init__(self):
        self.acknowledged = set()
        self.came_back = set()  # what was acknowledged before
        self.in_doubt = set()  # accepted, of which the broker died before it said anything
        self.link = None
        self.waiting = []  # (number, delivery)

    def work(self):
        for received in self.link.received:
            number = received.message.id
            if number in self.acknowledged:
                self.came_back.add(number)
            received.delivery.update(Delivery.ACCEPTED)
            self.waiting.append((number, received.delivery))
        self.link.received = []
        self.acknowledged |= {number for number, delivery in self.waiting if delivery.settled}
        for _, delivery in self.waiting:
            if delivery.settled:
                self.link.unsettled.discard(delivery.tag)
                delivery.settle()
                self.link.grant(1)
        self.waiting = [one for one in self.waiting if one[0] not in self.acknowledged]


class BrokerCrash(BrokerTest):
    def test_nothing_accepted_is_lost_and_nothing_acknowledged_comes_back(self):
        dice = random.Random(SEED)
        print(f"WEFT_SEED={SEED}", flush=True)
        node = self.broker({"autoCreate": True})
        producer, consumer = Producer(dice), Consumer()
        for _ in range(ROUNDS):
            self.live_for_a_while(node, producer, consumer, more=dice.randrange(20, 600))
            self.kill(node)
            self.hear_the_rest(producer, consumer)
            node.start()
        left = self.all_of(node)
        self.assertEqual(consumer.came_back, set())
        self.assertEqual(producer.accepted - consumer.acknowledged - consumer.in_doubt - left, set())
        self.assertEqual(consumer.acknowledged & left, set())
        self.assertGreater(len(producer.accepted), ROUNDS * 20)
        self.assertGreater(len(consumer.acknowledged), ROUNDS)

    def live_for_a_while(self, node, producer, consumer, more):
        """Until so many more messages were accepted and acknowledged."""
        producer.link = self.sender(self.connect(node), "orders")
        consumer.link = self.receiver(self.connect(node), "orders", credit=100)
        consumer.waiting = []

        def done():
            return len(producer.accepted) + len(consumer.acknowledged)
        goal = done() + more

        def enough():
            producer.work()
            consumer.work()
            return done() >= goal
        self.wait_until(enough, "outcomes")

    def hear_the_rest(self, producer, consumer):
        """What the broker said before it died."""
        self.wait_until(lambda: producer.link.peer.gone and consumer.link.peer.gone, "the end")
        consumer.work()
        consumer.in_doubt |= {number for number, _ in consumer.waiting}

    def all_of(self, node):
        """The numbers that are in the queue, each of which is there once."""
        receiver = self.receiver(self.connect(node), "orders", credit=250, accepts=True)
        self.wait_until(lambda: self.queue(node, "orders")["messages"] == 0, "an empty queue")
        numbers = [received.message.id for received in receiver.received]
        self.assertEqual(len(numbers), len(set(numbers)))
        return set(numbers)


if __name__ == "__main__":
    harness.main()
