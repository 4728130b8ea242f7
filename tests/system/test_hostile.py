"""Peers that break the protocol harm nobody but themselves."""
from proton import Delivery, Described, Message, symbol, uint, ulong

import harness
import raw


class Hostile(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router(listener={"maxMessageSize": "100KiB"})
        consumer, producer = self.connect(self.node), self.connect(self.node)
        self.consumer = self.receiver(consumer, "bystander", credit=10, accepts=True)
        self.producer = self.sender(producer, "bystander")

    def peer(self):
        peer = raw.Peer(self.node.port, self.wait_until)
        self.addCleanup(peer.drop)
        return peer

    def attached(self, address="bystander"):
        """A raw sender with credit."""
        peer = self.peer().handshake()
        peer.attach(raw.SENDER, address)
        return peer

    def bystanders_are_well(self):
        self.assertTrue(self.node.alive())
        sent = self.producer.send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome of a bystander's message")
        self.assertEqual(sent.state, Delivery.ACCEPTED)

    def closed_with(self, peer, *conditions):
        """The router closes the connection with one of the conditions, and then TCP."""
        close = peer.expect(raw.CLOSE)
        self.assertIn(close.error, conditions)
        peer.send(raw.composite(raw.CLOSE))
        self.assertTrue(peer.at_end())
        self.bystanders_are_well()

    # --- before anything is open ------------------------------------------------------------------

    def test_a_strange_protocol_is_told_what_is_spoken(self):
        for start in (b"AMQP\x00\x00\x09\x01", b"AMQP\x07\x01\x00\x00", b"GET / HT", b"\x00" * 8):
            with self.subTest(start=start):
                peer = self.peer()
                peer.write(start)
                self.assertIn(peer.read_header(), (raw.HEADER, raw.SASL_HEADER))
                self.assertTrue(peer.at_end())
        self.bystanders_are_well()

    def test_an_mechanism_that_is_not_offered_fails(self):
        peer = self.peer()
        peer.write(raw.SASL_HEADER)
        self.assertEqual(peer.read_header(), raw.SASL_HEADER)
        self.assertEqual(str(list(peer.expect(raw.MECHANISMS).field(0))[0]), "ANONYMOUS")
        peer.send(raw.composite(raw.INIT, symbol("PLAIN"), b"\0a\0b"), kind=raw.SASL)
        self.assertEqual(peer.expect(raw.OUTCOME).field(0), 1)
        self.assertTrue(peer.at_end())
        self.bystanders_are_well()

    def test_a_begin_before_the_open(self):
        peer = self.peer()
        peer.write(raw.HEADER + raw.frame(raw.begin()))
        self.assertEqual(peer.read_header(), raw.HEADER)
        self.closed_with(peer, "amqp:illegal-state", "amqp:not-allowed")

    def test_an_open_without_a_container_id(self):
        peer = self.peer()
        peer.write(raw.HEADER + raw.frame(raw.composite(raw.OPEN)))
        self.assertEqual(peer.read_header(), raw.HEADER)
        self.closed_with(peer, "amqp:decode-error", "amqp:invalid-field")

    # --- frames that are none ---------------------------------------------------------------------

    def test_broken_frames_are_framing_errors(self):
        too_large = (16385).to_bytes(4, "big") + b"\x02\x00\x00\x00"
        cases = {"a size below 8": b"\x00\x00\x00\x07\x02\x00\x00\x00",
                 "a size of zero": bytes(8),
                 "a size above the maximum": too_large,
                 "a size near 4 GiB": b"\xff\xff\xff\xff\x02\x00\x00\x00",
                 "a header shorter than itself": b"\x00\x00\x00\x08\x01\x00\x00\x00",
                 "a header longer than the frame": b"\x00\x00\x00\x08\x03\x00\x00\x00"}
        for what, data in cases.items():
            with self.subTest(what):
                peer = self.attached()
                peer.write(data)
                self.closed_with(peer, "amqp:connection:framing-error")

    def test_performatives_that_cannot_be_decoded(self):
        deep = b"\xc0\x02\x01" * 2000 + b"\x40"
        cases = {"not described": raw.encode([1, 2]),
                 "cut off": raw.encode(raw.attach(raw.SENDER, "x"))[:-3],
                 "a list that claims more than there is": b"\x00\x53\x12\xc0\xff\x10\x41",
                 "a wrong type": raw.encode(raw.composite(raw.FLOW, "one", "two")),
                 "an unknown performative": raw.encode(raw.composite(0x99, 1)),
                 "an unknown code": b"\x00\x53\x13\x3f",
                 "nested without end": b"\x00\x53\x12" + deep,
                 "a mandatory field missing": raw.encode(raw.composite(raw.BEGIN, None, None))}
        for what, data in cases.items():
            with self.subTest(what):
                peer = self.attached()
                peer.send(data)
                self.closed_with(peer, "amqp:decode-error", "amqp:invalid-field",
                                 "amqp:not-implemented", "amqp:connection:framing-error")

    # --- performatives out of place ---------------------------------------------------------------

    def test_a_second_open(self):
        peer = self.attached()
        peer.send(raw.open_())
        self.closed_with(peer, "amqp:illegal-state", "amqp:not-allowed")

    def test_a_channel_above_the_maximum(self):
        peer = self.peer()
        peer.write(raw.HEADER + raw.frame(raw.open_()))
        peer.read_header()
        most = peer.expect(raw.OPEN).field(3)
        peer.send(raw.begin(), channel=min(int(most) + 1, 65535))
        self.closed_with(peer, "amqp:connection:framing-error", "amqp:not-allowed")

    def test_a_frame_for_a_session_that_is_not_there(self):
        peer = self.attached()
        peer.send(raw.transfer(0), raw.body(b"x"), channel=9)
        self.closed_with(peer, "amqp:illegal-state", "amqp:not-allowed", "amqp:not-found",
                         "amqp:connection:framing-error")

    def session_ended_with(self, peer, *conditions):
        self.assertIn(peer.expect(raw.END).error, conditions)
        self.bystanders_are_well()

    def test_a_transfer_on_a_handle_that_is_not_attached(self):
        peer = self.attached()
        peer.send(raw.transfer(0, handle=5), raw.body(b"x"))
        self.session_ended_with(peer, "amqp:session:unattached-handle")

    def test_a_handle_in_use(self):
        peer = self.attached()
        peer.send(raw.attach(raw.SENDER, "other", handle=0, name="second"))
        self.session_ended_with(peer, "amqp:session:handle-in-use")

    def test_more_frames_than_the_session_window(self):
        peer = self.peer()
        peer.write(raw.HEADER + raw.frame(raw.open_()) + raw.frame(raw.begin()))
        peer.read_header()
        window = int(peer.expect(raw.BEGIN).field(2))
        stuck = self.receiver(self.connect(self.node), "stuck")  # takes nothing
        peer.attach(raw.SENDER, "stuck")
        # One delivery without end; frames as large as they may be, so that they have to be kept.
        part = bytes(16384 - 64)
        for i in range(4 * window):
            if not peer.send(raw.transfer(0 if i == 0 else None, more=True), part):
                break
        end = None
        while (got := peer.read_frame()) and end is None:
            if got.code in (raw.END, raw.DETACH, raw.CLOSE):
                end = got.error
        self.assertIn(end, ("amqp:session:window-violation", "amqp:link:message-size-exceeded"))
        self.assertEqual(stuck.count, 0)
        self.bystanders_are_well()

    # --- links ------------------------------------------------------------------------------------

    def test_more_deliveries_than_credit(self):
        peer = self.attached()
        self.consumer.accepts = False
        for i in range(300):  # a consumer has 10 credits, the link 250
            if not peer.send(raw.transfer(i), raw.body(b"x")):
                break
        self.assertEqual(peer.expect(raw.DETACH).error, "amqp:link:transfer-limit-exceeded")
        self.assertTrue(self.node.alive())

    def test_a_sender_without_any_credit(self):
        peer = self.peer().handshake()
        peer.send(raw.attach(raw.SENDER, "nobody-receives"))
        peer.expect(raw.ATTACH)
        peer.send(raw.transfer(0), raw.body(b"x"))
        self.assertEqual(peer.expect(raw.DETACH).error, "amqp:link:transfer-limit-exceeded")
        self.bystanders_are_well()

    def test_a_message_above_the_maximum_size(self):
        peer = self.attached()
        attach = next(f for f in peer.seen if f.code == raw.ATTACH)
        self.assertEqual(attach.field(10), 100 * 1024)
        message = raw.body(bytes(101 * 1024))
        parts = [message[i:i + 10000] for i in range(0, len(message), 10000)]
        for i, part in enumerate(parts):
            more = i + 1 < len(parts)
            peer.send(raw.transfer(0 if i == 0 else None, more=more), part)
        self.assertEqual(peer.expect(raw.DETACH).error, "amqp:link:message-size-exceeded")
        self.assertEqual(self.consumer.count, 0)
        self.bystanders_are_well()

    def test_a_message_of_the_maximum_size_passes(self):
        peer = self.attached()
        message = raw.body(bytes(100 * 1024 - len(raw.body(b""))))
        for at in range(0, len(message), 10000):
            more = at + 10000 < len(message)
            peer.send(raw.transfer(0 if at == 0 else None, more=more), message[at:at + 10000])
        self.wait_until(lambda: self.consumer.count == 1, "the message")
        self.assertEqual(self.consumer.received[0].data, message)
        self.assertEqual(peer.expect(raw.DISPOSITION).field(4).descriptor, 0x24)

    def test_a_delivery_without_an_id(self):
        peer = self.attached()
        peer.send(raw.transfer(None), raw.body(b"x"))
        got = peer.read_frame()
        while got and got.code not in (raw.DETACH, raw.END, raw.CLOSE):
            got = peer.read_frame()
        self.assertIsNotNone(got, peer.seen)
        self.assertIsNotNone(got.error)
        self.bystanders_are_well()

    def test_a_resumed_delivery_is_ignored(self):
        peer = self.attached()
        resumed = raw.composite(raw.TRANSFER, uint(0), uint(0), b"tag0", uint(0), None, None, None,
                                None, True)
        peer.send(resumed, raw.body(b"old"))
        peer.send(raw.transfer(1), raw.body(b"new"))
        outcome = peer.expect(raw.DISPOSITION)
        self.assertEqual(int(outcome.field(1)), 1)
        self.assertEqual([r.data for r in self.consumer.received], [raw.body(b"new")])
        self.bystanders_are_well()

    def test_sections_that_cannot_be_read(self):
        """The anonymous relay has to look for `to`."""
        peer = self.peer().handshake()
        peer.attach(raw.SENDER, None)
        for i, data in enumerate((b"\xff\xff\xff\xff", b"\x00\x53\x70\xd0\xff\xff\xff\xff", b"",
                                  b"\x00\x53\x73\xc0\x05\x03\x40\x40")):
            peer.send(raw.transfer(i), data)
            outcome = peer.expect(raw.DISPOSITION)
            self.assertEqual(outcome.field(1), i)
            self.assertEqual(outcome.field(4).descriptor, 0x25, "rejected")
        self.bystanders_are_well()

    def test_outcomes_for_deliveries_that_never_were(self):
        peer = self.peer().handshake()
        peer.attach(raw.RECEIVER, "q")
        for role in (raw.RECEIVER, raw.SENDER):
            peer.send(raw.disposition(role, 0, 0x24, last=0x7FFFFFFE))
            peer.send(raw.disposition(role, 77, 0x24))
        peer.send(raw.detach())
        peer.expect(raw.DETACH)
        self.bystanders_are_well()

    def test_an_unknown_state_is_relayed_and_harms_nobody(self):
        peer = self.peer().handshake()
        peer.attach(raw.RECEIVER, "q")
        peer.send(raw.link_flow(1))
        sent = self.sender(self.producer.peer, "q").send(Message(body="x"))
        delivery = peer.expect(raw.TRANSFER)
        state = Described(ulong(0x0000468C00000004), ["anything"])
        peer.send(raw.composite(raw.DISPOSITION, raw.RECEIVER, uint(int(delivery.field(1))), None,
                                True, state))
        self.wait_until(lambda: sent.settled, "settlement")
        self.bystanders_are_well()

    def test_a_peer_that_asks_and_reads_nothing_is_dropped(self):
        self.node = self.router(listener={"idleTimeoutSeconds": 2})
        peer = raw.Peer(self.node.port, self.wait_until, receive_buffer=4096)
        self.addCleanup(peer.drop)
        peer.handshake()
        peer.socket.setblocking(False)
        ask = (raw.frame(raw.attach(raw.SENDER, "q")) + raw.frame(raw.detach())) * 1000
        most = before = self.node.resident_bytes()
        rest = ask

        def gone():
            nonlocal most, rest
            most = max(most, self.node.resident_bytes())
            try:
                rest = rest[peer.socket.send(rest):] or ask
            except BlockingIOError:
                return False
            except (BrokenPipeError, ConnectionResetError):
                return True
            return False

        self.wait_until(gone, "the connection to be dropped")
        self.wait_until(
            lambda: "gone: the peer does not read what it gets" in self.node.log(), "the reason")
        if not harness.SANITIZED:  # which keep what was freed
            self.assertLess(most - before, 8 * 1024 * 1024)
        sent = self.sender(self.connect(self.node), "q", credit=False)
        self.assertTrue(sent.attached)

    def test_many_sessions_and_links_at_once(self):
        peer = self.peer()
        data = raw.HEADER + raw.frame(raw.open_(channel_max=65535))
        for channel in range(100):
            data += raw.frame(raw.begin(), channel=channel)
            for handle in range(20):
                role = raw.RECEIVER if handle % 2 else raw.SENDER
                data += raw.frame(raw.attach(role, f"a{channel}", handle), channel=channel)
        peer.write(data)
        peer.read_header()
        for _ in range(2000):
            peer.expect(raw.ATTACH)
        peer.drop()
        self.bystanders_are_well()

    def test_receivers_that_come_and_go_in_one_write(self):
        self.node = self.router(router={"workerThreads": 4})
        for _ in range(4):  # a connection on each loop
            peer = self.peer().handshake()
            peer.write(b"".join(
                raw.frame(raw.attach(raw.RECEIVER, "q", handle)) +
                raw.frame(raw.detach(handle))
                for handle in range(20)))
            for _ in range(20):
                peer.expect(raw.DETACH)
        consumer = self.receiver(self.connect(self.node), "q", credit=10, accepts=True)
        for _ in range(4):
            sent = self.sender(self.connect(self.node), "q").send(Message(body="x"))
            self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(consumer.count, 4)


if __name__ == "__main__":
    harness.main()
