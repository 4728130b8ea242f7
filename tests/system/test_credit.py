"""Producers may send while somebody receives, and as much as the router can hold of theirs."""
from proton import Message

import harness
import raw

CAPACITY = 250  # linkCapacity by default


class Credit(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router()
        self.producer = self.connect(self.node)
        self.consumer = self.connect(self.node)

    def test_none_before_there_is_a_consumer_and_all_of_it_then(self):
        sender = self.sender(self.producer, "q", credit=False)
        self.settle_down(self.producer)
        self.assertEqual(sender.credit, 0)
        self.receiver(self.consumer, "q")
        self.wait_until(lambda: sender.credit > 0, "credit")
        self.assertEqual(sender.credit, CAPACITY)

    def test_a_consumer_without_credit_is_a_consumer(self):
        self.receiver(self.consumer, "q")
        sender = self.sender(self.producer, "q")
        self.assertEqual(sender.credit, CAPACITY)

    def test_it_is_taken_back_when_the_last_consumer_leaves(self):
        first = self.receiver(self.consumer, "q")
        second = self.receiver(self.consumer, "q")
        sender = self.sender(self.producer, "q")
        first.close()
        self.settle_down(self.consumer)
        self.settle_down(self.producer)
        self.assertEqual(sender.credit, CAPACITY)
        second.close()
        self.wait_until(lambda: sender.credit == 0, "the credit to be taken back")

    def test_what_crosses_the_withdrawal_is_released(self):
        receiver = self.receiver(self.consumer, "q", credit=10)
        producer = raw.Peer(self.node.port, self.wait_until)
        self.addCleanup(producer.drop)
        producer.handshake()
        producer.attach(raw.SENDER, "q")
        receiver.close()
        # The router takes the credit back; this producer has not read that yet.
        self.wait_until(lambda: raw.readable(producer.socket), "the flow that takes it back")
        producer.send(raw.transfer(0), raw.body(b"x"))
        state = producer.expect(raw.DISPOSITION).field(4)
        self.assertEqual(state.descriptor, 0x26, "released")

    def test_it_is_taken_back_by_a_drain_of_what_is_left(self):
        receiver = self.receiver(self.consumer, "q", credit=10, accepts=True)
        producer = raw.Peer(self.node.port, self.wait_until)
        self.addCleanup(producer.drop)
        producer.handshake()
        producer.attach(raw.SENDER, "q")
        for i in range(3):
            producer.send(raw.transfer(i), raw.body(b"x"))
            producer.expect(raw.DISPOSITION)
        receiver.close()
        flow = producer.expect(raw.FLOW)
        count, credit, drain = flow.field(5), flow.field(6), flow.field(8)
        self.assertEqual((count, credit, drain), (3, CAPACITY - 3, True))
        producer.send(raw.transfer(3), raw.body(b"x"))
        self.assertEqual(producer.expect(raw.DISPOSITION).field(4).descriptor, 0x26, "released")
        # It need not answer: the next consumer brings its credit back.
        self.receiver(self.consumer, "q", credit=10, accepts=True)
        flow = producer.expect(raw.FLOW)
        self.assertEqual((flow.field(5), flow.field(6), bool(flow.field(8))), (4, CAPACITY, False))

    def test_it_comes_again_with_the_next_consumer(self):
        first = self.receiver(self.consumer, "q")
        sender = self.sender(self.producer, "q")
        first.close()
        self.wait_until(lambda: sender.credit == 0, "the credit to be taken back")
        receiver = self.receiver(self.consumer, "q", credit=10, accepts=True)
        self.wait_until(lambda: sender.credit == CAPACITY, "credit again")
        sent = sender.send(Message(body="again"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(receiver.bodies, ["again"])

    def test_it_is_taken_back_when_the_last_consumers_connection_is_lost(self):
        self.receiver(self.consumer, "q", credit=10)
        sender = self.sender(self.producer, "q")
        self.consumer.drop(reset=True)
        self.wait_until(lambda: sender.credit == 0, "the credit to be taken back")

    def test_unsettled_messages_use_it_up_and_settlement_gives_it_back(self):
        receiver = self.receiver(self.consumer, "q", credit=1000)
        sender = self.sender(self.producer, "q")
        for i in range(CAPACITY):
            sender.send(Message(body=i))
        self.wait_until(lambda: receiver.count == CAPACITY, "all messages")
        self.settle_down(self.producer)
        self.assertEqual(sender.credit, 0)
        for received in receiver.received[:100]:
            received.accept()
        self.wait_until(lambda: sender.credit >= 100, "credit for what was settled")
        self.assertEqual(sender.credit, 100)

    def test_what_no_consumer_takes_uses_it_up(self):
        receiver = self.receiver(self.consumer, "q")
        sender = self.sender(self.producer, "q")
        sent = [sender.send(Message(body=i), settled=True) for i in range(CAPACITY)]
        self.settle_down(self.producer)
        self.assertEqual(sender.credit, 0)
        receiver.grant(CAPACITY)
        self.wait_until(lambda: receiver.count == len(sent), "all messages")
        self.wait_until(lambda: sender.credit == CAPACITY, "all credit")
        self.assertEqual(receiver.bodies, list(range(CAPACITY)))

    def test_a_consumer_gets_no_more_than_it_granted(self):
        receiver = self.receiver(self.consumer, "q", credit=7)
        sender = self.sender(self.producer, "q")
        for i in range(20):
            sender.send(Message(body=i))
        self.wait_until(lambda: receiver.count == 7, "7 messages")
        self.settle_down(self.producer)
        self.settle_down(self.consumer)
        self.assertEqual((receiver.count, receiver.credit), (7, 0))
        receiver.grant(3)
        self.wait_until(lambda: receiver.count == 10, "3 messages more")
        self.assertEqual(receiver.bodies, list(range(10)))

    def test_a_drained_consumer_gets_its_credit_back_at_once(self):
        receiver = self.receiver(self.consumer, "q")
        receiver.drain(20)
        self.wait_until(lambda: not receiver.draining, "the drain to end")
        self.assertEqual((receiver.count, receiver.credit), (0, 0))

    def test_a_drained_consumer_gets_first_what_is_there(self):
        receiver = self.receiver(self.consumer, "q")
        sender = self.sender(self.producer, "q")
        for i in range(5):
            sender.send(Message(body=i))
        self.settle_down(self.producer)
        receiver.drain(20)
        self.wait_until(lambda: not receiver.draining, "the drain to end")
        self.assertEqual((receiver.bodies, receiver.credit), (list(range(5)), 0))
        # It is a usual consumer again.
        receiver.link.drain_mode = False
        receiver.grant(1)
        sender.send(Message(body=5))
        self.wait_until(lambda: receiver.count == 6, "one message more")

    def test_the_capacity_is_the_listeners(self):
        small = self.router(listener={"linkCapacity": 10})
        self.receiver(self.connect(small), "q")
        sender = self.sender(self.connect(small), "q")
        self.assertEqual(sender.credit, 10)

    def test_an_anonymous_sender_has_it_at_once(self):
        self.assertEqual(self.sender(self.producer, None).credit, CAPACITY)


if __name__ == "__main__":
    harness.main()
