"""Each message to one consumer: request/reply, competing consumers, balanced, closest."""
from proton import Delivery, Message

import harness


class Anycast(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router(addresses=[
            {"address": "jobs/balanced", "type": "anycast", "distribution": "balanced"},
            {"address": "jobs/closest", "type": "anycast", "distribution": "closest"}])

    def consumers(self, address, number, **options):
        """Each on a connection of its own."""
        return [self.receiver(self.connect(self.node), address, **options) for _ in range(number)]

    def test_a_request_is_answered_to_a_dynamic_reply_address(self):
        service = self.connect(self.node)
        requests = self.receiver(service, "service", credit=10)
        replies = self.sender(service, None)
        client = self.connect(self.node)
        inbox = self.receiver(client, None, dynamic=True, credit=10)
        self.assertTrue(inbox.remote_address)
        ask = self.sender(client, "service")

        asked = ask.send(Message(body="ping", reply_to=inbox.remote_address, correlation_id=7))
        self.wait_until(lambda: requests.received, "the request")
        request = requests.received[0]
        self.assertEqual(request.body, "ping")
        answered = replies.send(Message(address=request.message.reply_to, body="pong",
                                        correlation_id=request.message.correlation_id))
        request.accept()
        self.wait_until(lambda: inbox.received, "the reply")
        self.assertEqual(inbox.received[0].body, "pong")
        self.assertEqual(inbox.received[0].message.correlation_id, 7)
        inbox.received[0].accept()
        self.wait_until(lambda: asked.settled and answered.settled, "both outcomes")
        self.assertEqual((asked.state, answered.state), (Delivery.ACCEPTED, Delivery.ACCEPTED))

    def test_competing_consumers_get_each_message_once(self):
        consumers = self.consumers("jobs/balanced", 3, credit=10, accepts=True)
        sender = self.sender(self.connect(self.node), "jobs/balanced")
        sent = [sender.send(Message(body=i)) for i in range(60)]
        self.wait_until(lambda: all(s.settled for s in sent), "60 outcomes")
        bodies = [c.bodies for c in consumers]
        self.assertEqual(sorted(sum(bodies, [])), list(range(60)))
        for own in bodies:
            self.assertEqual(own, sorted(own), "one consumer sees the order of the producer")
            self.assertTrue(own, "each consumer gets some")

    def one_loop(self):
        """Event loops know a bit late what consumers of others have to do."""
        self.node = self.router(router={"workerThreads": 1})

    def test_balanced_spares_the_consumer_that_does_not_settle(self):
        self.one_loop()
        slow = self.consumers("jobs", 1, credit=100)[0]
        quick = self.consumers("jobs", 1, credit=100, accepts=True)[0]
        sender = self.sender(self.connect(self.node), "jobs")
        settled = 0
        for i in range(40):
            sent = sender.send(Message(body=i))
            # The router has heard of the outcome before it sees the next message.
            self.wait_until(lambda: sent.settled or slow.count + quick.count == i + 1, "delivery")
            if quick.count > settled:
                self.wait_until(lambda: sent.settled, "the outcome")
                settled += 1
        self.assertEqual((slow.count, quick.count), (1, 39))

    def test_balanced_shares_evenly_among_equals(self):
        self.one_loop()
        consumers = self.consumers("jobs", 4, credit=100)
        sender = self.sender(self.connect(self.node), "jobs")
        for i in range(40):
            sender.send(Message(body=i))
        self.wait_until(lambda: sum(c.count for c in consumers) == 40, "40 messages")
        self.assertEqual([c.count for c in consumers], [10] * 4)

    def test_closest_takes_turns_whatever_is_settled(self):
        slow = self.consumers("jobs/closest", 1, credit=100)[0]
        quick = self.consumers("jobs/closest", 1, credit=100, accepts=True)[0]
        sender = self.sender(self.connect(self.node), "jobs/closest")
        sent = 0
        while not quick.count or not slow.count:  # credit may be on its way between loops
            sender.send(Message(body=sent))
            sent += 1
            self.wait_until(lambda: slow.count + quick.count == sent, "delivery")
        before = slow.count, quick.count
        for i in range(40):
            sender.send(Message(body=i))
        self.wait_until(lambda: slow.count + quick.count == sent + 40, "40 messages")
        self.assertEqual((slow.count - before[0], quick.count - before[1]), (20, 20))

    def test_a_consumer_without_credit_is_passed_over(self):
        idle = self.consumers("jobs/balanced", 1)[0]
        ready = self.consumers("jobs/balanced", 1, credit=20, accepts=True)[0]
        sender = self.sender(self.connect(self.node), "jobs/balanced")
        sent = [sender.send(Message(body=i)) for i in range(20)]
        self.wait_until(lambda: all(s.settled for s in sent), "20 outcomes")
        self.assertEqual((idle.count, ready.count), (0, 20))

    def test_many_addresses_do_not_mix(self):
        client = self.connect(self.node)
        receivers = [self.receiver(client, f"a/{i}", credit=5, accepts=True) for i in range(50)]
        senders = [self.sender(client, f"a/{i}") for i in range(50)]
        sent = [s.send(Message(body=i)) for i, s in enumerate(senders)]
        self.wait_until(lambda: all(s.settled for s in sent), "50 outcomes")
        self.assertEqual([r.bodies for r in receivers], [[i] for i in range(50)])


if __name__ == "__main__":
    harness.main()
