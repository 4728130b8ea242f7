"""An edge router with several uplinks, of which one is lost."""
from proton import Delivery, Message

import edge
import harness
import management
from users import weft


class Ignored:
    """The end of a link of which nothing is wanted."""

    def __getattr__(self, name):
        return lambda *_: 0


class Several(edge.EdgeTest):
    """Interior routers "a" and "b", an edge router with an uplink to each; clients at "b"."""

    def setUp(self):
        super().setUp()
        self.a = self.interior("a", addresses=edge.NEWS)
        self.b = self.interior("b", {self.a: 1}, addresses=edge.NEWS)
        self.e1 = self.edge("e1", [self.a, self.b], addresses=edge.NEWS)
        harness.wait_until(lambda: self.actives() == {"a": True, "b": False}, "both uplinks")

    def actives(self):
        """By the router at the other end, whether an uplink is active."""
        node = management.Node(self.e1.url, harness.TIMEOUT)
        try:
            rows = node.query("connection", ["container", "role", "active"])
        finally:
            node.close()
        return {row["container"]: row["active"] for row in rows if row["role"] == "edge"}

    def test_the_other_one_takes_over(self):
        up = self.receiver(self.connect(self.b), "up", credit=100, accepts=True)
        down = self.receiver(self.connect(self.e1), "down", credit=100, accepts=True)
        sender_up = self.sender(self.connect(self.e1), "up")
        sender_down = self.sender(self.connect(self.b), "down")
        self.kill(self.a)
        self.wait_for_uplink(self.e1, times=2)
        sent = [sender_up.send(Message(body="up"))]
        self.wait_until(lambda: sender_down.credit > 0, "credit")
        sent.append(sender_down.send(Message(body="down")))
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual([s.state for s in sent], [Delivery.ACCEPTED] * 2)
        self.assertEqual((up.bodies, down.bodies), (["up"], ["down"]))

    def test_one_that_has_no_room_for_its_links_is_given_up(self):
        port = self.net.listen(container="small", channel_max=0, on_link=lambda link: Ignored())
        node = self.router(router={"id": "e9", "mode": "edge"}, connectors=[
            {"name": "small", "host": "127.0.0.1", "port": port, "role": "edge"}])
        self.wait_until(lambda: "uplink given up: the peer leaves no room" in node.log(), "it to be given up")
        made = weft("manage", "-b", f"127.0.0.1:{node.port}", "create", "--type", "connector", "--name", "up", "role=edge",
                    "host=127.0.0.1", f"port={self.port_for_edges(self.a)}")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.wait_until(lambda: "is the active uplink, by up to" in node.log(), "the other uplink")

    def test_nothing_accepted_is_lost_when_the_active_one_is_killed(self):
        self.under_load(self.kill)

    def test_nothing_accepted_is_lost_when_the_active_one_hangs(self):
        self.under_load(self.freeze)

    def under_load(self, harm):
        """Messages go up and down all the time; half of the way one router is harmed."""
        up = self.receiver(self.connect(self.b), "up", credit=1000, accepts=True)
        down = self.receiver(self.connect(self.e1), "down", credit=1000, accepts=True)
        flows = [Flow(self.sender(self.connect(self.e1), "up"), up),
                 Flow(self.sender(self.connect(self.b), "down"), down)]
        self.wait_until(lambda: self.go_on(flows) >= 500, "messages to pass")
        harm(self.a)
        self.wait_until(lambda: self.go_on(flows) >= 1500, "more of them")
        self.wait_until(lambda: all(s.settled for f in flows for s in f.sent.values()),
                        "the outcomes")
        for flow in flows:
            accepted = {n for n, s in flow.sent.items() if s.state == Delivery.ACCEPTED}
            self.assertEqual(accepted - set(flow.receiver.bodies), set())
            self.assertGreater(len(accepted), len(flow.sent) - 600)

    @staticmethod
    def go_on(flows):
        for flow in flows:
            flow.send()
        return min(sum(s.settled for s in flow.sent.values()) for flow in flows)

    def test_of_a_multicast_each_still_gets_one_copy(self):
        nodes = [self.b, self.e1]
        receivers = [self.receiver(self.connect(node), "news", credit=500, accepts=True)
                     for node in nodes + nodes]
        self.kill(self.a)
        self.wait_for_uplink(self.e1, times=2)
        for node in nodes:
            for target in ("news", None):
                sender = self.sender(self.connect(node), target)
                harness.wait_until(lambda: self.reaches_all(sender, receivers), "all to be known")
                self.assertTrue(self.reaches_all(sender, receivers))

    def reaches_all(self, sender, receivers):
        before = [r.count for r in receivers]
        sent = sender.send(Message(address="news"))
        self.wait_until(lambda: sent.settled, "an outcome")
        return [r.count - b for r, b in zip(receivers, before)] == [1] * len(receivers)


class Flow:
    """Numbered messages of one sender to one receiver."""

    def __init__(self, sender, receiver):
        self.sender = sender
        self.receiver = receiver
        self.sent = {}

    def send(self):
        for _ in range(min(self.sender.credit, 20)):
            self.sent[len(self.sent)] = self.sender.send(Message(body=len(self.sent)))


if __name__ == "__main__":
    harness.main()
