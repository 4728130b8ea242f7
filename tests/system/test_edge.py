"""An edge router: its clients, and those of the mesh."""
from proton import Delivery, Message

import edge
import harness
from users import weft


class Alone(edge.EdgeTest):
    def test_clients_talk_without_an_uplink(self):
        node = self.edge("e1", [], addresses=edge.NEWS)
        receiver = self.receiver(self.connect(node), "orders", credit=10, accepts=True)
        sent = self.sender(self.connect(node), "orders").send(Message(body=1))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual((sent.state, receiver.bodies), (Delivery.ACCEPTED, [1]))
        lost = self.sender(self.connect(node), None).send(Message(address="nobody"))
        self.wait_until(lambda: lost.settled, "the other outcome")
        self.assertEqual(lost.state, Delivery.RELEASED)

    def test_what_no_edge_router_has_is_refused(self):
        node = self.new_router(config={"router": {"id": "e1", "mode": "edge"},
                                       "listeners": [{"port": 0, "role": "inter-router"}]})
        node.spawn()
        self.assertEqual(node.wait_for_exit(), 1)
        self.assertIn('"inter-router" needs a router with "mode": "interior"', node.log())


class Sides(edge.EdgeTest):
    """An interior router "a" with two edge routers."""

    def setUp(self):
        super().setUp()
        self.a = self.interior("a", addresses=edge.NEWS)
        self.e1 = self.edge("e1", [self.a], addresses=edge.NEWS)
        self.e2 = self.edge("e2", [self.a], addresses=edge.NEWS)
        self.pairs = [(self.e1, self.a), (self.a, self.e1), (self.e1, self.e2), (self.e1, self.e1)]

    def test_each_outcome_comes_back(self):
        states = [Delivery.ACCEPTED, Delivery.REJECTED, Delivery.RELEASED, Delivery.MODIFIED]
        for number, (here, there) in enumerate(self.pairs):
            address = f"orders-{number}"
            receiver = self.receiver(self.connect(there), address, credit=100)
            sender = self.sender(self.connect(here), address)
            sent = [sender.send(Message(body=i)) for i in range(4)]
            self.wait_until(lambda: receiver.count == 4, "the messages")
            self.assertEqual(receiver.bodies, [0, 1, 2, 3])
            for message, state in zip(receiver.received, states):
                message.settle(state)
            self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
            self.assertEqual([s.state for s in sent], states)

    def test_a_producer_has_credit_while_somebody_receives(self):
        for number, (here, there) in enumerate(self.pairs):
            sender = self.sender(self.connect(here), f"orders-{number}", credit=False)
            self.settle_down(sender.peer)
            self.assertEqual(sender.credit, 0)
            receiver = self.receiver(self.connect(there), f"orders-{number}", credit=10)
            self.wait_until(lambda: sender.credit > 0, "credit")
            receiver.close()
            self.wait_until(lambda: sender.credit == 0, "the credit to be taken back")

    def test_what_is_sent_to_no_links_address_arrives(self):
        for number, (here, there) in enumerate(self.pairs):
            address = f"orders-{number}"
            receiver = self.receiver(self.connect(there), address, credit=10, accepts=True)
            sender = self.sender(self.connect(here), None)
            harness.wait_until(lambda: self.outcome(sender, address) == Delivery.ACCEPTED,
                               "the mesh to know the receiver")
            self.assertGreater(receiver.count, 0)
            self.assertEqual(self.outcome(sender, "nobody"), Delivery.RELEASED)

    def outcome(self, sender, address):
        sent = sender.send(Message(address=address))
        self.wait_until(lambda: sent.settled, "an outcome")
        return sent.state

    def test_replies_reach_a_dynamic_address(self):
        for number, (here, there) in enumerate(self.pairs):
            server = self.receiver(self.connect(there), f"s-{number}", credit=10, accepts=True)
            answers = self.receiver(self.connect(here), None, dynamic=True, credit=10,
                                    accepts=True)
            self.sender(self.connect(here), f"s-{number}").send(
                Message(body="ask", reply_to=answers.remote_address))
            self.wait_until(lambda: server.count == 1, "the request")
            reply_to = server.received[0].message.reply_to
            peer = self.connect(there)
            self.sender(peer, None).send(Message(body="by to", address=reply_to))
            self.sender(peer, reply_to).send(Message(body="by target"))
            self.wait_until(lambda: answers.count == 2, "both answers")
            self.assertEqual(answers.bodies, ["by to", "by target"])

    def test_of_a_multicast_each_gets_one_copy(self):
        nodes = [self.a, self.e1, self.e2]
        receivers = [self.receiver(self.connect(node), "news", credit=100, accepts=True)
                     for node in nodes + nodes]
        count = 0
        for node in nodes:
            for target in ("news", None):
                sender = self.sender(self.connect(node), target)
                harness.wait_until(lambda: self.reaches_all(sender, receivers), "all to be known")
                for number in range(5):
                    sender.send(Message(address="news", body=number))
                count = receivers[0].count // 1
                self.wait_until(lambda: all(r.bodies[-1] == 4 for r in receivers), "the copies")
                self.assertEqual([r.bodies[-5:] for r in receivers], [[0, 1, 2, 3, 4]] * 6, count)

    def reaches_all(self, sender, receivers):
        before = [r.count for r in receivers]
        sent = sender.send(Message(address="news", body="?"))
        self.wait_until(lambda: sent.settled, "an outcome")
        return all(r.count == b + 1 for r, b in zip(receivers, before))

    def test_a_large_message_goes_both_ways(self):
        body = "x" * 3_000_000
        for number, (here, there) in enumerate(self.pairs):
            receiver = self.receiver(self.connect(there), f"large-{number}", credit=10,
                                     accepts=True)
            sent = self.sender(self.connect(here), f"large-{number}").send(Message(body=body))
            self.wait_until(lambda: sent.settled, "the outcome")
            self.assertEqual((sent.state, receiver.bodies[0] == body), (Delivery.ACCEPTED, True))


class Rights(edge.EdgeTest):
    """Who asks by way of another router is one of `routers`, over the ways of edge routers, too."""

    def look(self, node, *way):
        return weft("stat", "-b", f"127.0.0.1:{node.port}", *way, "-g")

    def test_who_asks_by_way_of_routers_may_what_routers_may(self):
        a = self.interior("a", management={"viewers": ["anonymous"], "routers": "none"})
        e1 = self.edge("e1", [a], management={"admins": ["anonymous"], "routers": "none"})
        for node, way in ((e1, ["-r", "a"]), (a, ["-d", "e1"])):
            self.assertEqual(self.look(node).returncode, 0)
            refused = self.look(node, *way)
            self.assertNotEqual(refused.returncode, 0, refused.stdout)
            self.assertIn("403", refused.stderr)

    def test_by_default_they_may_look(self):
        a = self.interior("a", management={"admins": ["ann"]})
        e1 = self.edge("e1", [a], management={"admins": ["ann"]})
        for node, way, name in ((e1, ["-r", "a"], "a"), (a, ["-d", "e1"], "e1")):
            self.assertNotEqual(self.look(node).returncode, 0)
            seen = self.look(node, *way)
            self.assertEqual(seen.returncode, 0, seen.stderr)
            self.assertIn(name, seen.stdout)


if __name__ == "__main__":
    harness.main()
