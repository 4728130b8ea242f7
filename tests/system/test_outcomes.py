"""What a consumer says of a message is what its producer hears, field by field."""
from proton import Condition, Delivery, Link, Message, symbol

import harness


class Outcomes(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router()
        self.consumer = self.connect(self.node)
        self.producer = self.connect(self.node)
        self.receiver_ = self.receiver(self.consumer, "q", credit=10)
        self.sender_ = self.sender(self.producer, "q")

    def exchange(self, conclude):
        """Sends one message, has the consumer `conclude` it; what the producer knows."""
        count = self.receiver_.count
        sent = self.sender_.send(Message(body="x"))
        self.wait_until(lambda: self.receiver_.count == count + 1, "the message")
        received = self.receiver_.received[-1]
        self.assertFalse(received.presettled)
        conclude(received)
        self.wait_until(lambda: sent.settled, "the outcome")
        return sent

    def test_accepted(self):
        sent = self.exchange(lambda r: r.settle(Delivery.ACCEPTED))
        self.assertEqual(sent.state, Delivery.ACCEPTED)

    def test_rejected_with_condition_description_and_info(self):
        info = {symbol("code"): 42, symbol("where"): "field 3"}

        def reject(received):
            received.delivery.local.condition = Condition("app:bad-body", "it is bad", info)
            received.settle(Delivery.REJECTED)

        sent = self.exchange(reject)
        self.assertEqual(sent.state, Delivery.REJECTED)
        self.assertEqual(sent.condition.name, "app:bad-body")
        self.assertEqual(sent.condition.description, "it is bad")
        self.assertEqual(sent.condition.info, info)

    def test_rejected_without_an_error(self):
        sent = self.exchange(lambda r: r.settle(Delivery.REJECTED))
        self.assertEqual(sent.state, Delivery.REJECTED)
        self.assertIsNone(sent.condition)

    def test_released(self):
        sent = self.exchange(lambda r: r.settle(Delivery.RELEASED))
        self.assertEqual(sent.state, Delivery.RELEASED)

    def test_modified_keeps_each_field(self):
        for failed, undeliverable in [(True, False), (False, True), (True, True), (False, False)]:
            with self.subTest(failed=failed, undeliverable=undeliverable):
                def modify(received):
                    received.delivery.local.failed = failed
                    received.delivery.local.undeliverable = undeliverable
                    received.delivery.local.annotations = {symbol("x-opt-why"): "full"}
                    received.settle(Delivery.MODIFIED)

                sent = self.exchange(modify)
                self.assertEqual(sent.state, Delivery.MODIFIED)
                self.assertEqual((sent.failed, sent.undeliverable), (failed, undeliverable))
                self.assertEqual(sent.annotations, {symbol("x-opt-why"): "full"})

    def test_settled_without_a_state(self):
        sent = self.exchange(lambda r: r.settle())
        self.assertEqual(sent.state, 0, "no state is made up")

    def test_a_state_that_is_not_final_is_not_settled(self):
        """The consumer states an outcome first and settles later: settle mode "second"."""
        count = self.receiver_.count
        sent = self.sender_.send(Message(body="x"))
        self.wait_until(lambda: self.receiver_.count == count + 1, "the message")
        received = self.receiver_.received[-1]
        received.delivery.update(Delivery.ACCEPTED)
        self.wait_until(lambda: sent.state == Delivery.ACCEPTED, "the state")
        received.settle()
        self.wait_until(lambda: sent.settled, "settlement")
        self.assertEqual(sent.state, Delivery.ACCEPTED)

    def test_outcomes_come_in_the_consumers_order(self):
        sent = [self.sender_.send(Message(body=i)) for i in range(4)]
        self.wait_until(lambda: self.receiver_.count == 4, "four messages")
        order = []
        for index in (2, 0, 3, 1):
            self.receiver_.received[index].accept()
            self.wait_until(lambda: sent[index].settled, "its outcome")
            order.append([i for i, s in enumerate(sent) if s.settled])
        self.assertEqual(order, [[2], [0, 2], [0, 2, 3], [0, 1, 2, 3]])

    def test_a_presettled_message_arrives_settled_and_has_no_outcome(self):
        sent = self.sender_.send(Message(body="x"), settled=True)
        self.wait_until(lambda: self.receiver_.received, "the message")
        self.assertTrue(self.receiver_.received[0].presettled)
        self.settle_down(self.producer)
        self.assertIsNone(sent.state)

    def test_a_consumer_may_ask_for_settled_deliveries(self):
        receiver = self.receiver(self.consumer, "settled", credit=10,
                                 settle_mode=Link.SND_SETTLED)
        sender = self.sender(self.producer, "settled")
        sent = sender.send(Message(body="x"))
        self.wait_until(lambda: receiver.received and sent.settled, "message and outcome")
        self.assertTrue(receiver.received[0].presettled)
        self.assertEqual(sent.state, Delivery.ACCEPTED)


if __name__ == "__main__":
    harness.main()
