"""A site: a router, a broker and a queue that is forwarded to an address of the centre, which comes and goes."""
import json
import signal
import subprocess

from proton import Condition, Delivery, Message

import harness
import management
from broker_daemon import BrokerTest
from mesh import MeshTest

ROUNDS = 4
A_ROUND = 150  # messages accepted before something is killed


def entry(rule=None, **more):
    return {"address": "site/orders", "type": "queue", "brokers": ["b1"],
            "forward": {"to": "central/orders", "delaySeconds": 0.05, "maxDelaySeconds": 0.5,
                        **(rule or {})}, **more}


CENTRAL = {"address": "central/orders", "type": "queue", "brokers": ["b2"], "maxMessages": 100_000}


class Forwarding(BrokerTest, MeshTest):
    """The site's router dials the centre's; each has a broker."""

    def site(self, *entries, centre=True):
        brokers = {"name": "brokers", "port": 0, "role": "route-container"}
        self.centre = self.mesh_router("centre", {}, more=[brokers], addresses=[CENTRAL])
        self.node = self.mesh_router("site", {self.centre: 1}, more=[brokers],
                                     addresses=[*(entries or [entry()])])
        self.b1 = self.broker({"id": "b1"}, connectors=[
            {"name": "router", "port": self.node.ports["brokers"]}])
        if centre:
            self.b2 = self.broker({"id": "b2"}, connectors=[
                {"name": "router", "port": self.centre.ports["brokers"]}])
        self.wait_for_routers(self.node, {"site", "centre"})

    def row(self, name="site/orders"):
        return self.queue(self.b1, name)

    def wait_for_state(self, state, name="site/orders"):
        self.wait_until(lambda: self.row(name)["forwardState"] == state, f"the state {state}")
        return self.row(name)

    def restart_centre(self):
        """On the same ports, as its machine would."""
        for listener in self.centre.config["listeners"]:
            listener["port"] = self.centre.ports[listener["name"]]
        self.centre.config_file.write_text(json.dumps(self.centre.config))
        self.centre.start()

    def weft(self, *words, node=None, status=0):
        done = subprocess.run([harness.binary("weft"), *words, "-b", (node or self.node).url],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=harness.TIMEOUT)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def at_centre(self, count):
        """All bodies that the centre's queue gives, at least so many, in their order."""
        receiver = self.receiver(self.connect(self.centre), "central/orders", credit=500,
                                 accepts=True)
        self.wait_until(lambda: len(set(receiver.bodies)) >= count, f"{count} messages")
        self.wait_until(lambda: self.queue(self.b2, "central/orders")["messages"] == 0, "the rest")
        return receiver.bodies

    def firsts(self, bodies):
        return list(dict.fromkeys(bodies))

    def load(self, sender, sent, count):
        """Sends numbers until so many more are accepted; more may be under way then."""
        before = len(self.accepted(sent))

        def enough():
            while sender.credit > 0 and len(sent) < before + count + 100:
                sent.append(sender.send(Message(body=len(sent))))
            return len(self.accepted(sent)) >= before + count
        self.wait_until(enough, "outcomes")

    def accepted(self, sent):
        return [number for number, one in enumerate(sent) if one.state == Delivery.ACCEPTED]

    # --- the whole way ---------------------------------------------------------------------------

    def test_what_the_site_keeps_goes_on_in_order_and_is_shown(self):
        self.site()
        sender = self.sender(self.connect(self.node), "site/orders")
        self.put(sender, *(Message(body=i, ttl=3600) for i in range(300)))
        bodies = self.at_centre(300)
        self.assertEqual(bodies, list(range(300)))
        row = self.wait_for_state("idle")
        self.assertEqual((row["messages"], row["forwarded"], row["forwardRejected"]), (0, 300, 0))
        self.assertEqual(row["forward"]["to"], "central/orders")
        self.assertIn("site/orders", self.weft("stat", "--queues", node=self.b1))
        self.assertIn("central/orders", self.weft("stat", "--queues", node=self.b1))
        why = self.weft("why", "site/orders")
        self.assertIn("Forward: to central/orders; idle; 300 were accepted there", why)
        self.assertIn("Queue site/orders takes messages and forwards them to central/orders",
                      self.weft("why", "site/orders", node=self.b1))
        metrics = self.page(self.b1, "/metrics")[1]
        self.assertIn('weft_broker_forward_queues{state="idle"} 1', metrics)
        self.assertIn("weft_broker_forwarded_total 300", metrics)
        self.assertIn('event="forwarded"} 300', metrics)

    def test_messages_say_where_they_come_from_and_what_is_left_of_their_life(self):
        self.site(centre=False)
        sender = self.sender(self.connect(self.node), "site/orders")
        self.put(sender, Message(body="x", ttl=3600, id="m1", properties={"a": 1}))
        self.wait_for_state("waiting-for-credit")
        receiver = self.receiver(self.connect(self.centre), "central/orders", credit=0)
        # The centre keeps its queue at a broker that is not there: another address, at run time.
        self.change_rule({"to": "direct"})
        direct = self.receiver(self.connect(self.centre), "direct", credit=10, accepts=True)
        self.wait_until(lambda: direct.count == 1, "the message")
        message = direct.received[0].message
        self.assertEqual(message.annotations["x-opt-weft-forwarded"], ["b1/site/orders"])
        self.assertEqual((message.id, message.properties), ("m1", {"a": 1}))
        self.assertTrue(0 < message.ttl <= 3600, message.ttl)
        self.assertEqual(receiver.count, 0)
        self.wait_for_state("idle")

    def change_rule(self, rule):
        """Of the site's router, at run time."""
        agent = management.Node(self.node.url, harness.TIMEOUT)
        try:
            identity = next(row["identity"] for row in agent.query("router.config.address")
                            if row["address"] == "site/orders")
            agent.call("UPDATE", type="router.config.address", identity=identity,
                       body={"forward": rule})
        finally:
            agent.close()

    # --- the centre goes, and comes back ---------------------------------------------------------

    def test_the_uplink_is_killed_under_load_and_comes_back(self):
        self.site()
        sender = self.sender(self.connect(self.node), "site/orders")
        sent = []
        for _ in range(ROUNDS):
            self.load(sender, sent, A_ROUND)
            self.kill(self.centre)
            self.load(sender, sent, A_ROUND)  # the site goes on by itself
            self.assertGreater(self.row()["messages"], 0)
            self.restart_centre()
            self.wait_for_routers(self.node, {"site", "centre"})
        self.wait_until(lambda: all(one.settled for one in sent), "all outcomes")
        self.assertEqual(len(self.accepted(sent)), len(sent))
        self.wait_until(lambda: self.row()["messages"] == 0, "all to have left")
        bodies = self.at_centre(len(sent))
        self.assertEqual(self.firsts(bodies), list(range(len(sent))))
        # What came twice was under way when the centre died.
        self.assertLessEqual(len(bodies) - len(sent), ROUNDS * 100)

    def test_the_broker_is_killed_under_load(self):
        self.site()
        sender = self.sender(self.connect(self.node), "site/orders")
        sent = []
        for _ in range(ROUNDS):
            self.load(sender, sent, A_ROUND)
            self.b1.process.send_signal(signal.SIGKILL)
            self.b1.process.wait()
            self.b1.start()
            self.wait_until(lambda: sender.credit > 0, "credit again")
            self.wait_until(lambda: all(one.settled for one in sent), "all outcomes")
        accepted = self.accepted(sent)
        self.wait_until(lambda: self.row()["messages"] == 0, "all to have left")
        bodies = self.at_centre(len(accepted))
        self.assertEqual(set(accepted) - set(bodies), set())
        firsts = [body for body in self.firsts(bodies) if body in set(accepted)]
        self.assertEqual(firsts, accepted)
        self.assertLessEqual(len(bodies) - len(set(bodies)), ROUNDS * 100)

    def test_with_a_window_of_one_the_order_holds_whatever_comes_back(self):
        self.site(entry({"window": 1}), centre=False)
        self.change_rule({"to": "direct", "window": 1, "delaySeconds": 0.01})
        sender = self.sender(self.connect(self.node), "site/orders")
        self.put(sender, *(Message(body=i) for i in range(20)))
        receiver = self.receiver(self.connect(self.centre), "direct", credit=100)
        came, accepted = 0, []
        while len(accepted) < 20:
            self.wait_until(lambda: receiver.received, "a message")
            self.assertEqual(len(receiver.received), 1)
            one = receiver.received.pop()
            came += 1
            if came % 3 == 0:
                one.settle(Delivery.RELEASED)
            else:
                accepted.append(one.message.body)
                one.settle(Delivery.ACCEPTED)
        self.assertEqual(accepted, list(range(20)))
        self.assertGreater(self.row()["forwardReturned"], 0)

    # --- what is not taken -----------------------------------------------------------------------

    def test_what_is_rejected_is_a_dead_letter_with_the_reason_and_what_is_released_waits(self):
        self.site(entry({"to": "direct"}), centre=False)
        sender = self.sender(self.connect(self.node), "site/orders")
        receiver = self.receiver(self.connect(self.centre), "direct", credit=100)
        self.put(sender, Message(body="bad"), Message(body="good"))
        self.wait_until(lambda: receiver.count == 2, "both")
        bad, good = receiver.received
        bad.delivery.local.condition = Condition("app:wrong", "the price is missing")
        bad.settle(Delivery.REJECTED)
        good.settle(Delivery.RELEASED)
        self.wait_until(lambda: self.row()["forwardRejected"] == 1, "the rejection")
        self.wait_until(lambda: receiver.count >= 3, "it again")
        self.assertEqual(receiver.received[-1].message.body, "good")
        receiver.received[-1].settle(Delivery.ACCEPTED)
        row = self.wait_for_state("idle")
        self.assertEqual((row["messages"], row["deadRejected"]), (0, 1))
        self.assertGreaterEqual(row["forwardReturned"], 1)
        shown = self.weft("queue", "peek", "$dlq", "--json", node=self.b1)
        self.assertIn("rejected: the price is missing", shown)

    def test_a_circle_ends_with_a_reason(self):
        self.site(centre=False)
        node = management.Node(self.b1.url, harness.TIMEOUT)
        self.addCleanup(node.close)
        for name, to in (("a", "b"), ("b", "a")):
            node.call("CREATE", type=management.PREFIX + "queue", name=name, body={"forward": {"to": to}})
        self.weft("manage", "create", "--type=autoLink", "addr=a", "direction=out",
                  "containerId=b1", "name=a-out")
        self.weft("manage", "create", "--type=autoLink", "addr=b", "direction=out",
                  "containerId=b1", "name=b-out")
        sender = self.sender(self.connect(self.b1), "a")
        self.put(sender, Message(body="round"))
        self.wait_until(lambda: self.queue_depth("$dlq") == 1, "the dead letter")
        shown = self.weft("queue", "peek", "$dlq", "--json", node=self.b1)
        self.assertIn("it goes in a circle: b1/a -> b1/b -> b1/a", shown)
        with self.assertRaisesRegex(management.Refused, "forwarded to itself"):
            node.call("CREATE", type=management.PREFIX + "queue", name="c", body={"forward": {"to": "c"}})

    def queue_depth(self, name):
        agent = management.Node(self.b1.url, harness.TIMEOUT)
        try:
            return sum(row["messages"] for row in agent.query("queue") if row["name"] == name)
        finally:
            agent.close()


if __name__ == "__main__":
    harness.main()
