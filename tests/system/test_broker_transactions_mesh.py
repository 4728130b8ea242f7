"""Transactions at weft-broker through routers: a coordinator names no broker, so the router passes
its session's links on to the one that its addresses name."""
from proton import Delivery, Message

import harness
import transactions
from broker_daemon import BrokerTest
from mesh import MeshTest

BROKERS = [{"name": "brokers", "port": 0, "role": "route-container"}]
QUEUES = [{"address": name, "type": "queue", "brokers": ["b1"]} for name in ("in", "out")]
TOPIC = [{"address": "prices", "type": "topic", "brokers": ["b1"]}]
ADDRESSES = QUEUES + TOPIC


class BrokerTransactionsMesh(BrokerTest, MeshTest):
    def broker_at(self, node, name="b1"):
        return self.broker({"id": name}, connectors=[
            {"name": "router", "port": node.ports["brokers"]}])

    def control(self, node):
        """A connection, and its link to the coordinator, once the way to it is known."""
        peer = self.connect(node)
        tries = []

        def attached():
            if not tries or tries[-1].link.detached:
                tries.append(transactions.Control(self, peer))
            return tries[-1].link.credit > 0
        self.wait_until(attached, "a coordinator")
        return peer, tries[-1]

    def works(self, node, store):
        """Moves messages and publishes one, in a transaction that is rolled back and one that is not."""
        self.put(self.sender(self.connect(node), "in"), *(Message(body=i) for i in range(4)))
        other = self.connect(node)
        subscriber = other.receiver("prices", credit=10)
        self.wait_until(lambda: subscriber.attached, "a subscription")
        peer, control = self.control(node)
        takes = self.receiver(peer, "in", credit=4)
        out, prices = self.sender(peer, "out"), self.sender(peer, "prices")
        taken = self.take(takes, 4)
        for fail in (True, False):
            transaction = control.declare()
            for received in taken:
                transactions.say(received, transaction)
                transactions.send(out, transaction, Message(body=received.body))
            last = transactions.send(prices, transaction, Message(body=fail))
            self.wait_until(lambda: last.settled, "its state")
            self.assertEqual(last.state, transactions.TRANSACTIONAL)
            self.assertEqual(self.depths(store), (4, 0))
            self.assertIsNone(control.end(transaction, fail))
        self.assertEqual(self.depths(store), (0, 4))
        self.assertEqual([r.body for r in self.take(subscriber, 1)], [False])
        self.wait_until(lambda: all(r.delivery.settled for r in taken), "the settlement")

    def depths(self, store):
        return tuple(self.queue(store, name)["messages"] for name in ("in", "out"))

    def test_through_one_router(self):
        node = self.router(addresses=ADDRESSES, listeners=list(BROKERS))
        self.works(node, self.broker_at(node))

    def test_through_three_routers(self):
        nodes = {"a": self.mesh_router("a", {}, addresses=ADDRESSES)}
        nodes["b"] = self.mesh_router("b", {nodes["a"]: 1})
        nodes["c"] = self.mesh_router("c", {nodes["b"]: 1}, addresses=ADDRESSES, more=BROKERS)
        for node in nodes.values():
            self.wait_for_routers(node, set(nodes))
        self.works(nodes["a"], self.broker_at(nodes["c"]))

    def test_clients_of_a_router_do_not_know_each_others_transactions(self):
        node = self.router(addresses=ADDRESSES, listeners=list(BROKERS))
        store = self.broker_at(node)
        first, control = self.control(node)
        second, other = self.control(node)
        mine = control.declare()
        self.assertEqual(other.end(mine)[0], "amqp:transaction:unknown-id")
        self.assertIsNone(control.end(mine))
        kept = control.declare()
        sent = transactions.send(self.sender(first, "out"), kept, Message(body=1))
        self.wait_until(lambda: sent.settled, "its state")
        second.drop(reset=True)  # one client's end is not the other's
        self.assertIsNone(control.end(kept))
        self.assertEqual(self.depths(store)[1], 1)

    def test_a_client_that_is_lost_behind_a_router_rolls_back(self):
        node = self.router(addresses=ADDRESSES, listeners=list(BROKERS))
        store = self.broker_at(node)
        self.put(self.sender(self.connect(node), "in"), Message(body=1))
        peer, control = self.control(node)
        received = self.take(self.receiver(peer, "in", credit=1), 1)[0]
        transaction = control.declare()
        transactions.say(received, transaction, settled=True)
        sent = transactions.send(self.sender(peer, "out"), transaction, Message(body=1))
        self.wait_until(lambda: sent.settled, "its state")
        peer.drop(reset=True)
        again = self.take(self.receiver(self.connect(node), "in", credit=1), 1)[0]
        self.assertEqual(again.body, 1)
        self.assertEqual(self.depths(store), (1, 0))

    def test_a_second_broker_is_refused(self):
        """Where addresses name several brokers a link route says which has the transactions."""
        node = self.router(listeners=list(BROKERS), addresses=QUEUES + [
            {"address": "parts", "type": "queue", "brokers": ["b2"]}], linkRoutes=[
                {"prefix": "$coordinator", "direction": "in", "containerId": "b1"}])
        stores = [self.broker_at(node, name) for name in ("b1", "b2")]
        peer, control = self.control(node)
        out, parts = self.sender(peer, "out"), self.sender(peer, "parts")
        transaction = control.declare()
        sent = [transactions.send(sender, transaction, Message(body=1)) for sender in (out, parts)]
        self.wait_until(lambda: all(one.settled for one in sent), "the states")
        self.assertEqual([one.state for one in sent],
                         [transactions.TRANSACTIONAL, Delivery.REJECTED])
        self.assertEqual(sent[1].condition.name, "amqp:transaction:unknown-id")
        self.assertIsNone(control.end(transaction))
        self.assertEqual(self.queue(stores[0], "out")["messages"], 1)
        self.assertEqual(self.queue(stores[1], "parts")["messages"], 0)


if __name__ == "__main__":
    harness.main()
