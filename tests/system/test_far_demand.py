"""Brokers send what consumers at other routers ask for, and no more."""
from proton import Message

import harness
from broker import Broker
from mesh import MeshTest

QUEUE = [{"address": "orders", "waypoint": True}]
CONTAINERS = {"name": "brokers", "port": 0, "role": "route-container"}
LINKS = [{"name": f"orders-{direction}", "address": "orders", "direction": direction,
          "connection": "brokers"} for direction in ("out", "in")]


class FarDemand(MeshTest):
    def line(self, kept, at=("c",)):
        """Routers a, b and c in a line, and brokers at some of them."""
        self.by_name = {}
        for name, dials in (("a", []), ("b", ["a"]), ("c", ["b"])):
            more = {"more": [CONTAINERS], "autoLinks": LINKS} if name in at else {}
            self.by_name[name] = self.mesh_router(
                name, {self.by_name[other]: 1 for other in dials}, addresses=QUEUE, **more)
        for router in self.by_name.values():
            self.wait_for_routers(router, set("abc"))
        brokers = [Broker(self.net, f"broker-{name}") for name in at]
        for broker, name, count in zip(brokers, at, kept):
            self.keep(broker, count)
            broker.dial(self.by_name[name].ports["brokers"])
        self.wait_until(lambda: all(len(b.serving("orders")) == 2 for b in brokers), "all links")
        return brokers

    def keep(self, broker, count):
        broker.queues["orders"].extend(Message(body=i).encode() for i in range(count))

    def outlet(self, broker):
        return next(link for link in broker.serving("orders") if link.link.is_sender)

    def test_as_many_leave_the_broker_as_were_asked_for(self):
        [broker] = self.line([100])
        receiver = self.receiver(self.connect(self.by_name["a"]), "orders", credit=1)
        self.wait_until(lambda: receiver.count == 1, "one")
        self.assertEqual((broker.depth("orders"), self.outlet(broker).credit), (99, 0))
        receiver.grant(4)
        self.wait_until(lambda: receiver.count == 5, "four more")
        self.assertEqual((broker.depth("orders"), self.outlet(broker).credit), (95, 0))
        here = self.receiver(self.connect(self.by_name["c"]), "orders", credit=2)
        self.wait_until(lambda: here.count == 2, "what was asked for beside the broker")
        self.assertEqual(broker.depth("orders"), 93)

    def test_a_receiver_takes_all_one_by_one(self):
        [broker] = self.line([200])
        receiver = self.receiver(self.connect(self.by_name["a"]), "orders", credit=1, accepts=True)
        self.wait_until(lambda: receiver.count == 200, "all")
        self.assertEqual(receiver.bodies, list(range(200)))

    def test_a_drain_is_answered_after_the_broker(self):
        [broker] = self.line([0])
        receiver = self.receiver(self.connect(self.by_name["a"]), "orders")
        for count in range(3):
            receiver.drain(1)
            self.wait_until(lambda: not receiver.draining, "nothing to be there")
            self.assertEqual(receiver.count, count)
            self.keep(broker, 1)
            receiver.drain(1)
            self.wait_until(lambda: not receiver.draining, "an answer")
            self.assertEqual(receiver.count, count + 1)

    def test_who_leaves_takes_the_credit_along(self):
        [broker] = self.line([0])
        receiver = self.receiver(self.connect(self.by_name["a"]), "orders", credit=5)
        self.wait_until(lambda: self.outlet(broker).credit == 5, "credit")
        receiver.close()
        self.wait_until(lambda: self.outlet(broker).credit == 0, "none to be left")
        other = self.receiver(self.connect(self.by_name["a"]), "orders", credit=7)
        self.wait_until(lambda: self.outlet(broker).credit == 7, "credit")
        self.kill(self.by_name["a"])
        self.wait_until(lambda: self.outlet(broker).credit == 0, "none to be left")
        self.assertEqual(other.count, 0)

    def test_an_empty_broker_elsewhere_keeps_no_credit(self):
        full, empty = self.line([100, 0], at=("b", "c"))
        receiver = self.receiver(self.connect(self.by_name["a"]), "orders", credit=10)
        self.wait_until(lambda: receiver.count == 10, "all that was asked for")
        self.assertEqual(full.depth("orders"), 90)
        self.assertEqual(self.outlet(empty).credit, 0)
        receiver.drain(1)
        self.wait_until(lambda: receiver.count == 11, "one more")
        full.queues["orders"].clear()
        self.keep(empty, 1)
        receiver.drain(5)
        self.wait_until(lambda: not receiver.draining, "an answer")
        self.assertEqual(receiver.count, 12)


if __name__ == "__main__":
    harness.main()
