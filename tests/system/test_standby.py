"""Two weft-brokers of one store: one has it, the other one waits and takes over."""
import json
import shutil
import signal
import tempfile
import time

from proton import Delivery, Message

import harness
from broker_daemon import BrokerTest

QUEUE = [{"address": "orders", "type": "queue", "brokers": ["b1"]}]
LEASE = 4  # seconds
FENCED = 75  # the exit status
ROUNDS = 4
A_ROUND = 200  # messages accepted before something happens to the broker


class StandbyTest(BrokerTest):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="weft-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def member(self, lease=None, **sections):
        """A broker of the store, which has it or waits for it."""
        store = {"path": self.folder, "standby": True}
        if lease:
            store |= {"lock": "lease", "leaseSeconds": lease}
        node = self.new_broker({"autoCreate": True}, store=store, **sections).start()
        self.addCleanup(self.end, node)
        return node

    def role(self, node):
        return json.loads(self.page(node, "/healthz")[1])["role"]

    def await_active(self, node):
        """The seconds that it took."""
        began = time.monotonic()
        self.wait_until(lambda: self.role(node) == "active", "the standby to take over")
        took = time.monotonic() - began

        def listens():
            node.ports = {name: int(port) for name, _, port in
                          harness.LISTENER.findall(node.log())}
            return "clients" in node.ports
        self.wait_until(listens, "its listeners")
        return took

    def all_of(self, node):
        """The bodies of what is in the queue, each of which is there once."""
        receiver = self.receiver(self.connect(node), "orders", credit=250, accepts=True)
        self.wait_until(lambda: self.queue(node, "orders")["messages"] == 0, "an empty queue")
        self.assertEqual(len(receiver.bodies), len(set(receiver.bodies)))
        return set(receiver.bodies)


class Standby(StandbyTest):
    def test_a_standby_waits_says_for_whom_and_takes_over_from_who_stops(self):
        first, second = self.member(), self.member()
        self.assertEqual((self.role(first), self.role(second)), ("active", "standby"))
        self.put(self.sender(self.connect(first), "orders"), *(Message(body=i) for i in range(20)))
        self.assertNotIn("clients", second.ports)
        status, text = self.page(second, "/readyz")
        self.assertEqual(status, 503)
        self.assertIn(f"standby: broker 'b1' (process {first.process.pid} on ", text)
        self.assertIn("), epoch 1, has the store since 20", text)
        self.assertIn("weft_broker_active 0", self.page(second, "/metrics")[1])
        row = json.loads(self.page(second, "/api/broker")[1])
        self.assertIn('"standby"', json.dumps(row))
        first.stop()
        self.await_active(second)
        self.assertEqual(self.page(second, "/readyz")[0], 200)
        metrics = self.page(second, "/metrics")[1]
        self.assertIn("weft_broker_active 1", metrics)
        self.assertIn("weft_broker_epoch 2", metrics)
        self.assertEqual(self.all_of(second), set(range(20)))

    def test_a_standby_that_is_stopped_leaves_the_other_one_alone(self):
        first, second = self.member(), self.member()
        second.stop()
        self.put(self.sender(self.connect(first), "orders"), Message(body=1))
        self.assertEqual(self.all_of(first), {1})

    def test_a_lease_is_not_waited_for_after_a_kill_on_the_same_machine(self):
        first, second = self.member(lease=3600), self.member(lease=3600)
        self.put(self.sender(self.connect(first), "orders"), Message(body=1))
        self.kill(first)
        self.await_active(second)
        self.assertEqual(self.all_of(second), {1})

    def test_who_stood_still_is_deposed_and_accepts_nothing_more(self):
        first, second = self.member(lease=LEASE), self.member(lease=LEASE)
        sender = self.sender(self.connect(first), "orders")
        self.put(sender, *(Message(body=i) for i in range(20)))
        first.process.send_signal(signal.SIGSTOP)
        late = [sender.send(Message(body=100 + i)) for i in range(10)]
        self.await_active(second)
        self.put(self.sender(self.connect(second), "orders"),
                 *(Message(body=20 + i) for i in range(5)))
        first.process.send_signal(signal.SIGCONT)
        self.wait_until(lambda: not first.alive(), "the end of who was deposed")
        self.assertEqual(first.process.returncode, FENCED)
        self.assertIn("this broker writes nothing more, for ", first.log())
        self.assertIn(f"it ends with exit status {FENCED}", first.log())
        self.wait_until(lambda: sender.peer.gone, "the end of its connection")
        self.assertEqual([s for s in late if s.state == Delivery.ACCEPTED], [])
        self.assertEqual(self.all_of(second), set(range(25)))

        first.start()  # as the service manager does it
        self.assertEqual(self.role(first), "standby")


class StandbyMesh(StandbyTest):
    """Behind a router, whose clients stay."""

    def setUp(self):
        super().setUp()
        self.node = self.router(addresses=QUEUE, listeners=[
            {"name": "brokers", "port": 0, "role": "route-container"}])
        self.sent = {}

    def pair(self, **options):
        dials = [{"name": "router", "port": self.node.ports["brokers"]}]
        return [self.member(connectors=dials, **options) for _ in range(2)]

    def load(self, sender):
        """Sends until enough of it is accepted; more is under way then."""
        first = len(self.sent)

        def enough():
            while sender.credit > 0 and len(self.sent) < first + A_ROUND + 100:
                self.sent[len(self.sent)] = sender.send(Message(body=len(self.sent)))
            return sum(one.settled for body, one in self.sent.items() if body >= first) >= A_ROUND
        self.wait_until(enough, "outcomes")

    def nothing_is_lost(self, active):
        self.wait_until(lambda: all(s.settled for s in self.sent.values()), "all outcomes")
        accepted = {body for body, one in self.sent.items() if one.state == Delivery.ACCEPTED}
        receiver = self.receiver(self.connect(self.node), "orders", credit=250, accepts=True)
        self.wait_until(lambda: accepted <= set(receiver.bodies) and
                        self.queue(active, "orders")["messages"] == 0, "all that was accepted")
        self.assertEqual(len(receiver.bodies), len(set(receiver.bodies)))
        return accepted

    def test_kills_under_load_lose_nothing_that_was_accepted(self):
        active, standby = self.pair()
        sender = self.sender(self.connect(self.node), "orders")
        for _ in range(ROUNDS):
            self.load(sender)
            self.kill(active)
            took = self.await_active(standby)
            self.wait_until(lambda: sender.credit > 0, "credit again")
            print(f"the standby took over in {took:.3f} s", flush=True)
            active, standby = standby, active
            standby.start()
        self.assertGreaterEqual(len(self.nothing_is_lost(active)), ROUNDS * A_ROUND)

    def test_who_stood_still_under_load_is_deposed_and_nothing_is_lost(self):
        active, standby = self.pair(lease=LEASE)
        for _ in range(2):
            self.load(self.sender(self.connect(self.node), "orders"))
            active.process.send_signal(signal.SIGSTOP)
            self.await_active(standby)
            active.process.send_signal(signal.SIGCONT)
            self.wait_until(lambda: not active.alive(), "the end of who was deposed")
            # In the middle of a write it is ended, for nothing else would keep it from that.
            self.assertIn(active.process.returncode, (FENCED, -signal.SIGKILL))
            active, standby = standby, active
            standby.start()
        self.assertGreaterEqual(len(self.nothing_is_lost(active)), A_ROUND)


if __name__ == "__main__":
    harness.main()
