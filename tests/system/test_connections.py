"""Opening connections in every way the specification allows, and ending those that are dead."""
import resource
import socket
import unittest

from proton import Delivery, Described, Message, symbol, uint, ulong

import harness
import raw


class Connections(harness.Test):
    def raw_peer(self, node):
        peer = raw.Peer(node.port, self.wait_until)
        self.addCleanup(peer.drop)
        return peer

    def test_with_sasl_anonymous_and_without(self):
        node = self.router()
        receiver = self.receiver(self.connect(node, sasl=True), "q", credit=1, accepts=True)
        sent = self.sender(self.connect(node, sasl=False), "q").send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(receiver.bodies, ["x"])

    def test_the_open_says_who_it_is(self):
        node = self.router(listener={"idleTimeoutSeconds": 7, "maxFrameSize": 4096,
                                     "maxSessions": 5, "openProperties": {"site": "here"}})
        peer = self.raw_peer(node)
        peer.write(raw.HEADER + raw.frame(raw.open_()))
        peer.read_header()
        opened = peer.expect(raw.OPEN)
        self.assertEqual(opened.field(0), "r1")
        self.assertEqual([int(opened.field(i)) for i in (2, 3)], [4096, 4])
        self.assertIn(int(opened.field(4)), (3500, 7000))  # announced: half of it, or all
        properties = opened.field(9)
        self.assertEqual(properties[symbol("product")], "weft-router")
        self.assertRegex(properties[symbol("version")], r"^\d+\.\d+\.\d+")
        self.assertEqual(properties[symbol("site")], "here")

    def test_everything_in_one_write(self):
        node = self.router()
        peer = self.raw_peer(node)
        peer.write(raw.SASL_HEADER
                   + raw.frame(raw.composite(raw.INIT, symbol("ANONYMOUS")), kind=raw.SASL)
                   + raw.HEADER + raw.frame(raw.open_()) + raw.frame(raw.begin())
                   + raw.frame(raw.attach(raw.RECEIVER, "q", handle=0))
                   + raw.frame(raw.link_flow(1)) + raw.frame(raw.attach(raw.SENDER, "q", handle=1)))
        self.assertEqual(peer.read_header(), raw.SASL_HEADER)
        self.assertEqual(peer.expect(raw.OUTCOME).field(0), 0)
        self.assertEqual(peer.read_header(), raw.HEADER)
        peer.expect(raw.FLOW, lambda flow: flow.field(4) == 1 and flow.field(6))
        peer.send(raw.transfer(0, handle=1, settled=True), raw.body(b"x"))
        self.assertEqual(peer.expect(raw.TRANSFER).payload, raw.body(b"x"))

    def test_byte_by_byte(self):
        node = self.router()
        peer = self.raw_peer(node)
        data = (raw.HEADER + raw.frame(raw.open_()) + raw.frame(raw.begin())
                + raw.frame(raw.attach(raw.RECEIVER, "q")))
        for i in range(len(data)):
            peer.write(data[i:i + 1])
        self.assertEqual(peer.read_header(), raw.HEADER)
        peer.expect(raw.ATTACH)

    def test_open_and_close_in_one_write(self):
        node = self.router()
        peer = self.raw_peer(node)
        peer.write(raw.HEADER + raw.frame(raw.open_()) + raw.frame(raw.composite(raw.CLOSE)))
        self.assertEqual(peer.read_header(), raw.HEADER)
        peer.expect(raw.OPEN)
        self.assertIsNone(peer.expect(raw.CLOSE).error)
        self.assertTrue(peer.at_end())

    def test_a_peer_that_says_nothing_is_disconnected(self):
        node = self.router(listener={"initialHandshakeTimeoutSeconds": 1})
        beginnings = (b"", b"AMQP", raw.HEADER, raw.SASL_HEADER,
                      raw.HEADER + raw.frame(raw.open_())[:10])
        peers = []
        for start in beginnings:
            peers.append(self.raw_peer(node))
            peers[-1].write(start)
        stays = self.connect(node)
        for start, peer in zip(beginnings, peers):
            with self.subTest(start=start):
                while self.read(peer):
                    pass
        self.assertIsNone(stays.gone)

    def read(self, peer):
        """What has come; nothing at the end of the stream."""
        self.wait_until(lambda: raw.readable(peer.socket), "the end of the stream")
        try:
            return peer.socket.recv(1000)
        except ConnectionResetError:
            return b""

    def test_a_peer_that_falls_silent_is_disconnected(self):
        node = self.router(listener={"idleTimeoutSeconds": 1})
        heartbeats = self.connect(node)  # the library sends empty frames in time
        receiver = self.receiver(heartbeats, "q", credit=1, accepts=True)
        silent = self.raw_peer(node).handshake()
        self.assertEqual(silent.expect(raw.CLOSE).error, "amqp:resource-limit-exceeded")
        self.assertTrue(silent.at_end())
        sent = self.sender(heartbeats, "q").send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(receiver.count, 1)

    def test_a_peer_that_asks_for_heartbeats_gets_them(self):
        node = self.router()
        peer = self.raw_peer(node).handshake(idle_ms=400)
        for _ in range(3):
            self.assertIsNone(peer.read_frame().code, "an empty frame")

    def test_a_proton_client_with_a_short_heartbeat_stays(self):
        node = self.router()
        for heartbeat in (0.4, 1):
            with self.subTest(heartbeat):
                peer = self.connect(node, heartbeat=heartbeat)
                frames = peer.transport.frames_input
                self.wait_until(lambda: peer.gone or peer.transport.frames_input >= frames + 12,
                                "more empty frames than come in two time-outs")
                self.assertIsNone(peer.gone)

    def test_a_connector_keeps_a_peer_alive_that_asks_often(self):
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        node = self.router(connectors=[{"name": "out", "host": "127.0.0.1",
                                        "port": server.getsockname()[1]}])
        self.wait_until(lambda: raw.readable(server), "the connector to dial")
        peer = raw.Peer(None, self.wait_until, accepted=server.accept()[0])
        self.addCleanup(peer.drop)
        peer.answer(raw.open_(idle_ms=400))
        for _ in range(3):
            peer.expect(None)  # an empty frame

    def test_a_peer_that_asks_too_often_hears_that_it_can_not_be(self):
        node = self.router()
        peer = self.raw_peer(node)
        peer.write(raw.HEADER + raw.frame(raw.open_(idle_ms=99)))
        peer.read_header()
        self.assertEqual(peer.expect(raw.CLOSE).error, "amqp:not-implemented")
        self.assertTrue(peer.at_end())

    def test_a_client_that_describes_by_symbols(self):
        node = self.router()
        peer = self.raw_peer(node)

        def frame(performative, payload=b"", kind=raw.AMQP):
            return raw.frame(raw.by_symbol(performative), payload, kind=kind)

        anonymous = raw.composite(raw.INIT, symbol("ANONYMOUS"))
        peer.write(raw.SASL_HEADER + frame(anonymous, kind=raw.SASL) + raw.HEADER
                   + frame(raw.open_()) + frame(raw.begin())
                   + frame(raw.attach(raw.RECEIVER, "to-raw")) + frame(raw.link_flow(2))
                   + frame(raw.attach(raw.SENDER, "to-proton", handle=1)))
        peer.read_header()
        peer.expect(raw.OUTCOME)
        peer.read_header()
        client = self.connect(node)
        sender = self.sender(client, "to-raw")
        error = raw.composite(raw.ERROR, symbol("app:no"), "no")
        for state, heard in ((raw.composite(0x24), Delivery.ACCEPTED),
                             (raw.composite(0x25, error), Delivery.REJECTED)):
            sent = sender.send(Message(body="x"))
            delivery = int(peer.expect(raw.TRANSFER).field(1))
            peer.write(frame(raw.composite(raw.DISPOSITION, raw.RECEIVER, uint(delivery), None,
                                           True, state)))
            self.wait_until(lambda: sent.settled, "the outcome")
            self.assertEqual(sent.state, heard)
        self.assertEqual(sent.condition.name, "app:no")
        receiver = self.receiver(client, "to-proton", credit=1, accepts=True)
        peer.expect(raw.FLOW, lambda flow: flow.field(4) == 1 and flow.field(6))
        peer.write(frame(raw.transfer(0, handle=1), raw.body(b"y")))
        self.assertEqual(peer.expect(raw.DISPOSITION).field(4).descriptor, 0x24)
        self.assertEqual(receiver.count, 1)
        peer.write(frame(raw.detach(handle=1)) + frame(raw.composite(raw.END))
                   + frame(raw.composite(raw.CLOSE)))
        self.assertIsNone(peer.expect(raw.CLOSE).error)

    def test_a_target_of_an_unknown_type_refuses_the_link(self):
        node = self.router()
        peer = self.raw_peer(node).handshake()
        for handle, descriptor in enumerate((symbol("x:target:list"), ulong(0x999900000001))):
            odd = raw.attach(raw.SENDER, "q", handle=handle)
            odd.value[6] = Described(descriptor, ["q"])
            peer.send(odd)
            answer = peer.expect(raw.ATTACH)
            self.assertEqual([answer.field(5), answer.field(6)], [None, None])
            self.assertEqual(peer.expect(raw.DETACH).error, "amqp:not-implemented")
            peer.send(raw.detach(handle))
        peer.attach(raw.RECEIVER, "q", handle=2)

    @unittest.skipIf("undefined" in harness.SANITIZERS, "UBSan opens a pipe to look at an object "
                     "whose class it has not seen, and can't where no descriptors are left")
    def test_accepting_resumes_after_the_process_ran_out_of_files(self):
        node = self.router()
        self.connect(node)  # whatever is opened lazily is open now
        node.limit_open_files(node.open_files() + 5)
        peers = [self.raw_peer(node) for _ in range(20)]
        for peer in peers:
            peer.write(raw.HEADER + raw.frame(raw.open_()))
        # At most five are served at a time; each that goes makes room for another.
        waiting = peers
        while waiting:
            self.wait_until(lambda: any(raw.readable(p.socket) for p in waiting),
                            f"one of {len(waiting)} peers to be served")
            served = [p for p in waiting if raw.readable(p.socket)]
            self.assertLessEqual(len(served), 5)
            for peer in served:
                self.assertEqual(peer.read_header(), raw.HEADER)
                peer.drop()
            waiting = [p for p in waiting if p not in served]
        self.connect(node)
        self.wait_until(lambda: "accepts connections again" in node.log(), "the end to be told")
        self.assertEqual(node.log().count("can't accept connections"), 1)

    def test_many_connections(self):
        number = 400
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.assertGreater(soft, number + 100)
        node = self.router()
        peers = [self.net.connect(node.port, container=f"c{i}") for i in range(number)]
        self.wait_until(lambda: all(p.opened for p in peers), "all connections")
        receivers = [peer.receiver(f"a/{i}", credit=1, accepts=True)
                     for i, peer in enumerate(peers)]
        self.wait_until(lambda: all(r.attached for r in receivers), "all receivers")
        sender = self.sender(peers[0], None)
        sent = [sender.send(Message(address=f"a/{i}", body=i)) for i in range(200)]
        self.wait_until(lambda: all(s.settled for s in sent), "200 outcomes")
        self.assertEqual([r.bodies for r in receivers[:200]], [[i] for i in range(200)])

    def test_a_clients_error_is_answered_with_a_plain_close(self):
        node = self.router()
        peer = self.raw_peer(node).handshake()
        peer.send(raw.composite(raw.CLOSE, raw.composite(raw.ERROR, symbol("app:oops"), "sorry")))
        self.assertIsNone(peer.expect(raw.CLOSE).error)
        self.assertTrue(peer.at_end())
        self.assertIn("app:oops", self.whole_log(node))


if __name__ == "__main__":
    harness.main()
