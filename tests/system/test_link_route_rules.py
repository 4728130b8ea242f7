"""Which links are routed to a container: configured, made at run time, and known to the mesh."""
from proton import Delivery, Message

import harness
import management
from broker import Broker
from mesh import MeshTest

RULE = "router.config.linkRoute"
OWN = "router.connection.linkRoute"
CONTAINERS = [{"name": "brokers", "port": 0, "role": "route-container"}]


def rules(prefix="queue", **options):
    return [{"name": f"{prefix}-{direction}", "prefix": prefix, "direction": direction, **options}
            for direction in ("in", "out")]


class LinkRouteRules(MeshTest):
    def agent(self, node, port="clients"):
        url = f"amqp://127.0.0.1:{node.ports[port]}"
        agent = management.Node(url, harness.TIMEOUT)
        self.addCleanup(agent.close)
        return agent

    def broker_router(self, **sections):
        return self.router(**{"listeners": list(CONTAINERS),
                              "linkRoutes": rules(containerId="broker"), **sections})

    def wait_for_status(self, agent, *wanted):
        def statuses():
            return sorted(row["operStatus"] for row in agent.query(RULE))
        self.wait_until(lambda: statuses() == sorted(wanted), f"link routes that are {wanted}")

    def addresses(self, agent):
        return {row["key"]: row for row in agent.query("router.address")
                if row["key"][0] in "CDEF"}

    def test_they_are_active_while_their_container_is_connected(self):
        node = self.broker_router()
        agent = self.agent(node)
        self.wait_for_status(agent, "inactive", "inactive")
        peer = Broker(self.net).dial(node.ports["brokers"])
        self.wait_for_status(agent, "active", "active")
        row = agent.call("READ", RULE, name="queue-in")
        self.assertEqual((row["prefix"], row["direction"], row["dir"], row["containerId"],
                          row["distribution"], row["source"]),
                         ("queue", "in", "in", "broker", "linkBalanced", "file"))
        self.assertEqual({key: row["containerCount"]
                          for key, row in self.addresses(agent).items()},
                         {"Cqueue": 1, "Dqueue": 1})
        self.assertEqual(agent.query("router")[0]["linkRouteCount"], 2)
        peer.drop()
        self.wait_for_status(agent, "inactive", "inactive")

    def test_none_takes_the_requests_to_management(self):
        all_links = [{"pattern": "#", "direction": direction, "containerId": "broker"}
                     for direction in ("in", "out")]
        node = self.broker_router(linkRoutes=all_links)
        Broker(self.net).dial(node.ports["brokers"])
        agent = self.agent(node)
        self.wait_for_status(agent, "active", "active")
        again = self.agent(node)  # attaches while they are active
        self.assertEqual(len(again.query(RULE)), 2)

    def test_they_come_and_go_at_run_time(self):
        node = self.broker_router(linkRoutes=[], addresses=[{"prefix": "taken"}])
        agent = self.agent(node)
        Broker(self.net).dial(node.ports["brokers"])
        wish = {"pattern": "a/*/b", "direction": "out", "connection": "brokers",
                "addExternalPrefix": "x/"}
        made = agent.call("CREATE", RULE, name="one", body=wish)
        self.wait_for_status(agent, "active")
        self.assertEqual(agent.call("READ", RULE, identity=made["identity"])["addExternalPrefix"],
                         "x/")
        for body, words in (
                ({"prefix": "b", "pattern": "b", "direction": "in"}, "only one of"),
                ({"direction": "in", "containerId": "b"}, "needs one of"),
                ({"prefix": "b", "direction": "in", "containerId": "b", "connection": "c"},
                 "only one of"),
                ({"prefix": "", "direction": "in", "containerId": "b"}, "bytes"),
                ({"prefix": "taken", "direction": "in", "containerId": "b"},
                 "as specific as the address")):
            with self.assertRaises(management.Refused) as refused:
                agent.call("CREATE", RULE, name="two", body=body)
            self.assertEqual(refused.exception.status, 400)
            self.assertIn(words, refused.exception.description)
        with self.assertRaisesRegex(management.Refused, "as specific as the link route"):
            agent.call("CREATE", "router.config.address", body={"pattern": "a.*.b"})
        with self.assertRaisesRegex(management.Refused, "Name conflicts with an existing entity"):
            agent.call("CREATE", RULE, name="one", body={**wish, "pattern": "z"})
        agent.call("DELETE", RULE, name="one")
        self.assertEqual((agent.query(RULE), self.addresses(agent)), ([], {}))

    def test_a_connection_makes_its_own_and_takes_them_along(self):
        node = self.broker_router(linkRoutes=[])
        agent = self.agent(node)
        own = self.agent(node, "brokers")
        container = own.connection.container.container_id
        for direction in ("in", "out"):
            made = own.call("CREATE", OWN, name=f"flea-{direction}",
                            body={"pattern": "flea.*", "direction": direction})
            self.assertEqual(made["containerId"], container)
        self.assertEqual(len(own.query(OWN)), 2)
        self.assertEqual(own.call("READ", OWN, name="flea-in")["pattern"], "flea.*")
        self.assertEqual(agent.query(OWN), [], "they are not others' affair")
        for operation in ("READ", "DELETE"):
            with self.assertRaises(management.Refused) as refused:
                agent.call(operation, OWN, name="flea-in")
            self.assertEqual(refused.exception.status, 404)
        self.assertEqual(sorted(self.addresses(agent)), ["Eflea.*", "Fflea.*"])
        with self.assertRaisesRegex(management.Refused, "role route-container") as refused:
            agent.call("CREATE", OWN, name="all", body={"pattern": "#", "direction": "in"})
        self.assertEqual(refused.exception.status, 403, "a client may not take others' links")
        own.call("DELETE", OWN, name="flea-out")
        self.assertEqual(sorted(self.addresses(agent)), ["Eflea.*"])
        own.close()
        self.wait_until(lambda: not self.addresses(agent), "what it made to be gone")

    def test_clients_make_their_own_where_they_may(self):
        node = self.router(router={"clientLinkRoutes": True, "workerThreads": 1})
        own = self.agent(node)
        own.call("CREATE", OWN, name="own", body={"pattern": "flea.*", "direction": "in"})
        self.assertEqual(sorted(self.addresses(own)), ["Eflea.*"])

    def make_own(self, peer, pattern, settled):
        """The connection makes link routes for itself, by requests that are settled or not."""
        replies = self.receiver(peer, None, dynamic=True, credit=10)
        asks = self.sender(peer, "$management")
        for count, direction in enumerate(("in", "out"), start=1):
            asks.send(Message(
                reply_to=replies.remote_address, correlation_id=direction,
                properties={"operation": "CREATE", "type": management.PREFIX + OWN,
                            "name": f"{pattern}-{direction}"},
                body={"pattern": pattern, "direction": direction}), settled=settled)
            self.wait_until(lambda: replies.count == count, "the answer")
            made = replies.received[-1].message
            self.assertEqual(made.properties["statusCode"], 201,
                             made.properties["statusDescription"])

    def test_clients_on_any_loop_make_their_own(self):
        node = self.router(router={"clientLinkRoutes": True, "workerThreads": 2})
        agent = self.agent(node)
        brokers = [Broker(self.net, container=f"maker-{i}") for i in range(4)]  # some on each loop
        for i, broker in enumerate(brokers):
            peer = broker.dial(node.ports["clients"])
            self.wait_until(lambda: peer.opened, "the connection to open")
            self.make_own(peer, f"flea.{i}", settled=i % 2 == 1)
        self.assertEqual(len(self.addresses(agent)), 8)
        clients = [self.connect(node, container=f"client-{i}") for i in range(4)]
        standing = []
        for i, broker in enumerate(brokers):
            queue = f"flea.{i}"
            for client in clients:
                sent = self.sender(client, queue).send(Message(body=queue))
                self.wait_until(lambda: sent.settled, "the maker's outcome")
                self.assertEqual(sent.state, Delivery.ACCEPTED)
            self.assertEqual(broker.depth(queue), len(clients))
            for client in clients:
                receiver = self.receiver(client, queue, credit=1)
                self.wait_until(lambda: receiver.count == 1, "a message")
                receiver.received[0].accept()
                self.assertEqual(receiver.bodies, [queue])
                standing.append(receiver)
            self.wait_until(lambda: broker.depth(queue) == 0, "the outcomes")
        for broker in brokers:
            broker.peers[0].drop()
        self.wait_until(lambda: all(link.detached for link in standing), "them to hear of it")
        self.assertEqual({link.condition.name for link in standing}, {"qd:routed-link-lost"})
        self.wait_until(lambda: not self.addresses(agent), "what they made to be gone")

    def test_other_routers_know_who_has_a_container(self):
        broker = Broker(self.net)
        port = broker.listen()
        a = self.mesh_router("a", {}, linkRoutes=rules(connection="brokers") +
                             [{"pattern": "p.*", "direction": "in", "connection": "brokers"}])
        b = self.mesh_router("b", {a: 1})
        self.wait_for_routers(b, {"a", "b"})
        agent = self.agent(b)
        self.assertEqual(self.addresses(agent), {})
        dialler = {"name": "brokers", "host": "127.0.0.1", "port": port, "role": "route-container"}
        self.agent(a).call("CREATE", "connector", name="brokers", body=dialler)
        self.wait_until(lambda: {key: (row["remoteCount"], row["remoteHostRouters"])
                                 for key, row in self.addresses(agent).items()} ==
                        dict.fromkeys(["Cqueue", "Dqueue", "Ep.*"], (1, ["a"])),
                        "what the other router has")
        self.agent(a).call("DELETE", "connector", name="brokers")
        self.wait_until(lambda: not self.addresses(agent), "it to be taken back")


if __name__ == "__main__":
    harness.main()
