"""weft-broker behind a router: an address of type queue, and kills under load."""
from proton import Message

import harness
from broker_daemon import BrokerTest

QUEUE = [{"address": "orders", "type": "queue", "brokers": ["b1"], "maxDeliveries": 5}]
ROUNDS = 5
A_ROUND = 200  # messages accepted before the broker is killed


class BrokerMesh(BrokerTest):
    def setUp(self):
        super().setUp()
        self.node = self.router(addresses=QUEUE, listeners=[
            {"name": "brokers", "port": 0, "role": "route-container"}])
        self.store = self.broker(connectors=[
            {"name": "router", "port": self.node.ports["brokers"]}])

    def test_one_entry_of_the_router_makes_a_queue(self):
        self.put(self.sender(self.connect(self.node), "orders"),
                 *(Message(body=i) for i in range(20)))
        row = self.queue(self.store, "orders")
        self.assertEqual((row["messages"], row["maxDeliveries"]), (20, 5))
        receiver = self.receiver(self.connect(self.node), "orders", credit=50, accepts=True)
        self.take(receiver, 20)
        self.wait_until(lambda: self.queue(self.store, "orders")["messages"] == 0, "none left")

    def test_nothing_accepted_is_lost_over_kills_under_load(self):
        sender = self.sender(self.connect(self.node), "orders")
        sent = {}
        for _ in range(ROUNDS):
            self.load(sender, sent)
            self.kill(self.store)
            self.store.start()
            self.wait_until(lambda: sender.credit > 0, "credit again")
            self.wait_until(lambda: all(s.settled for s in sent.values()), "all outcomes")
        accepted = {body for body, one in sent.items() if one.state == one.delivery.ACCEPTED}
        self.assertGreaterEqual(len(accepted), ROUNDS * A_ROUND)
        receiver = self.receiver(self.connect(self.node), "orders", credit=250, accepts=True)
        self.wait_until(lambda: accepted <= set(receiver.bodies) and
                        self.queue(self.store, "orders")["messages"] == 0, "all that was accepted")
        self.assertEqual(len(receiver.bodies), len(set(receiver.bodies)))

    def load(self, sender, sent):
        """Sends until enough of it is accepted; more is under way then."""
        target = len(sent) + A_ROUND
        first = len(sent)

        def enough():
            while sender.credit > 0 and len(sent) < target + 100:
                sent[len(sent)] = sender.send(Message(body=len(sent)))
            return sum(one.settled for body, one in sent.items() if body >= first) >= A_ROUND
        self.wait_until(enough, "outcomes")


if __name__ == "__main__":
    harness.main()
