"""Links that are passed on whole, through an edge router: to its own container, and to the mesh's."""
import time

from proton import Delivery, Message

import edge
import harness
from broker import Broker
from test_link_routes import CONTAINERS, routes


class EdgeLinkRoutes(edge.EdgeTest):
    def container(self, node):
        broker = Broker(self.net)
        broker.dial(node.ports["brokers"])
        return broker

    def reached(self, peer, queue):
        """A sender that reaches the broker, once the mesh knows the way. Before, it is one like others or refused."""
        for _ in range(100):
            link = peer.sender(queue)
            self.wait_until(lambda: link.attached or link.detached, "the answer to an attach")
            until = time.monotonic() + 0.3
            self.wait_until(lambda: link.credit > 0 or link.detached or time.monotonic() > until, "credit")
            if link.credit > 0 and not link.detached:
                return link
            link.close()
        raise AssertionError(f"no way to {queue}")

    def works(self, peer, broker, queue):
        """A message goes to the broker, by its credit, and comes back by the receiver's."""
        sender = self.reached(peer, queue)
        self.assertEqual(sender.credit, 100)  # the broker's own
        before = broker.depth(queue)
        sent = sender.send(Message(body="in"))
        self.wait_until(lambda: sent.settled, "the broker's outcome")
        self.assertEqual((sent.state, broker.depth(queue)), (Delivery.ACCEPTED, before + 1))
        receiver = self.receiver(peer, queue, credit=1, accepts=True)
        self.wait_until(lambda: receiver.count == 1 and broker.depth(queue) == before, "the message")
        self.assertEqual(receiver.remote_address, queue)
        for link in (sender, receiver):
            link.close()

    def clients_of(self, node):
        return [self.connect(node, container=f"client-{i}")
                for i in range(harness.WORKERS.get("workerThreads", 1))]

    def test_the_mesh_reaches_a_container_of_an_edge_router(self):
        a = self.interior("a")
        b = self.interior("b", {a: 1})
        e1 = self.edge("e1", [a], listeners=list(CONTAINERS), linkRoutes=routes())
        e2 = self.edge("e2", [b])
        broker = self.container(e1)
        for node in (e1, a, b, e2):
            for client in self.clients_of(node):
                with self.subTest(node=node.config["router"]["id"]):
                    self.works(client, broker, "queues.x")
        other = self.sender(self.connect(e2), "others", credit=False)
        self.assertFalse(other.detached)
        broker.peers[0].drop()
        lost = self.connect(b)

        def is_refused():
            link = lost.sender("queues.x")
            self.wait_until(lambda: link.detached or link.attached, "an answer")
            return link.detached
        self.wait_until(is_refused, "the mesh to know that it is gone")

    def test_clients_of_an_edge_router_reach_the_meshs_containers(self):
        a = self.interior("a", more=CONTAINERS, linkRoutes=routes())
        b = self.interior("b", {a: 1})
        near, far = self.edge("e1", [a]), self.edge("e2", [b])
        refused = self.sender_refused(near)
        self.assertEqual(refused.condition.name, "qd:no-route-to-dest")
        broker = self.container(a)
        for client in self.clients_of(near) + self.clients_of(far):
            self.works(client, broker, "queues.x")
        self.assertEqual(broker.depth("queues.x"), 0)

    def sender_refused(self, node):
        """Nobody is there for a link route of the mesh: its router says so once it is asked."""
        links = []
        peer = self.connect(node)

        def is_so():
            links.append(peer.sender("queues.x"))
            self.wait_until(lambda: links[-1].attached or links[-1].detached, "an answer")
            return links[-1].detached
        self.wait_until(is_so, "the refusal")
        return links[-1]

    def test_another_uplink_takes_the_link_routes_over(self):
        b = self.interior("b")
        a = self.interior("a", {b: 1})
        e1 = self.edge("e1", [a, b], listeners=list(CONTAINERS), linkRoutes=routes())
        broker = self.container(e1)
        self.works(self.connect(b), broker, "queues.x")
        self.kill(a)
        self.wait_for_uplink(e1, times=2)
        self.works(self.connect(b), broker, "queues.x")


if __name__ == "__main__":
    harness.main()
