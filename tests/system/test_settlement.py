"""What becomes of deliveries between a producer at one router and consumers at it and at another."""
from proton import Delivery

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


if __name__ == "__main__":
    harness.main()
