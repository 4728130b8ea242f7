"""Each message to every consumer."""
from proton import Delivery, Message

import harness


class Multicast(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router(addresses=[{"address": "news", "type": "multicast"}])

    def test_every_consumer_gets_exactly_one_copy(self):
        shared = self.connect(self.node)
        receivers = [self.receiver(shared, "news", credit=100, accepts=True) for _ in range(2)]
        receivers += [self.receiver(self.connect(self.node), "news", credit=100, accepts=True)
                      for _ in range(3)]
        sender = self.sender(self.connect(self.node), "news")
        sent = [sender.send(Message(body=i)) for i in range(50)]
        self.wait_until(lambda: all(s.settled for s in sent), "50 outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
        self.assertEqual([r.bodies for r in receivers], [list(range(50))] * 5)

    def test_a_consumer_misses_nothing_that_is_sent_once_it_is_attached(self):
        sender = self.sender(self.connect(self.node), "news", credit=False)
        receivers = []
        for i in range(30):
            consumer = self.connect(self.node)
            receivers.append(self.receiver(consumer, "news", credit=100, accepts=True))
            self.wait_until(lambda: sender.credit > 0, "credit")
            sent = sender.send(Message(body=i))
            self.wait_until(lambda: sent.settled, "the outcome of all consumers")
            self.assertEqual([r.count for r in receivers], list(range(i + 1, 0, -1)))

    def test_presettled_messages_reach_every_consumer_once(self):
        receivers = [self.receiver(self.connect(self.node), "news", credit=300) for _ in range(3)]
        sender = self.sender(self.connect(self.node), "news")
        for i in range(200):
            sender.send(Message(body=i), settled=True)
        self.wait_until(lambda: all(r.count >= 200 for r in receivers), "200 messages for each")
        self.assertEqual([r.bodies for r in receivers], [list(range(200))] * 3)
        self.assertTrue(all(m.presettled for r in receivers for m in r.received))

    def test_the_producer_hears_when_all_consumers_have_settled(self):
        first = self.receiver(self.connect(self.node), "news", credit=10)
        second = self.receiver(self.connect(self.node), "news", credit=10)
        client = self.connect(self.node)
        sender = self.sender(client, "news")
        sent = sender.send(Message(body="x"))
        self.wait_until(lambda: first.received and second.received, "both copies")
        first.received[0].accept()
        self.settle_down(first.peer)
        self.settle_down(client)
        self.assertFalse(sent.settled, "one consumer is not done yet")
        second.received[0].accept()
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.ACCEPTED)

    def test_the_worst_outcome_but_a_release_wins(self):
        cases = [((Delivery.ACCEPTED, Delivery.REJECTED), Delivery.REJECTED),
                 ((Delivery.RELEASED, Delivery.ACCEPTED), Delivery.ACCEPTED),
                 ((Delivery.MODIFIED, Delivery.ACCEPTED), Delivery.ACCEPTED),
                 ((Delivery.RELEASED, Delivery.MODIFIED), Delivery.MODIFIED),
                 ((Delivery.RELEASED, Delivery.RELEASED), Delivery.RELEASED)]
        receivers = [self.receiver(self.connect(self.node), "news", credit=50) for _ in range(2)]
        sender = self.sender(self.connect(self.node), "news")
        for i, (outcomes, expected) in enumerate(cases):
            with self.subTest(outcomes=outcomes):
                sent = sender.send(Message(body=i))
                self.wait_until(lambda: all(r.count == i + 1 for r in receivers), "both copies")
                for receiver, outcome in zip(receivers, outcomes):
                    receiver.received[i].settle(outcome)
                self.wait_until(lambda: sent.settled, "the outcome")
                self.assertEqual(sent.state, expected)

    def test_one_that_comes_late_gets_what_is_sent_later(self):
        early = self.receiver(self.connect(self.node), "news", credit=10, accepts=True)
        sender = self.sender(self.connect(self.node), "news")
        first = sender.send(Message(body=1))
        self.wait_until(lambda: first.settled, "the first outcome")
        late = self.receiver(self.connect(self.node), "news", credit=10, accepts=True)
        self.settle_down(late.peer)
        second = sender.send(Message(body=2))
        self.wait_until(lambda: second.settled, "the second outcome")
        self.assertEqual((early.bodies, late.bodies), ([1, 2], [2]))

    def test_a_consumer_that_leaves_does_not_keep_the_outcome_from_the_producer(self):
        stays = self.receiver(self.connect(self.node), "news", credit=10, accepts=True)
        leaves = self.receiver(self.connect(self.node), "news", credit=10)
        sender = self.sender(self.connect(self.node), "news")
        sent = sender.send(Message(body="x"))
        self.wait_until(lambda: stays.count and leaves.count, "both copies")
        leaves.peer.drop()
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.ACCEPTED)


if __name__ == "__main__":
    harness.main()
