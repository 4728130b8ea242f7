"""Messages arrive as they were sent, byte for byte, whatever their size and sections."""
import hashlib
import os

from proton import Array, Data, Delivery, Described, Message, UNDESCRIBED, symbol, ulong

import harness
import raw

MIB = 1024 * 1024


def section(code, value):
    return raw.encode(Described(ulong(code), value))


def rich_message(payload, annotations=None):
    """All sections there are; the body is two data sections."""
    properties = ["id-1", b"user", None, "subject", "reply", 9, symbol("text/plain")]
    parts = [section(0x70, [True, None, None, False, None]),
             section(0x71, {symbol("x-opt-hop"): 1}),
             section(0x72, {symbol("x-opt-kept"): "yes", symbol("x-opt-list"): [1, [2, None]],
                            **(annotations or {})}),
             section(0x73, properties),
             section(0x74, {"colour": "blue", "count": 3, "exact": 1.5, "none": None, "ok": True}),
             raw.body(payload), raw.body(b"tail"),
             section(0x78, {symbol("x-opt-sum"): b"\x01\x02"})]
    return b"".join(parts)


def bare(message):
    """From the properties on."""
    return message[message.index(b"\x00\x53\x73"):]


class Messages(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router()

    def pass_through(self, data, node=None, settled=False, **connection):
        """What a consumer gets of the message `data`."""
        node = node or self.node
        receiver = self.receiver(self.connect(node, **connection), "q", credit=1, accepts=True)
        sender = self.sender(self.connect(node), "q")
        sent = sender.send_bytes(data, settled)
        self.wait_until(lambda: receiver.received and sent.settled, "the message and its outcome")
        if not settled:
            self.assertEqual(sent.state, Delivery.ACCEPTED)
        receiver.close()
        return receiver.received[0].data

    def raw_peer(self, **options):
        peer = raw.Peer(self.node.port, self.wait_until)
        self.addCleanup(peer.drop)
        return peer.handshake(**options)

    def test_every_section_is_kept(self):
        data = rich_message(os.urandom(100))
        self.assertEqual(self.pass_through(data), data)

    def test_bodies_of_every_kind(self):
        described = raw.encode(Described(symbol("own:type"), [1, "two"]))
        array = Data()
        array.put_object(Array(UNDESCRIBED, Data.INT, 1, 2, 3))
        for data in (section(0x77, "text"), section(0x77, None), section(0x76, [1, "a", None]),
                     section(0x76, [1]) + section(0x76, [2]), raw.body(b""),
                     b"\x00\x53\x77" + described, b"\x00\x53\x77" + array.encode(),
                     Message(body={"a": [1, {"b": None}]}).encode()):
            with self.subTest(data=data):
                self.assertEqual(self.pass_through(data), data)

    def test_an_encoding_that_is_not_the_shortest_is_kept(self):
        """A wide list, a wide ulong and a wide string where small ones would do."""
        properties = (b"\x00\x80" + (0x73).to_bytes(8, "big")
                      + b"\xd0\x00\x00\x00\x0b\x00\x00\x00\x01\xb1\x00\x00\x00\x02id")
        data = properties + raw.body(b"x")
        self.assertEqual(self.pass_through(data), data)

    def test_32_mib_arrive_byte_for_byte(self):
        data = rich_message(os.urandom(32 * MIB))
        for settled in (False, True):
            with self.subTest(settled=settled):
                arrived = self.pass_through(data, settled=settled)
                self.assertEqual(len(arrived), len(data))
                self.assertEqual(hashlib.sha256(arrived).digest(), hashlib.sha256(data).digest())

    def test_to_many_consumers_with_frames_of_different_sizes(self):
        node = self.router(addresses=[{"address": "news", "type": "multicast"}])
        consumers = [self.connect(node, max_frame=size) for size in (512, 4096, 16384, 1000000)]
        receivers = [self.receiver(c, "news", credit=1, accepts=True) for c in consumers]
        data = rich_message(os.urandom(MIB))
        sent = self.sender(self.connect(node), "news").send_bytes(data)
        self.wait_until(lambda: sent.settled, "the outcome")
        for receiver in receivers:
            self.assertEqual(receiver.received[0].data, data)

    def test_frames_are_no_larger_than_the_consumer_allows(self):
        consumer = self.raw_peer(max_frame=512)
        consumer.attach(raw.RECEIVER, "q")
        consumer.send(raw.link_flow(1))
        data = rich_message(os.urandom(20000))
        self.sender(self.connect(self.node), "q").send_bytes(data, settled=True)
        frames = [consumer.expect(raw.TRANSFER)]
        while frames[-1].field(5):
            frames.append(consumer.expect(raw.TRANSFER))
        self.assertEqual(b"".join(f.payload for f in frames), data)
        self.assertGreaterEqual(len(frames), 40)
        self.assertTrue(all(len(f.payload) + 8 <= 512 for f in frames))

    def test_a_message_in_tiny_pieces(self):
        """Each byte a frame of its own; also where the sections have to be looked at."""
        plain = rich_message(b"plain")
        marked = rich_message(b"marked", {symbol("x-opt-qd.to"): "elsewhere"})
        receiver = self.receiver(self.connect(self.node), "q", credit=2)
        for number, message in enumerate((plain, marked)):
            producer = self.raw_peer()  # each with a session window of its own
            producer.attach(raw.SENDER, "q")
            for i in range(len(message)):
                producer.send(raw.transfer(0 if i == 0 else None, settled=True,
                                           more=i + 1 < len(message)), message[i:i + 1])
            self.wait_until(lambda: receiver.count == number + 1, "the message")
        arrived = receiver.received
        self.assertEqual(arrived[0].data, plain)
        self.assertNotIn(b"x-opt-qd", arrived[1].data)
        self.assertEqual(bare(arrived[1].data), bare(marked))

    def test_a_router_annotation_of_a_client_is_removed(self):
        payload = b"body"
        data = rich_message(payload, {symbol("x-opt-qd.trace"): ["0/other"]})
        arrived = self.pass_through(data)
        message, expected = Message(), Message()
        message.decode(arrived)
        expected.decode(rich_message(payload))
        self.assertEqual(message.annotations, expected.annotations)
        self.assertEqual(bare(arrived), bare(data))

    def test_router_annotations_pass_where_the_listener_says_so(self):
        node = self.router(listener={"stripAnnotations": "no"})
        data = rich_message(b"body", {symbol("x-opt-qd.ingress"): "0/other",
                                      symbol("x-opt-qd.trace"): ["0/other"]})
        arrived = self.pass_through(data, node)
        message, sent = Message(), Message()
        message.decode(arrived)
        sent.decode(data)
        added = {"x-opt-qd.trace": ["0/other", "0/r1"]}
        self.assertEqual({str(key): value for key, value in message.annotations.items()},
                         {str(key): value for key, value in sent.annotations.items()} | added)
        self.assertEqual(bare(arrived), bare(data))

    def test_the_message_format_is_kept(self):
        consumer = self.raw_peer()
        consumer.attach(raw.RECEIVER, "q")
        consumer.send(raw.link_flow(2))
        producer = self.raw_peer()
        producer.attach(raw.SENDER, "q")
        for delivery_id, message_format in enumerate((0, 0x00112233)):
            producer.send(raw.transfer(delivery_id, settled=True, message_format=message_format),
                          raw.body(b"x"))
            self.assertEqual(int(consumer.expect(raw.TRANSFER).field(3)), message_format)

    def test_any_bytes_pass_in_another_format(self):
        for payload in (b"\x00", b"\x00\x53\x70\xc0\x05", b"\x00\x53\x72\x40", b"", os.urandom(99)):
            consumer, producer = self.raw_peer(), self.raw_peer()
            consumer.attach(raw.RECEIVER, "opaque")
            consumer.send(raw.link_flow(1))
            producer.attach(raw.SENDER, "opaque")
            producer.send(raw.transfer(0, message_format=7), payload)
            got = consumer.expect(raw.TRANSFER)
            self.assertEqual((got.payload, int(got.field(3))), (payload, 7))
            consumer.send(raw.disposition(raw.RECEIVER, int(got.field(1)), 0x24))
            self.assertEqual(producer.expect(raw.DISPOSITION).field(4).descriptor, 0x24)
            consumer.send(raw.detach())
            consumer.expect(raw.DETACH)

    def test_two_links_of_one_session_interleave_their_frames(self):
        receivers = [self.receiver(self.connect(self.node), a, credit=1) for a in ("a", "b")]
        producer = self.raw_peer()
        producer.attach(raw.SENDER, "a", handle=0)
        producer.attach(raw.SENDER, "b", handle=1)
        parts = [[os.urandom(1000) for _ in range(20)] for _ in range(2)]
        for i in range(20):
            for handle in range(2):
                producer.send(raw.transfer(handle if i == 0 else None, handle=handle, settled=True,
                                           more=i < 19), parts[handle][i])
        self.wait_until(lambda: all(r.count for r in receivers), "both messages")
        self.assertEqual([r.received[0].data for r in receivers], [b"".join(p) for p in parts])


if __name__ == "__main__":
    harness.main()
