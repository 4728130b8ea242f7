"""Messages over several routers."""
from proton import Delivery, Message, symbol

import harness
import management
import mesh
import raw

LINE = {"a": {}, "b": {"a": 1}, "c": {"b": 1}}
TRIANGLE = {"a": {}, "b": {"a": 1}, "c": {"a": 1, "b": 1}}
NEWS = [{"address": "news", "type": "multicast"}]


class Line(mesh.MeshTest):
    def setUp(self):
        super().setUp()
        self.routers_by_id = self.mesh(LINE, addresses=NEWS)
        self.first = self.connect(self.routers_by_id["a"])
        self.last = self.connect(self.routers_by_id["c"])

    def test_each_outcome_comes_back(self):
        receiver = self.receiver(self.last, "orders", credit=100)
        sender = self.sender(self.first, "orders")
        sent = [sender.send(Message(body=i)) for i in range(4)]
        self.wait_until(lambda: receiver.count == 4, "the messages")
        self.assertEqual(receiver.bodies, [0, 1, 2, 3])
        states = [Delivery.ACCEPTED, Delivery.REJECTED, Delivery.RELEASED, Delivery.MODIFIED]
        for message, state in zip(receiver.received, states):
            message.settle(state)
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual([s.state for s in sent], states)

    def test_a_long_address_is_reached(self):
        address = "a" * 9000
        receiver = self.receiver(self.last, address, credit=10, accepts=True)
        sent = self.sender(self.first, address).send(Message(body="x" * 50000))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual((sent.state, receiver.count), (Delivery.ACCEPTED, 1))

    def test_a_producer_gets_credit_only_while_somebody_receives(self):
        sender = self.sender(self.first, "orders", credit=False)
        self.settle_down(self.first)
        self.assertEqual(sender.credit, 0)
        receiver = self.receiver(self.last, "orders", credit=10)
        self.wait_until(lambda: sender.credit > 0, "credit")
        receiver.close()
        self.wait_until(lambda: sender.credit == 0, "the credit to be taken back")

    def test_replies_reach_a_dynamic_address(self):
        server = self.receiver(self.last, "service", credit=10, accepts=True)
        answers = self.receiver(self.first, None, dynamic=True, credit=10, accepts=True)
        sender = self.sender(self.first, "service")
        sender.send(Message(body="ask", reply_to=answers.remote_address))
        self.wait_until(lambda: server.count == 1, "the request")
        reply_to = server.received[0].message.reply_to
        anonymous = self.sender(self.last, None)
        anonymous.send(Message(body="by to", address=reply_to))
        targeted = self.sender(self.last, reply_to)
        targeted.send(Message(body="by target"))
        self.wait_until(lambda: answers.count == 2, "both answers")
        self.assertEqual(sorted(answers.bodies), ["by target", "by to"])

    def test_a_scheme_without_a_path_is_part_of_the_name(self):
        for name in ("queue://a", "a://", "://x"):
            receiver = self.receiver(self.last, name, credit=2, accepts=True)
            sent = [self.sender(self.first, name).send(Message()),
                    self.sender(self.first, None).send(Message(address=name))]
            self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
            self.assertEqual([s.state for s in sent], [Delivery.ACCEPTED] * 2)
            self.assertEqual(receiver.count, 2)

    def test_presettled_messages_count_as_such_on_each_link(self):
        receiver = self.receiver(self.last, "orders", credit=10)
        sender = self.sender(self.first, "orders")
        for i in range(3):
            sender.send(Message(body=i), settled=True)
        self.wait_until(lambda: receiver.count == 3, "the messages")
        for name in "abc":
            node = management.Node(self.routers_by_id[name].url, harness.TIMEOUT)
            self.addCleanup(node.close)

            def counted():
                rows = node.query("router.link", ["presettledCount", "acceptedCount", "linkType",
                                                  "deliveryCount"])
                data = [row for row in rows if row["deliveryCount"] == 3]
                return [(row["presettledCount"], row["acceptedCount"]) for row in data]
            self.wait_until(lambda: counted() == [(3, 0)] * 2, f"the counts of {name}")
            self.assertEqual(node.query("router", ["presettledDeliveries"]),
                             [{"presettledDeliveries": 3}])

    def test_any_bytes_pass_in_another_format(self):
        consumer = raw.Peer(self.routers_by_id["c"].port, self.wait_until)
        producer = raw.Peer(self.routers_by_id["a"].port, self.wait_until)
        for peer in (consumer, producer):
            self.addCleanup(peer.drop)
            peer.handshake()
        consumer.attach(raw.RECEIVER, "opaque")
        consumer.send(raw.link_flow(10))
        producer.attach(raw.SENDER, "opaque")
        payloads = (b"\x00", b"\x00\x53\x70\xc0\x05", b"", bytes(range(256)))
        for number, payload in enumerate(payloads):
            for part in (0, 1):
                producer.send(raw.transfer(2 * number + part, settled=bool(part),
                                           message_format=7 + number), payload)
                got = consumer.expect(raw.TRANSFER)
                self.assertEqual((got.payload, int(got.field(3))), (payload, 7 + number))

    def test_any_router_is_managed_from_any_other(self):
        node = management.Node(self.routers_by_id["a"].url, harness.TIMEOUT,
                               "amqp:/_topo/0/c/$management")
        self.addCleanup(node.close)
        self.assertEqual([row["id"] for row in node.query("router", ["id"])], ["c"])

    def test_large_messages_arrive_whole_and_hold_back_no_small_ones(self):
        slow = self.receiver(self.last, "large", credit=0)
        quick = self.receiver(self.last, "small", credit=1000, accepts=True)
        body = bytes(range(256)) * 4096 * 8  # 8 MiB
        large = [self.sender(self.first, "large") for _ in range(2)]
        sent = [sender.send(Message(body=body)) for sender in large]
        small = self.sender(self.first, "small")
        done = [small.send(Message(body=i)) for i in range(100)]
        self.wait_until(lambda: all(s.settled for s in done), "the small ones")
        self.assertEqual(quick.bodies, list(range(100)))
        slow.grant(2)
        self.wait_until(lambda: slow.count == 2, "the large ones")
        self.assertTrue(all(m.message.body == body for m in slow.received))
        for message in slow.received:
            message.accept()
        self.wait_until(lambda: all(s.settled for s in sent), "their outcomes")

    def test_presettled_messages_wait_for_a_slow_consumer(self):
        receiver = self.receiver(self.last, "orders", credit=0)
        sender = self.sender(self.first, "orders")
        sent = 0
        while sent < 2000:
            if sender.credit > 0:
                sender.send(Message(body=sent), settled=True)
                sent += 1
            else:
                receiver.grant(7)
            self.net.pump()
        receiver.grant(2000)
        self.wait_until(lambda: receiver.count >= 2000, "all of them")
        self.assertEqual(receiver.bodies, list(range(2000)))
        self.assertTrue(all(m.presettled for m in receiver.received))

    def test_a_stalled_consumer_holds_back_nobody_else(self):
        self.receiver(self.last, "stalled", credit=0)
        stalled = self.sender(self.first, "stalled")
        while stalled.credit > 0:
            stalled.send(Message(body="x" * 1000))
            self.net.pump()
        receiver = self.receiver(self.last, "orders", credit=5000, accepts=True)
        sender = self.sender(self.first, "orders")
        sent = []
        while len(sent) < 2000:
            if sender.credit > 0:
                sent.append(sender.send(Message(body=len(sent))))
            self.net.pump()
        self.wait_until(lambda: all(s.settled for s in sent), "their outcomes")
        self.assertEqual(receiver.bodies, list(range(2000)))

    def test_the_bare_message_and_a_clients_annotations_arrive_unchanged(self):
        receiver = self.receiver(self.last, "orders", credit=1, accepts=True)
        sender = self.sender(self.first, "orders")
        message = Message(body={"a": [1, 2]}, subject="s", correlation_id=7, priority=8, ttl=60,
                          annotations={"x-opt-mine": "kept"}, properties={"k": "v"})
        sender.send(message)
        self.wait_until(lambda: receiver.count == 1, "the message")
        got = receiver.received[0].message
        self.assertEqual((got.body, got.subject, got.correlation_id, got.priority, got.properties),
                         ({"a": [1, 2]}, "s", 7, 8, {"k": "v"}))
        self.assertEqual(got.annotations, {"x-opt-mine": "kept"})


class Connectors(mesh.MeshTest):
    def member(self, name, listener=None, connectors=()):
        return self.router(
            router={"id": name, "mode": "interior", "shutdownSeconds": 5},
            listeners=[{"name": "mesh", "port": 0, "role": "inter-router", **(listener or {})}],
            connectors=[{"name": f"to-{port}", "port": port, "role": "inter-router"}
                        for port in connectors])

    def test_they_go_where_the_lost_peer_said(self):
        other = self.member("c")
        first = self.member("a", {"failoverUrls": f"amqp://127.0.0.1:{other.ports['mesh']}"})
        router = self.member("b", connectors=[first.ports["mesh"]])
        self.wait_for_routers(router, {"a", "b"})
        self.kill(first)
        self.wait_for_routers(router, {"b", "c"})

    def test_one_to_a_listener_for_clients_says_so(self):
        first = self.member("a")
        router = self.member("b", connectors=[first.port])
        node = management.Node(router.url, harness.TIMEOUT)
        self.addCleanup(node.close)

        def message():
            return node.query("connector", ["connectionMsg"])[0]["connectionMsg"]
        self.wait_until(lambda: "role inter-router?" in message(), "the reason")
        self.assertEqual(self.reachable_from(router), {"b"})


class Annotated(mesh.MeshTest):
    def test_a_listener_that_strips_nothing_shows_the_way(self):
        routers = self.mesh(LINE, listener={"stripAnnotations": "no"})
        receiver = self.receiver(self.connect(routers["c"]), "orders", credit=1, accepts=True)
        self.sender(self.connect(routers["a"]), "orders").send(Message(body="x"))
        self.wait_until(lambda: receiver.count == 1, "the message")
        annotations = receiver.received[0].message.annotations
        self.assertEqual(annotations["x-opt-qd.ingress"], "0/a")
        self.assertEqual(list(annotations["x-opt-qd.trace"]), ["0/a", "0/b", "0/c"])

    def test_a_trace_that_the_client_sent_goes_on(self):
        routers = self.mesh({"a": {}, "b": {"a": 1}}, listener={"stripAnnotations": "no"})
        sender = None
        for name, trace in (("a", ["0/x", "0/a"]), ("b", ["0/x", "0/a", "0/b"])):
            receiver = self.receiver(self.connect(routers[name]), "to-" + name, credit=1,
                                     accepts=True)
            sender = self.sender(self.connect(routers["a"]), "to-" + name)
            sender.send(Message(annotations={symbol("x-opt-qd.trace"): ["0/x"]}))
            self.wait_until(lambda: receiver.count == 1, "the message")
            annotations = receiver.received[0].message.annotations
            self.assertEqual(list(annotations["x-opt-qd.trace"]), trace)
            self.assertEqual(annotations["x-opt-qd.ingress"], "0/a")


class Triangle(mesh.MeshTest):
    def test_a_multicast_reaches_each_consumer_once(self):
        routers = self.mesh(TRIANGLE, addresses=NEWS)
        receivers = [self.receiver(self.connect(router), "news", credit=100, accepts=True)
                     for router in routers.values() for _ in range(2)]
        sender = self.sender(self.connect(routers["a"]), "news")
        self.wait_until(lambda: self.remotes(routers["a"], "news") == 2, "both to be known")
        sent = [sender.send(Message(body=i)) for i in range(50)]
        self.wait_until(lambda: all(s.settled for s in sent), "50 outcomes")
        self.assertEqual([r.bodies for r in receivers], [list(range(50))] * 6)

    def test_messages_take_the_other_way_when_a_router_dies(self):
        routers = self.mesh({"a": {}, "b": {"a": 1}, "c": {"a": 5, "b": 1}})
        receiver = self.receiver(self.connect(routers["c"]), "orders", credit=100000, accepts=True)
        sender = self.sender(self.connect(routers["a"]), "orders")
        sent = []

        def send(count):
            goal = len(sent) + count
            while len(sent) < goal:
                if sender.credit > 0:
                    sent.append(sender.send(Message(body=len(sent))))
                self.net.pump()

        send(500)
        self.kill(routers["b"])
        send(500)
        self.wait_until(lambda: all(s.settled for s in sent), "their outcomes")
        accepted = {i for i, s in enumerate(sent) if s.state == Delivery.ACCEPTED}
        self.assertLessEqual(accepted, set(receiver.bodies), "an accepted message is lost")
        self.assertEqual({s.state for s in sent} - {Delivery.ACCEPTED, Delivery.MODIFIED}, set())
        self.assertLessEqual(set(range(600, 1000)), accepted)

    def test_messages_take_the_other_way_when_a_router_stands_still(self):
        routers = self.mesh({"a": {}, "b": {"a": 1}, "c": {"a": 5, "b": 1}})
        receiver = self.receiver(self.connect(routers["c"]), "orders", credit=10000, accepts=True)
        sender = self.sender(self.connect(routers["a"]), "orders")
        before = [sender.send(Message(body=i)) for i in range(100)]
        self.wait_until(lambda: all(s.settled for s in before), "the outcomes")
        self.freeze(routers["b"])
        under_way = [sender.send(Message(body=i)) for i in range(100, 150)]
        self.wait_until(lambda: all(s.settled for s in under_way), "those that had left for b")
        self.assertEqual({s.state for s in under_way} - {Delivery.ACCEPTED, Delivery.MODIFIED},
                         set())
        self.wait_for_routers(routers["a"], {"a", "c"})
        after = [sender.send(Message(body=i)) for i in range(150, 200)]
        self.wait_until(lambda: all(s.settled for s in after), "those of the other way")
        self.assertEqual({s.state for s in before + after}, {Delivery.ACCEPTED})
        accepted = {i for i, s in enumerate(before + under_way + after)
                    if s.state == Delivery.ACCEPTED}
        self.assertLessEqual(accepted, set(receiver.bodies), "an accepted message is lost")
        self.thaw(routers["b"])
        for router in routers.values():
            self.wait_for_routers(router, {"a", "b", "c"})

    def test_messages_take_the_other_way_when_a_cost_changes(self):
        routers = self.mesh({"a": {}, "b": {"a": 1}, "c": {"a": 5, "b": 1}})
        receiver = self.receiver(self.connect(routers["c"]), "orders", credit=1000, accepts=True)
        sender = self.sender(self.connect(routers["a"]), "orders")
        before = self.connections(routers["c"])

        def passed_b():
            """How many messages took the way over b, after one more."""
            self.wait_until(lambda: sender.credit > 0, "credit")
            sent = sender.send(Message(body="x"))
            self.wait_until(lambda: sent.settled, "its outcome")
            self.assertEqual(sent.state, Delivery.ACCEPTED)
            return self.rows(routers["b"], "router", "deliveriesTransit")[0]

        def change(cost, total):
            """Of the link between b and c, on both sides."""
            self.set_cost(routers["b"], "listener", "mesh", cost)
            self.set_cost(routers["c"], "connector", "to-b", cost)
            self.wait_until(lambda: (self.cost(routers["a"], "c"), self.cost(routers["c"], "a"))
                            == (total, total), "the other way")

        self.assertEqual(passed_b(), 1)
        change(cost=20, total=5)
        self.assertEqual(passed_b(), 1)
        change(cost=1, total=2)
        self.assertEqual(passed_b(), 2)
        self.assertEqual(receiver.count, 3)
        self.assertEqual(self.connections(routers["c"]), before)

    def set_cost(self, router, kind, name, cost):
        node = management.Node(router.url, harness.TIMEOUT)
        try:
            entity = node.call("UPDATE", kind, name=name, body={"cost": cost})
        finally:
            node.close()
        self.assertEqual(entity["cost"], cost)

    def cost(self, router, other):
        return dict(zip(self.rows(router, "router.node", "id"),
                        self.rows(router, "router.node", "cost")))[other]

    def connections(self, router):
        """The identities of those to other routers."""
        identities = self.rows(router, "connection", "identity")
        roles = self.rows(router, "connection", "role")
        return [each for each, role in zip(identities, roles) if role == "inter-router"]

    def rows(self, router, kind, attribute):
        node = management.Node(router.url, harness.TIMEOUT)
        try:
            return [row[attribute] for row in node.query(kind, [attribute])]
        finally:
            node.close()

    def remotes(self, router, address):
        node = management.Node(router.url, harness.TIMEOUT)
        try:
            rows = node.query("router.address", ["name", "remoteCount"])
        finally:
            node.close()
        return sum(row["remoteCount"] for row in rows if row["name"].endswith(address))


if __name__ == "__main__":
    harness.main()
