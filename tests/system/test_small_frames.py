"""Peers whose frames are as small as the specification allows get none that is larger."""
from proton import Described, Message, symbol, uint, ulong

import harness
import raw

SMALLEST = 512


class SmallFrames(harness.Test):
    def peer(self, node, max_frame=SMALLEST):
        """It has sent its open and a begin."""
        peer = raw.Peer(node.port, self.wait_until)
        self.addCleanup(peer.drop)
        peer.write(raw.HEADER + raw.frame(raw.open_(max_frame=max_frame)) + raw.frame(raw.begin()))
        self.assertEqual(peer.read_header(), raw.HEADER)
        return peer

    def assert_fits(self, peer):
        self.assertLessEqual(max(frame.size for frame in peer.seen), SMALLEST)

    def test_the_answer_to_an_attach(self):
        node = self.router()
        peer = self.peer(node)
        long = "a" * 400

        def attach(handle, role=raw.SENDER, name="n", ours="here", peers="there", filters=None,
                   capability=None):
            capability = capability and symbol(capability)
            terminus = [None] * 5
            source = Described(ulong(0x28), [ours if role == raw.RECEIVER else peers, *terminus,
                                             None, filters, None, None, capability])
            target = Described(ulong(0x29), [ours if role == raw.SENDER else peers, *terminus,
                                             capability])
            peer.send(raw.composite(raw.ATTACH, f"{name}{handle}", uint(handle), role, None, None,
                                    source, target, None, None,
                                    uint(0) if role == raw.SENDER else None))
            return peer.expect(raw.ATTACH, lambda frame: frame.field(0) == f"{name}{handle}")

        self.assertEqual(attach(0, ours=long, peers=long).field(6).value[0], long)
        self.assertEqual(attach(1, raw.RECEIVER, ours=long, peers=long).field(5).value[0], long)
        name = Described(symbol("x:filter"), "f" * 600)
        answer = attach(2, raw.RECEIVER, filters={symbol("f"): name}, capability="c" * 200)
        self.assertEqual(answer.field(5).value[0], "here")
        answer = attach(3, filters={symbol("f"): name}, capability="c" * 200)
        self.assertEqual(answer.field(6).value[0], "here")
        self.assertIsNone(attach(4, name="n" * 300, ours="a" * 300).field(6))
        self.assertEqual(peer.expect(raw.DETACH).error, "amqp:frame-size-too-small")
        self.assertIsNone(attach(5, ours="a" * 1000).field(6))
        self.assertEqual(peer.expect(raw.DETACH).error, "amqp:frame-size-too-small")
        self.assertEqual(attach(6).field(6).value[0], "here")
        self.assert_fits(peer)

    def test_a_name_that_cannot_be_said_back_ends_the_session(self):
        node = self.router()
        peer = self.peer(node)
        peer.send(raw.attach(raw.SENDER, "q", name="n" * 500))
        self.assertEqual(peer.expect(raw.END).error, "amqp:frame-size-too-small")
        self.assert_fits(peer)
        peer.send(raw.composite(raw.END))
        peer.send(raw.begin(), channel=1)
        peer.expect(raw.BEGIN, lambda begin: begin.field(0) == 1)

    def open_of(self, node, max_frame):
        peer = self.peer(node, max_frame)
        opened = peer.expect(raw.OPEN)
        self.assertLessEqual(opened.size, max_frame)
        return opened.field(9)

    def test_an_open_with_a_long_failover_list(self):
        urls = ", ".join(f"amqp://host-{i}.example.com:5672" for i in range(30))
        node = self.router(listener={"failoverUrls": urls, "openProperties": {"site": "here"}})
        self.assertRegex(node.log(), r"clients: its open has \d+ bytes")
        small = self.open_of(node, SMALLEST)
        self.assertEqual(small[symbol("site")], "here")
        self.assertNotIn(symbol("failover-server-list"), small)
        self.assertEqual(len(self.open_of(node, 16384)[symbol("failover-server-list")]), 30)

    def test_an_open_with_many_properties(self):
        properties = {f"property-{i}": "v" * 30 for i in range(20)}
        node = self.router(listener={"openProperties": properties})
        self.assertEqual(len([k for k in self.open_of(node, 4096) if k.startswith("prop")]), 20)
        some = [k for k in self.open_of(node, SMALLEST) if k.startswith("prop")]
        self.assertGreater(len(some), 4)
        self.assertEqual(some, [symbol(f"property-{i}") for i in range(len(some))])

    def test_annotations_that_the_window_does_not_hold_come_in_pieces(self):
        node = self.router(listener={"stripAnnotations": "no"})
        peer = raw.Peer(node.port, self.wait_until)
        self.addCleanup(peer.drop)
        peer.write(raw.HEADER + raw.frame(raw.open_(max_frame=SMALLEST))
                   + raw.frame(raw.begin(window=1)))
        self.assertEqual(peer.read_header(), raw.HEADER)
        peer.attach(raw.RECEIVER, "pieces")
        peer.send(raw.link_flow(credit=1, window=1))
        sender = self.sender(self.connect(node), "pieces")
        message = Message(annotations={symbol("x-k"): "v" * 1500}, body="m")
        sender.send(message, settled=True)
        pieces = [peer.expect(raw.TRANSFER)]
        while pieces[-1].field(5):  # more
            peer.send(raw.link_flow(credit=1, window=len(pieces) + 1))
            pieces.append(peer.expect(raw.TRANSFER))
        self.assertGreater(len(pieces), 3)
        self.assert_fits(peer)
        got = Message()
        got.decode(b"".join(piece.payload for piece in pieces))
        self.assertEqual((got.annotations["x-k"], got.body), ("v" * 1500, "m"))
        self.assertIn("x-opt-qd.ingress", got.annotations)

    def test_an_open_that_fits_is_not_warned_of(self):
        self.assertNotIn("its open has", self.router().log())


if __name__ == "__main__":
    harness.main()
