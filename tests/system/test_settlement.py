"""What becomes of deliveries between a producer at one router and consumers at it and at another."""
from proton import Delivery, Message, symbol

import harness
import mesh
import raw

RECEIVED, ACCEPTED, REJECTED, RELEASED, MODIFIED = range(0x23, 0x28)


class Settlement(mesh.MeshTest):
    """Producers are at a; each test runs with consumers at a and at b."""

    def setUp(self):
        super().setUp()
        self.routers_by_id = self.mesh({"a": {}, "b": {"a": 1}}, addresses=[
            {"prefix": "news", "distribution": "multicast"}])
        self.producer = self.connect(self.routers_by_id["a"])

    def raw_peer(self, name):
        peer = raw.Peer(self.routers_by_id[name].port, self.wait_until)
        self.addCleanup(peer.drop)
        return peer.handshake()

    def test_a_consumer_that_settles_without_a_state_has_said_its_default_outcome(self):
        named = {Delivery.RELEASED: raw.composite(RELEASED),
                 Delivery.REJECTED: raw.composite(REJECTED),
                 Delivery.MODIFIED: raw.composite(MODIFIED, False, True),
                 0: None}
        for name in ("a", "b"):
            for state, default in named.items():
                with self.subTest(name, state=state):
                    address = f"{name}/{state}"
                    consumer = self.raw_peer(name)
                    consumer.attach(raw.RECEIVER, address, default_outcome=default)
                    consumer.send(raw.link_flow(1))
                    sent = self.sender(self.producer, address).send_bytes(raw.body(b"x"))
                    transfer = consumer.expect(raw.TRANSFER)
                    consumer.send(raw.disposition(raw.RECEIVER, int(transfer.field(1)), None))
                    self.wait_until(lambda: sent.settled, "the outcome")
                    self.assertEqual(sent.state, state)
                    self.assertEqual(bool(sent.undeliverable), state == Delivery.MODIFIED)

    def consumers(self, address, **options):
        """One at each router."""
        return [self.receiver(self.connect(self.routers_by_id[name]), address, credit=10, **options)
                for name in ("a", "b")]

    def test_a_state_on_a_transfer_passes_to_the_consumer(self):
        for name in ("a", "b"):
            receiver = self.receiver(self.connect(self.routers_by_id[name]), name, credit=2)
            sender = self.sender(self.producer, name)
            for settled in (False, True):
                sent = sender.begin()
                sent.delivery.update(Delivery.MODIFIED)
                sender.more(raw.body(b"x"))
                sender.finish(sent, settled)
            self.wait_until(lambda: receiver.count == 2, "both messages")
            for received in receiver.received:
                self.assertEqual(received.delivery.remote_state, Delivery.MODIFIED)
                self.assertEqual(received.data, raw.body(b"x"))
            receiver.close()

    def test_a_state_on_a_transfer_passes_with_all_its_fields(self):
        state = raw.composite(REJECTED, raw.composite(raw.ERROR, symbol("app:why"), "y" * 400))
        for name in ("a", "b"):
            consumer = self.raw_peer(name)
            consumer.attach(raw.RECEIVER, name)
            consumer.send(raw.link_flow(1))
            producer = self.raw_peer("a")
            producer.attach(raw.SENDER, name)
            producer.send(raw.transfer(0, state=state), raw.body(b"x"))
            got = consumer.expect(raw.TRANSFER).field(7)
            self.assertEqual(raw.encode(got), raw.encode(state))

    def test_multicast_consumers_are_settled_once_the_producer_settles(self):
        first = self.receiver(self.connect(self.routers_by_id["b"]), "news", credit=1)
        receivers = self.consumers("news", second=True)
        sent = self.sender(self.producer, "news").send(Message(body="x"))
        self.wait_until(lambda: all(r.count for r in [first, *receivers]), "the copies")
        deliveries = [receiver.received[0].delivery for receiver in receivers]
        for delivery, state in zip(deliveries, (Delivery.ACCEPTED, Delivery.RELEASED)):
            delivery.update(state)
        first.received[0].accept()
        self.wait_until(lambda: sent.state is not None, "the outcome")
        self.assertEqual((sent.state, sent.settled), (Delivery.ACCEPTED, False))
        self.assertFalse(any(delivery.settled for delivery in deliveries))
        sent.delivery.update(Delivery.ACCEPTED)
        sent.delivery.settle()
        self.wait_until(lambda: all(d.settled for d in deliveries), "settlement")
        self.assertEqual([d.remote_state for d in deliveries], [Delivery.ACCEPTED] * 2)


class Lost(mesh.MeshTest):
    """Routers a, b and c in a line; the producer is at a and the consumers at c."""

    def test_both_ends_are_told_at_once_when_a_router_between_two_settlements_dies(self):
        for lost in ("a", "b"):
            with self.subTest(lost):
                routers = self.mesh({"a": {}, "b": {"a": 1}, "c": {"b": 1}})
                consumer = self.connect(routers["c"])
                second = self.receiver(consumer, "second", credit=2, second=True)
                first = self.receiver(consumer, "first", credit=1)
                producer = self.connect(routers["a"])
                sender = self.sender(producer, "second")
                sent = [sender.send(Message(body=i)) for i in range(2)]
                self.sender(producer, "first").send(Message())
                self.wait_until(lambda: second.count == 2 and first.count == 1, "the messages")
                decided, undecided = [received.delivery for received in second.received]
                decided.update(Delivery.ACCEPTED)
                self.wait_until(lambda: sent[0].state == Delivery.ACCEPTED, "the outcome")
                self.kill(routers[lost])
                self.wait_until(lambda: decided.settled and undecided.settled, "settlement")
                self.assertFalse(first.received[0].delivery.settled)
                first.received[0].accept()
                if lost == "b":
                    self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
                    self.assertEqual([s.state for s in sent],
                                     [Delivery.ACCEPTED, Delivery.MODIFIED])
                for router in routers.values():
                    self.kill(router)


if __name__ == "__main__":
    harness.main()
