"""A consumer's max-message-size: what is larger goes to another one, or comes back."""
from proton import Delivery

import harness
import mesh
import raw

EXCEEDED = "amqp:link:message-size-exceeded"


def message(size):
    return raw.body(b"x" * (size - len(raw.body(b""))))


class Sizes(mesh.MeshTest):
    """The producer is at a; consumers are at a and at b."""

    def setUp(self):
        super().setUp()
        self.routers_by_id = self.mesh({"a": {}, "b": {"a": 1}}, addresses=[
            {"prefix": "news", "distribution": "multicast"}])
        self.producer = self.connect(self.routers_by_id["a"])

    def limited(self, name, address, most, credit=10):
        return self.receiver(self.connect(self.routers_by_id[name]), address, credit=credit,
                             accepts=True, max_size=most)

    def outcome(self, sender, size):
        sent = sender.send_bytes(message(size))
        self.wait_until(lambda: sent.settled, "the outcome")
        return sent.state if sent.condition is None else sent.condition.name

    def test_what_is_larger_comes_back(self):
        for name in ("a", "b"):
            for most, larger in ((1000, 2008), (100, 101), (1000, 300008)):
                with self.subTest(name, larger=larger):
                    address = f"{name}/{larger}/{most}"
                    receiver = self.limited(name, address, most)
                    sender = self.sender(self.producer, address)
                    self.assertEqual(self.outcome(sender, most), Delivery.ACCEPTED)
                    self.assertEqual(self.outcome(sender, larger), EXCEEDED)
                    self.assertEqual(self.outcome(sender, most), Delivery.ACCEPTED)
                    self.assertEqual([len(r.data) for r in receiver.received], [most] * 2)

    def test_beside_a_consumer_without_a_limit_the_large_ones_go_there(self):
        for name in ("a", "b"):
            with self.subTest(name):
                small = self.limited(name, name, 1000)
                any_size = self.limited(name, name, None)
                sender = self.sender(self.producer, name)
                self.assertEqual([self.outcome(sender, 2000) for _ in range(4)],
                                 [Delivery.ACCEPTED] * 4)
                self.assertEqual((small.count, any_size.count), (0, 4))

    def test_a_stream_found_too_large_is_aborted(self):
        receiver = self.limited("b", "stream", 100_000)
        sender = self.sender(self.producer, "stream")
        sent = sender.begin()
        sender.more(message(90_000))
        self.wait_until(lambda: receiver.bytes_now > 0, "its first bytes")
        sender.more(b"y" * 20_000)
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.condition.name, EXCEEDED)
        self.wait_until(lambda: receiver.aborted == 1, "the abort")

    def test_multicast_leaves_out_who_does_not_take_so_much(self):
        small = [self.limited(name, "news", 1000) for name in ("a", "b")]
        any_size = [self.limited(name, "news", None) for name in ("a", "b")]
        sender = self.sender(self.producer, "news")
        self.assertEqual(self.outcome(sender, 2000), Delivery.ACCEPTED)
        self.assertEqual(self.outcome(sender, 500), Delivery.ACCEPTED)
        self.assertEqual([[len(r.data) for r in each.received] for each in small + any_size],
                         [[500]] * 2 + [[2000, 500]] * 2)


if __name__ == "__main__":
    harness.main()
