"""A consumer that takes little holds back its own producers only, and costs bounded memory."""
from proton import Delivery, Message

import harness
import raw

MIB = 1024 * 1024
MEMORY_MAX = 32 * MIB  # what one slow consumer may add; a session's window is 8 MiB


class SlowConsumers(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router()
        self.producer = self.connect(self.node)

    def test_no_presettled_message_is_lost(self):
        total = 20_000
        receiver = self.receiver(self.connect(self.node), "q")
        sender = self.sender(self.producer, "q")
        sent = 0
        while receiver.count < total:
            while sent < total and sender.credit > 0:
                sender.send_bytes(raw.body(sent.to_bytes(4, "big")), settled=True)
                sent += 1
            if receiver.credit == 0:  # it asks for more when it has had what it asked for
                receiver.grant(97)
            before = receiver.count
            self.wait_until(lambda: receiver.count > before or sender.credit > 0 and sent < total,
                            f"more than {before} messages")
        numbers = [int.from_bytes(r.data[-4:], "big") for r in receiver.received]
        self.assertEqual(numbers, list(range(total)))

    def test_other_addresses_of_the_same_producer_flow(self):
        stalled = self.receiver(self.connect(self.node), "stalled")
        quick = self.receiver(self.connect(self.node), "quick", credit=100, accepts=True)
        blocked = self.sender(self.producer, "stalled")
        flowing = self.sender(self.producer, "quick")
        for i in range(250):
            blocked.send(Message(body=i))
        self.settle_down(self.producer)
        self.assertEqual(blocked.credit, 0)
        sent = []
        for i in range(1000):
            if flowing.credit == 0:
                self.wait_until(lambda: flowing.credit > 0, "credit on the address that flows")
            sent.append(flowing.send(Message(body=i)))
        self.wait_until(lambda: all(s.settled for s in sent), "1000 outcomes")
        self.assertEqual(quick.bodies, list(range(1000)))
        self.assertEqual((stalled.count, blocked.credit), (0, 0))
        stalled.grant(250)
        self.wait_until(lambda: stalled.count == 250, "what had been held back")
        self.assertEqual(stalled.bodies, list(range(250)))

    def test_another_consumer_on_the_same_connection_is_served(self):
        client = self.connect(self.node)
        stalled = self.receiver(client, "stalled", credit=1)
        quick = self.receiver(client, "quick", credit=100, accepts=True)
        blocked = self.sender(self.producer, "stalled")
        flowing = self.sender(self.producer, "quick")
        for i in range(50):
            blocked.send(Message(body=i))
        sent = [flowing.send(Message(body=i)) for i in range(100)]
        self.wait_until(lambda: all(s.settled for s in sent), "100 outcomes")
        self.assertEqual((stalled.count, quick.count), (1, 100))

    def test_what_a_closed_session_window_keeps_out_goes_to_other_consumers(self):
        frames, total = 4, 200
        client = self.net.connect(self.node.port, max_frame=1024)
        client.session.incoming_capacity = frames * 1024  # of what was not read
        closed = self.receiver(client, "q", credit=total)
        closed.on_delivery = lambda delivery: None  # it reads nothing
        other = self.receiver(self.connect(self.node), "q", credit=10, accepts=True)
        sender = self.sender(self.producer, "q")
        sent = [sender.send(Message(id=i, body="x" * 800)) for i in range(total)]  # a frame each
        self.wait_until(lambda: other.count >= total - frames, "all that the window keeps out")
        self.assertEqual(closed.link.queued, total - other.count)
        self.assertGreater(closed.link.queued, 0)
        del closed.on_delivery
        while delivery := closed.link.current:
            closed.on_delivery(delivery)
        for received in closed.received:
            received.accept()
        self.wait_until(lambda: all(s.settled for s in sent), "all outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
        numbers = [received.message.id for received in closed.received + other.received]
        self.assertEqual(sorted(numbers), list(range(total)))

    def bystander_round_trips(self, number):
        """Gives the router time to do whatever it would do; the most memory it had meanwhile."""
        if not hasattr(self, "bystander"):
            peer = self.connect(self.node)
            self.receiver(peer, "bystander", credit=10, accepts=True)
            self.bystander = self.sender(self.connect(self.node), "bystander")
        most = 0
        for _ in range(number):
            sent = self.bystander.send(Message(body="x"))
            self.wait_until(lambda: sent.settled, "a bystander's message")
            self.assertEqual(sent.state, Delivery.ACCEPTED)
            most = max(most, self.node.resident_bytes())
        return most

    def assert_memory(self, before, after):
        if not harness.SANITIZED:
            self.assertLess(after - before, MEMORY_MAX, "bytes that the router's memory grew")

    def test_a_consumer_that_never_reads_costs_bounded_memory(self):
        for settled in (True, False):
            with self.subTest(settled=settled):
                before = self.bystander_round_trips(1)
                peer = raw.Peer(self.node.port, self.wait_until, receive_buffer=4096)
                self.addCleanup(peer.drop)
                peer.handshake()
                address = f"deaf-{settled}"
                peer.attach(raw.RECEIVER, address)
                peer.send(raw.link_flow(1_000_000, window=1_000_000))
                sender = self.sender(self.connect(self.node), address)
                message = raw.body(bytes(512 * 1024))
                for _ in range(sender.credit):  # 125 MiB
                    sender.send_bytes(message, settled)
                self.assert_memory(before, self.bystander_round_trips(100))
                sender.peer.drop()
                peer.drop()

    def test_a_peer_that_asks_and_never_reads_costs_bounded_memory(self):
        before = self.bystander_round_trips(1)
        peer = raw.Peer(self.node.port, self.wait_until, receive_buffer=4096)
        self.addCleanup(peer.drop)
        peer.handshake()
        asks = raw.composite(raw.FLOW, *raw.link_flow(1).value[:4], *[None] * 5, True)
        frames = memoryview(raw.frame(asks) * 4096)
        peer.socket.setblocking(False)
        written, at, refused = 0, 0, 0
        while written < 128 * MIB and refused < 20:
            try:
                sent = peer.socket.send(frames[at:])
                written, at, refused = written + sent, (at + sent) % len(frames), 0
            except BlockingIOError:  # it does not take more for now: look again a little later
                self.bystander_round_trips(5)
                refused += 1
            except ConnectionError:
                break
        self.assert_memory(before, self.bystander_round_trips(1))
        self.assertTrue(self.node.alive())

    def test_a_stalled_stream_is_held_in_bounded_memory(self):
        """One message of 48 MiB to a consumer that does not take its second half."""
        before = self.bystander_round_trips(1)
        receiver = self.receiver(self.connect(self.node), "q", credit=1)
        sender = self.sender(self.producer, "q")
        sent = sender.send_bytes(raw.body(bytes(48 * MIB)))
        self.wait_until(lambda: receiver.bytes_now > 2 * MIB, "the first part of the message")
        receiver.peer.reads = False
        self.assert_memory(before, self.bystander_round_trips(100))
        receiver.peer.reads = True
        self.wait_until(lambda: receiver.count == 1, "the rest of the message")
        self.assertEqual(len(receiver.received[0].data), 48 * MIB + 8)
        receiver.received[0].accept()
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.ACCEPTED)

    def test_a_multicast_waits_for_its_slowest_consumer(self):
        self.assertEqual(self.sent_until_held_back(loops=1), 250)

    def test_so_it_does_on_other_loops(self):
        # Its own capacity, and at the most that of the other loop, which asks for more copies.
        self.assertLessEqual(self.sent_until_held_back(loops=4), 2 * 250)

    def sent_until_held_back(self, loops):
        node = self.router(router={"workerThreads": loops},
                           addresses=[{"address": "news", "type": "multicast"}])
        slow = self.receiver(self.connect(node), "news")
        quick = self.receiver(self.connect(node), "news", credit=1000, accepts=True)
        sender = self.sender(self.connect(node), "news")
        sent = 0

        def held_back():
            nonlocal sent
            for sent in range(sent + 1, sent + 1 + sender.credit):
                sender.send(Message(body=sent), settled=True)
            return sender.credit == 0 and quick.count == sent
        self.wait_until(held_back, "the producer to be held back, and all at the quick one")
        slow.grant(1000)
        self.wait_until(lambda: slow.count == sent and sender.credit == 250, "the slow one's turn")
        self.assertEqual(slow.bodies, list(range(1, sent + 1)))
        return sent


if __name__ == "__main__":
    harness.main()
