"""Edge routers at a router of a mesh, played by a client that is not ours."""
from proton import Delivery, Message, int32, uint

import harness
import management
import mesh

LINE = {"a": {}, "b": {"a": 1}}
RULES = [{"address": "news", "type": "multicast"}, {"address": "far", "distribution": "closest"}]
TRACKING = "_$qd.edge_addr_tracking"
HEARTBEAT = "_$qd.edge_heartbeat"
LOOK_UP = "_$qd.addr_lookup"
DOWNLINK = "qd.router-edge-downlink"


class EdgesTest(mesh.MeshTest):
    """Two routers of a mesh; each takes edge routers."""

    def setUp(self):
        super().setUp()
        self.a = self.mesh_router("a", {}, more=[{"name": "edges", "port": 0, "role": "edge"}],
                                  addresses=RULES)
        self.b = self.mesh_router("b", {self.a: 1}, addresses=RULES,
                                  more=[{"name": "edges", "port": 0, "role": "edge"}])
        for router in (self.a, self.b):
            self.wait_for_routers(router, {"a", "b"})

    def edge(self, router, name="e1"):
        peer = self.net.connect(router.ports["edges"], container=name)
        self.wait_until(lambda: peer.opened, "the open")
        return peer

    def tracker(self, edge):
        return self.receiver(edge, TRACKING, credit=100)

    def words(self, tracker):
        return [tuple(message.body) for message in tracker.received]

    def heard(self, tracker, *words):
        self.wait_until(lambda: self.words(tracker) == list(words),
                        f"the words {words}, not {self.words(tracker)}")


class Messages(EdgesTest):
    def routers_with(self, address):
        node = management.Node(self.a.url, harness.TIMEOUT)
        try:
            return sum(row["remoteCount"] for row in node.query("router.address")
                       if row["key"] == f"M0{address}")
        finally:
            node.close()

    def test_what_it_sends_goes_to_others_and_not_back(self):
        edge = self.edge(self.a)
        for address in ("work", "far", "news"):
            own = self.receiver(edge, address, credit=10, accepts=True)
            here = self.receiver(self.connect(self.a), address, credit=10, accepts=True)
            there = self.receiver(self.connect(self.b), address, credit=10, accepts=True)
            harness.wait_until(lambda: self.routers_with(address) == 1, "a to know of b's")
            sender = self.sender(edge, address)
            sent = [sender.send(Message(body=i)) for i in range(6)]
            self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
            self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
            self.settle_down(edge)
            self.assertEqual(own.count, 0)
            self.assertEqual(here.count + there.count, 12 if address == "news" else 6)
            for link in (own, here, there, sender):
                link.close()

    def test_alone_it_gets_nothing_back(self):
        edge = self.edge(self.a)
        own = self.receiver(edge, "work", credit=10, accepts=True)
        sent = self.sender(edge, "work").send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual((sent.state, own.count), (Delivery.RELEASED, 0))

    def test_two_edges_talk_across_the_mesh(self):
        one, other = self.edge(self.a, "e1"), self.edge(self.b, "e2")
        receiver = self.receiver(other, "work", credit=10, accepts=True)
        sent = self.sender(one, "work").send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual((sent.state, receiver.bodies), (Delivery.ACCEPTED, ["x"]))

    def test_an_anonymous_message_goes_where_routers_say(self):
        edge = self.edge(self.a)
        receiver = self.receiver(self.connect(self.b), "work", credit=10, accepts=True)
        anonymous = self.sender(edge, None)
        sent = [anonymous.send(Message(body=1, address="work")),
                anonymous.send(Message(body=2, address="other",
                                       annotations={"x-opt-qd.to": "work"}))]
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual(receiver.bodies, [1, 2])


class Downlink(EdgesTest):
    def downlink(self, edge, name="e1"):
        return self.receiver(edge, name, credit=100, accepts=True, capability=DOWNLINK)

    def test_what_is_below_its_name_comes_from_anywhere(self):
        down = self.downlink(self.edge(self.b))
        senders = [self.sender(self.connect(self.a), "_edge/e1/x/y"),
                   self.sender(self.connect(self.b), "amqp:/_edge/e1/x/y"),
                   self.sender(self.edge(self.a, "e2"), "_edge/e1/x/y")]
        sent = [sender.send(Message(body=i)) for i, sender in enumerate(senders)]
        for i, router in enumerate((self.a, self.b)):
            sent.append(self.sender(self.connect(router), None).send(
                Message(body=3 + i, address="_edge/e1/x/y")))
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
        self.assertEqual(sorted(down.bodies), list(range(5)))
        for received in down.received:
            said = received.message.annotations or {}
            self.assertTrue(str(said.get("x-opt-qd.to", received.message.address))
                            .endswith("_edge/e1/x/y"), said)

    def test_an_id_that_is_none_is_refused(self):
        link = self.edge(self.a).receiver("a/b", capability=DOWNLINK)
        self.assertEqual(self.refused(link), "amqp:invalid-field")

    def test_no_edge_router_takes_what_is_sent_to_another(self):
        link = self.edge(self.a, "e1").receiver("e2", capability=DOWNLINK)
        self.assertEqual(self.refused(link), "amqp:not-allowed")

    def test_two_of_one_id_are_warned_of(self):
        first, second = self.edge(self.a), self.edge(self.a)
        self.downlink(first)
        self.downlink(second)
        self.wait_until(lambda: "an id must be unique in the mesh" in self.a.log(), "the warning")

    def test_a_client_is_none(self):
        link = self.connect(self.a).receiver("e1", capability=DOWNLINK)
        self.assertEqual(self.refused(link), "amqp:not-implemented")


class Tracking(EdgesTest):
    def test_it_hears_of_others_as_they_come_and_go(self):
        edge = self.edge(self.a)
        tracker = self.tracker(edge)
        self.sender(edge, "work", credit=False)
        own = self.receiver(edge, "work", credit=10)
        far = self.receiver(self.connect(self.b), "work", credit=10)
        self.heard(tracker, ("M0work", True))
        near = self.receiver(self.connect(self.a), "work", credit=10)
        far.close()
        near.close()
        self.heard(tracker, ("M0work", True), ("M0work", False))
        own.close()
        other = self.receiver(self.edge(self.a, "e2"), "work", credit=10)
        self.heard(tracker, ("M0work", True), ("M0work", False), ("M0work", True))
        other.close()

    def test_who_sends_nowhere_hears_nothing(self):
        edge = self.edge(self.a)
        tracker = self.tracker(edge)
        self.receiver(self.connect(self.a), "work", credit=10)
        self.sender(edge, "else", credit=False)
        self.settle_down(edge)
        self.assertEqual(self.words(tracker), [])

    def test_with_phases_and_fallback(self):
        edge = self.edge(self.a)
        tracker = self.tracker(edge)
        self.sender(edge, "work", credit=False, capability="qd.waypoint.2")
        self.receiver(self.connect(self.a), "work", credit=10, capability="qd.waypoint.3")
        self.heard(tracker, ("M2work", True))


class Alive(EdgesTest):
    def test_heartbeats_are_taken(self):
        edge = self.edge(self.a)
        sender = self.sender(edge, HEARTBEAT, credit=False)
        self.wait_until(lambda: sender.credit == 2, "credit")
        sent = [sender.send(Message(body=int32(i))) for i in range(5)]
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})

    def test_who_is_silent_is_given_up(self):
        edge = self.edge(self.a)
        self.sender(edge, HEARTBEAT, credit=False)
        self.wait_until(lambda: edge.closed_by_router, "the close")
        self.assertEqual(edge.condition.name, "amqp:connection:forced")
        self.assertIn("heartbeat", edge.condition.description)

    def test_such_links_go_one_way(self):
        edge = self.edge(self.a)
        for link in (edge.receiver(HEARTBEAT), edge.receiver(LOOK_UP), edge.sender(TRACKING)):
            self.assertEqual(self.refused(link), "amqp:not-allowed")


class LinkRoutes(EdgesTest):
    def node(self, edge):
        """Management over the edge router's own connection."""
        answers = self.receiver(edge, None, dynamic=True, credit=10, accepts=True)
        requests = self.sender(edge, "$management")

        def call(operation, name, body=None, **properties):
            before = answers.count
            requests.send(Message(
                reply_to=answers.remote_address, correlation_id=str(before), body=body or {},
                properties={"operation": operation, "name": name,
                            "type": "org.apache.qpid.dispatch.router.connection.linkRoute",
                            **properties}))
            self.wait_until(lambda: answers.count > before, "the answer")
            return answers.received[-1].message
        return call

    def ask(self, edge, address, sends):
        answers = self.receiver(edge, None, dynamic=True, credit=10, accepts=True)
        asks = self.sender(edge, LOOK_UP)
        sent = asks.send(Message(body=[address, sends], reply_to=answers.remote_address,
                                 correlation_id="q1",
                                 properties={"version": uint(1), "opcode": uint(1)}))
        self.wait_until(lambda: answers.count == 1 and sent.settled, "the answer")
        message = answers.received[0].message
        asks.close()
        answers.close()
        self.assertEqual(message.correlation_id, "q1")
        return message.properties["status"], list(message.body)

    def test_one_that_it_makes_takes_links_to_it(self):
        attached = []

        def on_link(link):
            link.source.copy(link.remote_source)
            link.target.copy(link.remote_target)
            link.open()
            link.context = type("Far", (), {"on_delivery": lambda *_: None, "on_flow": lambda *_: 0,
                                            "on_detached": lambda *_: None})()
            attached.append(link)
            return link.context
        edge = self.net.connect(self.a.ports["edges"], container="e1", on_link=on_link)
        self.wait_until(lambda: edge.opened, "the open")
        call = self.node(edge)
        made = call("CREATE", "mine", {"pattern": "queues/#", "direction": "in"})
        self.assertEqual(made.properties["statusCode"], 201)
        self.wait_until(lambda: self.ask(self.edge(self.b, "e2"), "queues/one", True) ==
                        (0, [True, True]), "the mesh to know")
        self.sender(self.connect(self.b), "queues/one", credit=False)
        self.wait_until(lambda: len(attached) == 1, "the link")
        self.assertEqual(attached[0].remote_target.address, "queues/one")
        gone = call("DELETE", "mine")
        self.assertEqual(gone.properties["statusCode"], 204)
        self.wait_until(lambda: self.ask(edge, "queues/one", True)[1] == [False, False],
                        "it to be gone")

    def test_its_own_go_with_it(self):
        edge = self.edge(self.a)
        self.node(edge)("CREATE", "mine", {"pattern": "queues/#", "direction": "out"})
        other = self.edge(self.b, "e2")
        self.wait_until(lambda: self.ask(other, "queues/one", False)[0] == 0, "the mesh to know")
        edge.drop()
        self.wait_until(lambda: self.ask(other, "queues/one", False)[0] == 3, "it to be gone")

    def test_a_question_that_is_none_is_rejected(self):
        edge = self.edge(self.a)
        asks = self.sender(edge, LOOK_UP)
        sent = asks.send(Message(body="what?"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.REJECTED)


class Shown(EdgesTest):
    def test_as_what_it_is(self):
        edge = self.edge(self.a)
        self.receiver(edge, "e1", credit=1, capability=DOWNLINK)
        node = management.Node(self.a.url, harness.TIMEOUT)
        self.addCleanup(node.close)
        roles = [row["role"] for row in node.query("org.apache.qpid.dispatch.connection")
                 if row["container"] == "e1"]
        self.assertEqual(roles, ["edge"])
        types = [row["linkType"] for row in node.query("org.apache.qpid.dispatch.router.link")
                 if row["owningAddr"] == "He1"]
        self.assertEqual(types, ["edge-downlink"])
        names = {row["key"] for row in node.query("org.apache.qpid.dispatch.router.address")}
        self.assertIn("He1", names)


if __name__ == "__main__":
    harness.main()
