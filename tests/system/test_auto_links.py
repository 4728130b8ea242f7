"""Queues of a broker behind addresses: the router attaches to it by itself."""
from proton import Delivery, Message

import harness
import management
from broker import Broker
from mesh import MeshTest

QUEUE = [{"address": "orders", "waypoint": True}]
CONTAINERS = [{"name": "brokers", "port": 0, "role": "route-container"}]


def pair(address="orders", **options):
    return [{"name": f"{address}-{direction}", "address": address, "direction": direction,
             **options} for direction in ("out", "in")]


class AutoLinks(MeshTest):
    def setUp(self):
        super().setUp()
        self.agents = {}

    def agent(self, node):
        if node not in self.agents:
            self.agents[node] = management.Node(node.url, harness.TIMEOUT)
            self.addCleanup(self.agents[node].close)
        return self.agents[node]

    def auto_links(self, node):
        return {row["name"]: row for row in self.agent(node).query("router.config.autoLink")}

    def wait_for_status(self, node, *wanted):
        def statuses():
            return sorted(row["operStatus"] for row in self.auto_links(node).values())
        self.wait_until(lambda: statuses() == sorted(wanted), f"auto-links that are {wanted}")

    def broker_router(self, **sections):
        """A router that a broker dials, with auto-links to it."""
        return self.router(**{"addresses": QUEUE, "listeners": list(CONTAINERS),
                              "autoLinks": pair(containerId="broker"), **sections})

    def test_a_message_passes_the_brokers_queue(self):
        node = self.broker_router()
        sender = self.sender(self.connect(node), "orders", credit=False)
        self.assertEqual(sender.credit, 0, "nobody takes it")
        broker = Broker(self.net)
        broker.dial(node.ports["brokers"])
        sent = [sender.send(Message(body=i)) for i in range(3)]
        self.wait_until(lambda: all(s.settled for s in sent), "the broker's outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
        self.assertEqual(broker.depth("orders"), 3)
        receiver = self.receiver(self.connect(node), "orders", credit=10, accepts=True)
        self.wait_until(lambda: receiver.count == 3, "what is kept")
        self.assertEqual(receiver.bodies, [0, 1, 2])
        rows = self.auto_links(node)
        self.assertEqual({(r["direction"], r["phase"], r["operStatus"]) for r in rows.values()},
                         {("out", 0, "active"), ("in", 1, "active")})
        links = {row["identity"]: row for row in self.agent(node).query("router.link")}
        for row in rows.values():
            self.assertEqual(links[row["linkRef"]]["linkDir"], row["direction"])
            self.assertEqual(links[row["linkRef"]]["linkName"], row["name"])
        router = self.agent(node).query("router")[0]
        self.assertEqual((router["deliveriesEgressRouteContainer"],
                          router["deliveriesIngressRouteContainer"], router["autoLinkCount"]),
                         (3, 3, 2))
        addresses = {row["key"]: (row["deliveriesEgressRouteContainer"],
                                  row["deliveriesIngressRouteContainer"])
                     for row in self.agent(node).query("router.address")}
        self.assertEqual((addresses["M0orders"], addresses["M1orders"]), ((3, 0), (0, 3)))

    def test_routers_whose_waypoints_feed_each_other_are_named(self):
        links = [{"name": "round", "address": "orders", "direction": "out", "connection": "other"}]
        a = self.router(router={"id": "a"}, autoLinks=links)
        b = self.router(router={"id": "b"}, autoLinks=links, connectors=[
            {"name": "other", "port": a.port, "role": "route-container"}])
        self.agent(a).call("CREATE", "connector", name="other", body={
            "host": "127.0.0.1", "port": str(b.port), "role": "route-container"})
        for node in (a, b):
            self.wait_for_status(node, "active")
        sent = self.sender(self.connect(a), "orders").send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.REJECTED)
        self.assertIn("waypoints of the routers a, b feed each other", sent.condition.description)
        self.assertEqual(self.agent(a).query("router")[0]["droppedDeliveries"]["looped"], 1)

    def test_routers_that_empty_each_others_addresses_are_named(self):
        links = [{"name": "round", "address": "orders", "direction": "in", "phase": 0,
                  "connection": "other"}]
        a = self.router(router={"id": "a"}, autoLinks=links)
        b = self.router(router={"id": "b"}, autoLinks=links, connectors=[
            {"name": "other", "port": a.port, "role": "route-container"}])
        self.agent(a).call("CREATE", "connector", name="other", body={
            "host": "127.0.0.1", "port": str(b.port), "role": "route-container"})
        for node in (a, b):
            self.wait_for_status(node, "active")
        receiver = self.receiver(self.connect(a), "orders", credit=10)

        def credit(node):
            return [row["creditAvailable"] for row in self.agent(node).query("router.link")
                    if row["linkName"] == "round" and row["linkDir"] == "out"]
        for node in (a, b):
            self.wait_until(lambda: credit(node) and credit(node)[0] > 0, "each to ask the other")
        receiver.close()
        sent = self.sender(self.connect(a), "orders").send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.REJECTED)
        self.assertIn("waypoints of the routers a, b feed each other", sent.condition.description)
        self.assertEqual(self.agent(a).query("router")[0]["droppedDeliveries"]["looped"], 1)

    def test_the_router_dials_and_the_queue_has_another_name(self):
        broker = Broker(self.net)
        node = self.router(
            addresses=QUEUE, autoLinks=pair(connection="store", externalAddress="queue.orders"),
            connectors=[{"name": "store", "port": broker.listen(), "role": "route-container"}])
        self.wait_for_status(node, "active", "active")
        sent = self.sender(self.connect(node), "orders").send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the broker's outcome")
        self.assertEqual(broker.depth("queue.orders"), 1)
        receiver = self.receiver(self.connect(node), "orders", credit=1, accepts=True)
        self.wait_until(lambda: receiver.count == 1, "the message")

    def test_a_broker_that_goes_takes_the_credit_along_and_brings_it_back(self):
        node = self.broker_router()
        sender = self.sender(self.connect(node), "orders", credit=False)
        broker = Broker(self.net)
        peer = broker.dial(node.ports["brokers"])
        self.wait_until(lambda: sender.credit > 0, "credit")
        peer.drop()
        self.wait_for_status(node, "inactive", "inactive")
        self.wait_until(lambda: sender.credit == 0, "the credit to be taken back")
        broker.dial(node.ports["brokers"])
        self.wait_until(lambda: sender.credit > 0, "credit again")
        sent = sender.send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual((sent.state, broker.depth("orders")), (Delivery.ACCEPTED, 1))

    def keep(self, broker, count, queue="orders"):
        broker.queues[queue].extend(Message(body=i).encode() for i in range(count))

    def test_the_broker_keeps_what_nobody_asked_for(self):
        node = self.broker_router()
        broker = Broker(self.net)
        self.keep(broker, 10)
        broker.dial(node.ports["brokers"])
        self.wait_for_status(node, "active", "active")
        one = self.receiver(self.connect(node), "orders", credit=2)
        two = self.receiver(self.connect(node), "orders", credit=3)
        self.wait_until(lambda: (one.count, two.count) == (2, 3), "what was asked for")
        links = {row["linkName"]: row for row in self.agent(node).query("router.link")}
        self.assertEqual(links["orders-in"]["deliveryCount"], 5)
        self.assertEqual(broker.depth("orders"), 5)
        two.grant(1)
        self.wait_until(lambda: two.count == 4, "one more")
        self.assertEqual(broker.depth("orders"), 4)

    def test_a_drain_is_answered_after_the_broker(self):
        node = self.broker_router()
        broker = Broker(self.net)
        broker.dial(node.ports["brokers"])
        self.wait_for_status(node, "active", "active")
        receivers = [self.receiver(self.connect(node), "orders") for _ in range(2)]
        for receiver in receivers:
            receiver.drain(5)
            self.wait_until(lambda: not receiver.draining, "nothing to be there")
            self.assertEqual(receiver.count, 0)
        self.keep(broker, 3)
        broker.answers_drains = False
        receivers[0].drain(5)
        self.wait_until(lambda: receivers[0].count == 3, "what is kept")
        self.assertTrue(receivers[0].draining, "the broker may have more")
        broker.answers_drains = True
        for link in broker.serving("orders"):
            link.on_flow()
        self.wait_until(lambda: not receivers[0].draining, "the rest to be given back")
        self.assertEqual(receivers[0].count, 3)

    def test_a_fallback_keeps_what_nobody_receives_and_gives_it_back(self):
        addresses = [{"address": "orders", "enableFallback": True}]
        routers = self.mesh({"a": {}, "b": {"a": 1}}, addresses=addresses)
        store = self.router(
            router={"id": "c", "mode": "interior"}, addresses=addresses,
            listeners=list(CONTAINERS), autoLinks=pair(containerId="broker", fallback=True),
            connectors=[{"name": "to-b", "port": routers["b"].ports["mesh"],
                         "role": "inter-router"}])
        broker = Broker(self.net)
        broker.dial(store.ports["brokers"])
        sender = self.sender(self.connect(routers["a"]), "orders")
        sent = [sender.send(Message(body=i)) for i in range(3)]
        self.wait_until(lambda: all(s.settled for s in sent), "the broker's outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
        self.assertEqual(broker.depth("orders"), 3)
        receiver = self.receiver(self.connect(routers["a"]), "orders", credit=10, accepts=True)
        self.wait_until(lambda: receiver.count == 3, "what was kept")
        sent = sender.send(Message(body=3))
        self.wait_until(lambda: sent.settled, "the receiver's outcome")
        self.assertEqual((receiver.bodies, broker.depth("orders")), ([0, 1, 2, 3], 0))
        agent = self.agent(routers["a"])
        self.assertEqual(agent.query("router")[0]["deliveriesRedirectedToFallback"], 3)
        rows = {row["key"]: row for row in agent.query("router.address")}
        self.assertEqual(rows["M0orders"]["deliveriesRedirectedToFallback"], 3)
        self.assertEqual(rows["MForders"]["remoteCount"], 1)

    def test_links_are_attached_over_each_connection(self):
        node = self.broker_router(autoLinks=pair(connection="brokers"))
        brokers = [Broker(self.net, name) for name in ("b1", "b2")]
        peers = [broker.dial(node.ports["brokers"]) for broker in brokers]
        self.wait_until(lambda: all(len(b.serving("orders")) == 2 for b in brokers), "all links")
        self.wait_for_status(node, "active", "active")
        sender = self.sender(self.connect(node), "orders")
        sent = [sender.send(Message(body=i)) for i in range(10)]
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual([b.depth("orders") for b in brokers], [5, 5])
        peers[0].drop()
        receiver = self.receiver(self.connect(node), "orders", credit=10, accepts=True)
        self.wait_until(lambda: receiver.count == 5, "what the other one keeps")
        self.wait_for_status(node, "active", "active")

    def test_a_session_that_the_broker_ends_is_one_line_of_the_log(self):
        node = self.broker_router()
        broker = Broker(self.net)
        broker.dial(node.ports["brokers"])
        self.wait_for_status(node, "active", "active")
        broker.links[0].link.session.close()
        words = ("the container ended the session: 2 auto-links failed; tried again in 2 s")
        self.wait_until(lambda: words in node.log(), "the line")
        self.assertNotIn("auto-link orders-", node.log())
        self.wait_for_status(node, "active", "active")

    def test_a_refused_link_says_why_and_is_tried_again(self):
        node = self.broker_router()
        broker = Broker(self.net)
        broker.refuses.add("orders")
        broker.dial(node.ports["brokers"])
        self.wait_for_status(node, "failed", "failed")
        self.assertEqual({row["lastError"] for row in self.auto_links(node).values()},
                         {"no queue orders"})
        broker.refuses.clear()
        self.wait_for_status(node, "active", "active")
        self.assertEqual({row.get("lastError") for row in self.auto_links(node).values()}, {None})

    def test_a_link_that_the_broker_detaches_is_attached_again(self):
        node = self.broker_router()
        broker = Broker(self.net)
        broker.dial(node.ports["brokers"])
        self.wait_for_status(node, "active", "active")
        for link in broker.serving("orders"):
            link.end("amqp:resource-deleted")
        self.wait_for_status(node, "failed", "failed")
        self.assertEqual({row["lastError"] for row in self.auto_links(node).values()},
                         {"by the broker"})
        self.wait_for_status(node, "active", "active")
        self.assertEqual(len(broker.serving("orders")), 2)

    def test_they_are_made_and_deleted_while_the_router_runs(self):
        node = self.broker_router(autoLinks=pair(containerId="broker")[:1])
        broker = Broker(self.net)
        broker.dial(node.ports["brokers"])
        self.wait_for_status(node, "active")
        agent = self.agent(node)
        made = agent.call("CREATE", "router.config.autoLink", "back", body={
            "address": "orders", "direction": "in", "containerId": "broker"})
        self.assertEqual((made["phase"], made["name"]), (1, "back"))
        self.wait_for_status(node, "active", "active")
        with self.assertRaises(management.Refused) as again:
            agent.call("CREATE", "router.config.autoLink", "back", body={
                "address": "o", "direction": "in", "containerId": "broker"})
        self.assertIn("Name conflicts with an existing entity", str(again.exception))
        agent.call("DELETE", "router.config.autoLink", "back")
        self.wait_for_status(node, "active")
        self.wait_until(lambda: len(broker.serving("orders")) == 1, "one link to be left")
        agent.call("DELETE", "router.config.autoLink", "orders-out")
        self.wait_until(lambda: not broker.serving("orders"), "none to be left")

    def test_broker_sender_and_receiver_are_on_three_routers(self):
        routers = self.mesh({"a": {}, "b": {"a": 1}, "c": {"b": 1}}, addresses=QUEUE)
        agent = self.agent(routers["b"])
        broker = Broker(self.net)
        agent.call("CREATE", "connector", "store", body={"port": str(broker.listen()),
                                                         "role": "route-container"})
        for link in pair(connection="store"):
            agent.call("CREATE", "router.config.autoLink", link.pop("name"), body=link)
        self.wait_for_status(routers["b"], "active", "active")
        sender = self.sender(self.connect(routers["a"]), "orders")
        sent = sender.send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual((sent.state, broker.depth("orders")), (Delivery.ACCEPTED, 1))
        receiver = self.receiver(self.connect(routers["c"]), "orders", credit=10, accepts=True)
        self.wait_until(lambda: receiver.bodies == ["x"], "the message")


if __name__ == "__main__":
    harness.main()
