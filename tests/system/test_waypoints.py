"""Addresses that lead through a waypoint: a small store attaches for them, by capability."""
from proton import Delivery, Message

import harness
from mesh import MeshTest


class Store:
    """Keeps what comes to an address until somebody takes it: a queue of a broker.

    It is number `number` on the way: what it takes is in the phase before.
    """

    def __init__(self, test, peer, address, number=1):
        capability = "qd.waypoint" if number == 1 else f"qd.waypoint.{number}"
        self.test = test
        self.into = test.receiver(peer, address, credit=100, accepts=True, capability=capability)
        self.out = test.sender(peer, address, credit=False, capability=capability)
        self.given = 0

    @property
    def kept(self):
        return self.into.count - self.given

    def give(self):
        """Offers all that it keeps; the outcomes."""
        sent = [self.out.send(Message(body=r.body)) for r in self.into.received[self.given:]]
        self.given = self.into.count
        return sent


class Waypoints(MeshTest):
    QUEUE = [{"address": "orders", "waypoint": True}]

    def test_a_message_waits_in_the_store_until_a_receiver_comes(self):
        node = self.router(addresses=self.QUEUE)
        producer, consumer = self.connect(node), self.connect(node)
        sender = self.sender(producer, "orders", credit=False)
        self.assertEqual(sender.credit, 0, "nobody takes it")
        store = Store(self, self.connect(node), "orders")
        sent = [sender.send(Message(body=i)) for i in range(3)]
        self.wait_until(lambda: all(s.settled for s in sent), "the store's outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
        self.assertEqual((store.kept, store.out.credit), (3, 0))
        receiver = self.receiver(consumer, "orders", credit=10, accepts=True)
        self.wait_until(lambda: store.out.credit > 0, "credit for what is kept")
        given = store.give()
        self.wait_until(lambda: all(s.settled for s in given), "the receiver's outcomes")
        self.assertEqual(receiver.bodies, [0, 1, 2])
        self.assertEqual(store.kept, 0)

    def test_an_anonymous_sender_reaches_the_store(self):
        node = self.router(addresses=[{"address": "orders", "ingressPhase": 2, "egressPhase": 3}])
        store = Store(self, self.connect(node), "orders", number=3)
        sent = self.sender(self.connect(node), None).send(Message(address="orders", body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual((sent.state, store.kept), (Delivery.ACCEPTED, 1))

    def test_a_message_passes_several_stores_in_order(self):
        node = self.router(addresses=[{"address": "orders", "egressPhase": 2}])
        first = Store(self, self.connect(node), "orders", number=1)
        second = Store(self, self.connect(node), "orders", number=2)
        receiver = self.receiver(self.connect(node), "orders", credit=10, accepts=True)
        sent = self.sender(self.connect(node), "orders").send(Message(body="x"))
        self.wait_until(lambda: sent.settled and first.kept == 1, "the first store")
        self.assertEqual(receiver.count, 0)
        self.wait_until(lambda: first.out.credit > 0, "credit from the second store")
        first.give()
        self.wait_until(lambda: second.kept == 1, "the second store")
        self.assertEqual(receiver.count, 0)
        self.wait_until(lambda: second.out.credit > 0, "credit from the receiver")
        second.give()
        self.wait_until(lambda: receiver.count == 1, "the message")

    def test_sender_store_and_receiver_are_on_three_routers(self):
        routers = self.mesh({"a": {}, "b": {"a": 1}, "c": {"b": 1}}, addresses=self.QUEUE)
        store = Store(self, self.connect(routers["b"]), "orders")
        receiver = self.receiver(self.connect(routers["c"]), "orders", credit=10, accepts=True)
        sender = self.sender(self.connect(routers["a"]), "orders")
        sent = sender.send(Message(body="x"))
        self.wait_until(lambda: sent.settled and store.kept == 1, "the store")
        self.assertEqual((sent.state, receiver.count), (Delivery.ACCEPTED, 0))
        self.wait_until(lambda: store.out.credit > 0, "credit for what is kept")
        given = store.give()
        self.wait_until(lambda: given[0].settled, "the receiver's outcome")
        self.assertEqual(receiver.bodies, ["x"])

    def test_a_number_that_is_none_is_refused(self):
        peer = self.connect(self.router())
        for capability in ("qd.waypoint.0", "qd.waypoint.10", "qd.other"):
            self.assertEqual(self.refused(peer.receiver("a", capability=capability)),
                             "amqp:not-implemented")


if __name__ == "__main__":
    harness.main()
