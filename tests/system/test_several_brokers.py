"""Several brokers that keep the messages of one address: the credit of consumers is divided among
them."""
import time

from proton import Delivery, Message

import harness
import management
from broker import Broker
from mesh import MeshTest

QUEUE = [{"address": "orders", "waypoint": True}]
CONTAINERS = [{"name": "brokers", "port": 0, "role": "route-container"}]
LINKS = [{"name": f"orders-{direction}", "address": "orders", "direction": direction,
          "connection": "brokers"} for direction in ("out", "in")]


class SeveralBrokers(MeshTest):
    def brokers(self, *kept, **options):
        """A router, and a broker for each number: so many messages it keeps."""
        self.node = self.router(addresses=QUEUE, listeners=list(CONTAINERS), autoLinks=LINKS)
        brokers = [Broker(self.net, f"b{i}") for i in range(len(kept))]
        for broker, count in zip(brokers, kept):
            self.keep(broker, count)
            broker.dial(self.node.ports["brokers"])
        self.wait_until(lambda: all(len(b.serving("orders")) == 2 for b in brokers), "all links")
        return brokers

    def keep(self, broker, count):
        start = broker.depth("orders")
        broker.queues["orders"].extend(Message(body=start + i).encode() for i in range(count))

    def outlet(self, broker):
        return next(link for link in broker.serving("orders") if link.link.is_sender)

    def test_together_they_send_what_was_asked_for_and_no_more(self):
        brokers = self.brokers(10, 10, 10)
        receiver = self.receiver(self.connect(self.node), "orders", credit=4)
        self.wait_until(lambda: receiver.count == 4, "what was asked for")
        receiver.grant(1)
        self.wait_until(lambda: receiver.count == 5, "one more")
        self.assertEqual(sum(b.depth("orders") for b in brokers), 25)

    def test_an_empty_one_keeps_no_credit_and_is_seldom_asked(self):
        full, empty = self.brokers(300, 0)
        began = time.monotonic()
        receiver = self.receiver(self.connect(self.node), "orders", credit=1, accepts=True)
        self.wait_until(lambda: receiver.count == 300, "all that one of them keeps")
        asked = self.outlet(empty).flows
        self.assertLessEqual(asked, 4 + 2 * (time.monotonic() - began))
        self.keep(empty, 1)
        self.wait_until(lambda: receiver.count == 301, "what came to the other one")

    def test_half_of_the_credit_is_taken_back_from_an_empty_one(self):
        full, empty = self.brokers(500, 0)
        receiver = self.receiver(self.connect(self.node), "orders", credit=100)
        self.wait_until(lambda: receiver.count == 100, "as much as from one broker alone")
        self.assertEqual(full.depth("orders"), 400)
        self.assertEqual(self.outlet(empty).credit, 0)

    def test_a_drain_is_answered_after_all_of_them(self):
        one, two = self.brokers(0, 0)
        receiver = self.receiver(self.connect(self.node), "orders")
        for broker in (one, two):
            receiver.drain(1)
            self.wait_until(lambda: not receiver.draining, "nothing to be there")
            before = receiver.count
            self.keep(broker, 1)
            receiver.drain(1)
            self.wait_until(lambda: not receiver.draining, "an answer")
            self.assertEqual(receiver.count, before + 1)
        self.keep(one, 2)
        two.answers_drains = False
        receiver.drain(5)
        self.wait_until(lambda: receiver.count == 4, "what is kept")
        self.assertTrue(receiver.draining, "one of them has not answered")
        two.answers_drains = True
        self.outlet(two).on_flow()
        self.wait_until(lambda: not receiver.draining, "an answer")
        self.assertEqual(receiver.count, 4)

    def test_one_that_does_not_answer_loses_its_credit(self):
        full, silent = self.brokers(10, 0)
        silent.answers_drains = False
        receiver = self.receiver(self.connect(self.node), "orders", credit=10)
        self.wait_until(lambda: receiver.count == 10, "what the other one keeps")

    def test_what_one_had_that_goes_is_for_the_other(self):
        one, two = self.brokers(0, 0)
        receiver = self.receiver(self.connect(self.node), "orders", credit=6)
        self.wait_until(lambda: self.outlet(one).credit == 3 and self.outlet(two).credit == 3,
                        "a part for each")
        one.peers[0].drop()
        self.keep(two, 10)
        self.wait_until(lambda: receiver.count == 6, "all from the other one")

    def test_consumers_that_leave_take_their_credit_along(self):
        one, two = self.brokers(0, 0)
        peer = self.connect(self.node)
        receiver = self.receiver(peer, "orders", credit=6)
        self.wait_until(lambda: self.outlet(one).credit == 3, "credit")
        receiver.close()
        self.wait_until(lambda: self.outlet(one).credit == self.outlet(two).credit == 0,
                        "none to be left")
        self.keep(one, 3)
        other = self.receiver(self.connect(self.node), "orders", credit=1)
        self.wait_until(lambda: other.count == 1, "a message")
        self.assertEqual(one.depth("orders"), 2)

    def test_producers_are_spread_over_those_that_give_credit(self):
        brokers = self.brokers(0, 0)
        sender = self.sender(self.connect(self.node), "orders")
        sent = [sender.send(Message(body=i)) for i in range(10)]
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual([b.depth("orders") for b in brokers], [5, 5])
        brokers[0].peers[0].drop()
        agent = management.Node(self.node.url, harness.TIMEOUT)
        self.addCleanup(agent.close)
        self.wait_until(lambda: "b0" not in {row["container"] for row in agent.query("connection")},
                        "the loss to be known")
        sent = [sender.send(Message(body=i)) for i in range(10)]
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
        self.assertEqual([b.depth("orders") for b in brokers], [5, 15])


if __name__ == "__main__":
    harness.main()
