"""weft-broker's management: raw requests and the command line, at the broker and through routers."""
import json
import subprocess

from proton import Delivery, Message, symbol

import harness
import management
from broker_daemon import BrokerTest


def entry(**settings):
    """What a router tells of an address, as a link property."""
    def wish(link):
        link.properties = {symbol("weft.address"): {"type": "queue", **settings}}
    return wish


def decoded(shown):
    message = Message()
    message.decode(bytes(shown["message"]))
    return message


class Managed(BrokerTest):
    def agent(self, node):
        agent = management.Node(node.url, harness.TIMEOUT)
        self.addCleanup(agent.close)
        return agent

    def weft(self, node, *words, status=0, typed=None):
        """Standard output of the command line, or its standard error if it fails as it should."""
        done = subprocess.run([harness.binary("weft"), *words, "-b", node.url], input=typed,
                              stdin=subprocess.DEVNULL if typed is None else None,
                              capture_output=True, text=True, timeout=harness.TIMEOUT)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr if status else done.stdout

    def rows(self, node, *words):
        return json.loads(self.weft(node, "stat", *words, "--json"))

    def refusal(self, agent, *words, **properties):
        with self.assertRaises(management.Refused) as refused:
            agent.call(*words, **properties)
        return refused.exception


class Requests(Managed):
    """Raw requests, as any client sends them."""

    def filled(self, count, queue="orders"):
        node = self.broker({"autoCreate": True})
        self.put(self.sender(self.connect(node), queue), *(Message(body=i) for i in range(count)))
        return node

    def test_peek_takes_nothing_and_pages(self):
        node = self.filled(5)
        agent = self.agent(node)
        page = agent.call("PEEK", "queue", "orders", count=3)
        self.assertEqual([decoded(m).body for m in page["messages"]], [0, 1, 2])
        self.assertGreater(page["messages"][0]["arrived"], 1_700_000_000_000)
        page = agent.call("PEEK", "queue", "orders", count=3, **{"from": page["next"]})
        self.assertEqual([decoded(m).body for m in page["messages"]], [3, 4])
        self.assertIsNone(page["next"])
        self.restart(node)
        agent = self.agent(node)
        page = agent.call("PEEK", "queue", "orders", count=1)  # before this broker was started
        self.assertIsNone(page["messages"][0]["arrived"])
        row = self.queue(node, "orders")
        self.assertEqual((row["messages"], row["unsettled"], row["messagesOut"]), (5, 0, 0))

    def test_purge_is_in_pieces_and_audited_and_durable(self):
        node = self.filled(5)
        agent = self.agent(node)
        answer = agent.call("PURGE", "queue", "orders", count=3)
        self.assertEqual((answer["messages"], answer["more"]), (3, True))
        answer = agent.call("PURGE", "queue", "orders")
        self.assertEqual((answer["messages"], answer["more"]), (2, False))
        self.assertEqual(self.queue(node, "orders")["purged"], 5)
        self.assertIn("PURGE of queue 'orders' by [C", node.log())
        self.assertIn(": 3 messages, ", node.log())
        agent.close()
        self.net.close()
        self.kill(node)
        node.start()
        self.assertEqual(self.queue(node, "orders")["messages"], 0)

    def test_what_a_consumer_has_is_not_purged(self):
        node = self.filled(3)
        receiver = self.receiver(self.connect(node), "orders", credit=1)
        has, = self.take(receiver, 1)
        answer = self.agent(node).call("PURGE", "queue", "orders")
        self.assertEqual((answer["messages"], answer["more"]), (2, False))
        has.accept()
        self.wait_until(lambda: self.queue(node, "orders")["messages"] == 0, "an empty queue")

    def test_move_brings_dead_letters_back(self):
        node = self.filled(3)
        receiver = self.receiver(self.connect(node), "orders", credit=3)
        for received in self.take(receiver, 3):
            received.settle(Delivery.REJECTED)
        self.wait_until(lambda: self.queue(node, "orders")["messages"] == 0, "their death")
        self.wait_until(lambda: self.queue(node, "$dlq")["messages"] == 3, "the dead ones")
        agent = self.agent(node)
        answer = agent.call("MOVE", "queue", "$dlq", to="orders", ids="2,7")
        self.assertEqual((answer["messages"], answer["missing"]), (1, "7"))
        receiver.grant(5)
        self.assertEqual(self.take(receiver, 1)[0].body, 1)
        self.assertEqual(self.queue(node, "$dlq")["messages"], 2)
        answer = agent.call("MOVE", "queue", "$dlq", to="orders")
        self.assertEqual((answer["messages"], answer["more"]), (2, False))
        self.assertEqual(self.refusal(agent, "MOVE", "queue", "$dlq", to="nothing").status, 404)
        self.assertEqual(self.refusal(agent, "MOVE", "queue", "$dlq").status, 400)

    def test_replay_brings_dead_letters_back_to_where_they_died(self):
        node = self.filled(2)
        connection = self.connect(node)
        self.put(self.sender(connection, "jobs"), Message(body="job"))
        for queue, count in (("orders", 2), ("jobs", 1)):
            receiver = self.receiver(connection, queue, credit=count)
            for received in self.take(receiver, count):
                received.settle(Delivery.REJECTED)
            self.wait_until(lambda: self.queue(node, queue)["messages"] == 0, "their death")
            receiver.close()
        self.put(self.sender(connection, "late"), Message(body="late", ttl=0.01))
        self.wait_until(lambda: self.queue(node, "$dlq")["messages"] == 4, "all deaths")
        agent = self.agent(node)
        shown = agent.call("PEEK", "queue", "$dlq")["messages"]
        self.assertEqual([(m["origin"], m["reason"]) for m in shown],
                         [("orders", "rejected")] * 2 + [("jobs", "rejected"), ("late", "expired")])
        agent.call("DELETE", "queue", "late", force=True)
        agent.close()
        # The store commits in order, so the deletion is durable with what comes after it.
        self.put(self.sender(connection, "after"), Message(body="x"))
        self.net.close()
        self.kill(node)
        node.start()
        agent = self.agent(node)
        answer = agent.call("REPLAY", "queue", "$dlq")
        self.assertEqual((answer["messages"], answer["leftUnknown"], answer["leftGone"],
                          answer["leftFull"], answer["goneQueue"]), (3, 0, 1, 0, "late"))
        self.assertIn("REPLAY of queue '$dlq' by [C", node.log())
        self.assertIn("these stay: 1 came from 'late': there is no such queue", node.log())
        for queue, messages in (("orders", 2), ("jobs", 1), ("$dlq", 1)):
            self.assertEqual(self.queue(node, queue)["messages"], messages)
        self.assertEqual(self.refusal(agent, "REPLAY", "queue", "nothing").status, 404)

    def test_a_queue_that_clients_named_is_deleted_when_nobody_uses_it(self):
        node = self.broker({"deleteIdleSeconds": 1})
        connection = self.connect(node)
        self.sender(connection, "work/7", wish=entry(prefix="work")).close()
        self.wait_until(lambda: "weft_broker_idle_queues_deleted_total 1" in
                        self.page(node, "/metrics")[1], "its end")

    def test_create_update_and_delete(self):
        node = self.broker()
        agent = self.agent(node)
        agent.call("CREATE", "queue", "jobs", body={"maxMessages": 2, "overflow": "reject"})
        sender = self.sender(self.connect(node), "jobs")
        self.put(sender, Message(body=1), Message(body=2))
        full = sender.send(Message(body=3))
        self.wait_until(lambda: full.settled, "its outcome")
        self.assertEqual(full.state, Delivery.REJECTED)
        agent.call("UPDATE", "queue", "jobs", body={"maxMessages": 3})
        self.put(sender, Message(body=3))
        refused = self.refusal(agent, "DELETE", "queue", "jobs")
        self.assertEqual(refused.status, 403)
        self.assertIn("3 messages, 0 consumers and 1 producers: 'force'", refused.description)
        agent.call("DELETE", "queue", "jobs", force=True)
        self.wait_until(lambda: sender.detached, "the detach")
        self.assertEqual(self.refused(sender), "amqp:resource-deleted")
        self.wait_until(  # amqp:resource-locked, until the store has deleted all of it
            lambda: self.refused(self.connect(node).sender("jobs")) == "amqp:not-found", "its end")
        self.assertEqual([row["name"] for row in agent.query("queue")], [])

    def test_what_routers_tell_is_theirs(self):
        node = self.broker()
        self.sender(self.connect(node), "orders", wish=entry(maxMessages=5))
        agent = self.agent(node)
        self.assertEqual(self.queue(node, "orders")["authority"], "routers")
        refused = self.refusal(agent, "UPDATE", "queue", "orders", body={"maxMessages": 9})
        self.assertEqual(refused.status, 403)
        self.assertIn("weft address update", refused.description)

    def test_queries_are_paged(self):
        node = self.broker()
        agent = self.agent(node)
        names = [f"q{i}" for i in range(7)]
        for name in names:
            agent.call("CREATE", "queue", name)
        self.assertEqual([row["name"] for row in agent.query("queue", page=3)], names)

    def test_broker_store_topic_and_subscription(self):
        node = self.broker()

        def topic(link):
            link.properties = {symbol("weft.address"): {"type": "topic"}}
        receiver = self.receiver(self.connect(node), "prices/eu", credit=0, wish=topic)
        self.put(self.sender(self.connect(node), "prices/eu", wish=topic), Message(body=1))
        agent = self.agent(node)
        broker, = agent.query("broker")
        self.assertEqual((broker["id"], broker["messages"], broker["subscriptions"]), ("b1", 1, 1))
        store, = agent.query("store")
        self.assertEqual((store["state"], store["messages"]), ("open", 1))
        self.assertGreater(store["fileBytes"], 0)
        self.assertGreater(store["freeBytes"], 0)
        known, = agent.query("topic")
        self.assertEqual((known["name"], known["subscriptions"], known["messages"]),
                         ("prices/eu", 1, 1))
        row, = agent.query("subscription")
        self.assertEqual((row["filter"], row["links"], row["messages"]), ("prices/eu", 1, 1))
        self.assertEqual(
            self.refusal(agent, "DELETE", "subscription", identity=row["identity"]).status, 403)
        agent.call("DELETE", "subscription", identity=row["identity"], force=True)
        self.assertEqual(self.refused(receiver), "amqp:resource-deleted")
        self.assertEqual(agent.query("subscription"), [])

    def test_readiness(self):
        status, text = self.page(self.broker(), "/readyz")
        self.assertEqual((status, json.loads(text)), (200, {"ready": True}))

    def test_metrics(self):
        node = self.filled(3)
        self.agent(node).call("PURGE", "queue", "orders", count=1)
        text = self.page(node, "/metrics")[1]
        for line in ('weft_queue_messages{queue="orders"} 2',
                     'weft_queue_producers{queue="orders"} 1',
                     'weft_queue_blocked_producers{queue="orders"} 0',
                     'weft_queue_events_total{queue="orders",event="purged"} 1',
                     'weft_queue_events_total{queue="orders",event="out"} 0',
                     "weft_store_failed 0"):
            self.assertIn(line + "\n", text)
        self.assertRegex(text, r"(?m)^weft_store_disk_free_bytes [1-9]")


class Commands(Managed):
    """The command line, at the broker itself."""

    def setUp(self):
        super().setUp()
        self.node = self.broker({"autoCreate": True})
        self.put(self.sender(self.connect(self.node), "orders"),
                 *(Message(body=f"order {i}", subject=f"s{i}") for i in range(5)))

    def test_stat_shows_queues(self):
        text = self.weft(self.node, "stat", "--queues")
        self.assertIn("\nb1\n", text)
        self.assertRegex(text, r"(?m)^  queue +msgs +bytes +unsett +cons ")
        self.assertRegex(text, r"(?m)^  orders +5 ")
        row, = self.rows(self.node, "--queues")
        self.assertEqual((row["name"], row["messages"]), ("orders", 5))
        self.weft(self.node, "queue", "create", "jobs")
        self.assertEqual(len(self.rows(self.node, "--queues", "--limit", "1")), 1)
        self.assertIn('"orders","5"', self.weft(self.node, "stat", "--queues", "--csv"))
        self.assertIn("No Subscriptions found", self.weft(self.node, "stat", "--subscriptions"))
        self.assertIn("No Topics found", self.weft(self.node, "stat", "--topics"))

    def test_peek(self):
        text = self.weft(self.node, "queue", "peek", "orders", "--count", "2")
        self.assertRegex(text, r"(?m)^  1 +\d+ +0 +s0 +order 0$")
        self.assertNotIn("order 2", text)
        shown = json.loads(self.weft(self.node, "queue", "peek", "orders", "--from", "4", "--json"))
        self.assertEqual([(m["id"], m["message"]["body"]) for m in shown],
                         [(4, "order 3"), (5, "order 4")])
        self.assertEqual(self.queue(self.node, "orders")["messages"], 5)

    def test_purge_wants_a_yes(self):
        text = self.weft(self.node, "queue", "purge", "orders", status=1)
        self.assertIn("purge queue 'orders', which has 5 messages: give --yes", text)
        self.assertIn("Removed 2 messages",
                      self.weft(self.node, "queue", "purge", "orders", "--count", "2", "--yes"))
        self.assertIn("Removed 3 messages",
                      self.weft(self.node, "queue", "purge", "orders", "--yes"))
        self.assertEqual(self.queue(self.node, "orders")["messages"], 0)

    def test_move_create_update_delete(self):
        self.assertIn("Made queue 'small'",
                      self.weft(self.node, "queue", "create", "small", "maxMessages=2"))
        text = self.weft(self.node, "queue", "move", "orders", "small", status=1)
        self.assertIn("it stopped: 'small' is full", text)
        self.weft(self.node, "queue", "update", "small", "maxMessages=0")
        text = self.weft(self.node, "queue", "move", "orders", "small", "--ids", "4,99", status=1)
        self.assertIn("consumers have them: 99", text)
        self.assertIn("Moved 2 messages", self.weft(self.node, "queue", "move", "orders", "small"))
        self.assertEqual(self.queue(self.node, "small")["messages"], 5)
        text = self.weft(self.node, "queue", "delete", "small", "--yes", status=1)
        self.assertIn("'force' (true) deletes it", text)
        self.weft(self.node, "queue", "delete", "small", "--yes", "--force")
        self.assertEqual([row["name"] for row in self.rows(self.node, "--queues")], ["orders"])

    def test_replay(self):
        receiver = self.receiver(self.connect(self.node), "orders", credit=5)
        for received in self.take(receiver, 5):
            received.settle(Delivery.REJECTED)
        self.wait_until(lambda: [row["messages"] for row in self.rows(self.node, "--queues")
                                 if row["name"] == "$dlq"] == [5], "their death")
        receiver.close()
        self.assertIn("orders (rejected)", self.weft(self.node, "queue", "peek", "$dlq"))
        self.assertIn("Replayed 2 messages",
                      self.weft(self.node, "queue", "replay", "$dlq", "--count", "2"))
        self.weft(self.node, "queue", "update", "orders", "maxMessages=3")
        text = self.weft(self.node, "queue", "replay", "$dlq", status=1)
        self.assertIn("these stay where they are: 2 messages of 'orders' or others, which is full",
                      text)
        self.weft(self.node, "queue", "update", "orders", "maxMessages=0")
        answer = json.loads(self.weft(self.node, "queue", "replay", "$dlq", "--json"))
        self.assertEqual((answer["messages"], answer["leftFull"]), (2, 0))
        self.assertEqual(self.queue(self.node, "orders")["messages"], 5)
        text = self.weft(self.node, "queue", "replay", "orders", status=1)
        self.assertIn("5 messages that did not die in another queue", text)

    def test_many_messages_go_in_pieces(self):
        self.put(self.sender(self.connect(self.node), "many"),
                 *(Message(body=i) for i in range(250)))
        self.net.close()
        text = self.weft(self.node, "queue", "peek", "many", "--count", "220", "--json")
        self.assertEqual([m["id"] for m in json.loads(text)], list(range(1, 221)))

    def test_why_says_what_a_queue_holds_and_who_waits(self):
        text = self.weft(self.node, "why", "orders")
        self.assertIn("Queue orders: 5 messages, ", text)
        self.assertIn("Oldest: message 1, about 000:00:00:", text)
        self.assertIn("keeps them: nobody receives from it", text)
        self.weft(self.node, "queue", "update", "orders", "maxMessages=5")
        done = subprocess.run([harness.binary("weft"), "why", "orders", "--json", "-b",
                               self.node.url], capture_output=True, text=True,
                              timeout=harness.TIMEOUT)
        answer = json.loads(done.stdout)
        self.assertEqual((done.returncode, answer["flows"]), (2, False))
        self.assertIn("is full: producers get no credit", answer["verdict"])

    def test_what_can_not_be_is_said(self):
        self.assertIn("there is no queue 'nothing'",
                      self.weft(self.node, "queue", "peek", "nothing", status=1))


class Mesh(Managed):
    """Through routers: the broker is at b, the client at a."""

    def setUp(self):
        super().setUp()
        addresses = [{"address": "orders", "type": "queue", "brokers": ["b1"]}]
        self.b = self.router(addresses=addresses, listeners=[
            {"name": "mesh", "port": 0, "role": "inter-router"},
            {"name": "brokers", "port": 0, "role": "route-container"}],
            router={"id": "b", "mode": "interior"})
        self.a = self.router(addresses=addresses, router={"id": "a", "mode": "interior"},
                             connectors=[{"name": "b", "port": self.b.ports["mesh"],
                                          "role": "inter-router"}])
        self.store = self.broker(connectors=[{"name": "b", "port": self.b.ports["brokers"]}])
        self.put(self.sender(self.connect(self.a), "orders"),
                 *(Message(body=f"order {i}") for i in range(3)))

    def test_stat_and_queue_find_the_broker(self):
        row, = self.rows(self.a, "--queues")
        self.assertEqual((row["broker"], row["name"], row["messages"]), ("b1", "orders", 3))
        self.assertIn("b1 (at b)", self.weft(self.a, "stat", "--queues"))
        row, = self.rows(self.a, "--queues", "-r", "b")
        self.assertEqual(row["name"], "orders")
        row, = self.rows(self.a, "--queues", "--broker", "b1")
        self.assertEqual(row["name"], "orders")
        self.assertIn("order 0", self.weft(self.a, "queue", "peek", "orders"))
        self.assertIn("Queue orders at broker b1: 3 messages, ",
                      self.weft(self.a, "why", "orders"))
        self.assertIn("Removed 3 messages",
                      self.weft(self.a, "queue", "purge", "orders", "--yes", "--broker", "b1"))
        self.assertEqual(self.queue(self.store, "orders")["messages"], 0)

    def test_a_broker_that_is_away_is_named(self):
        self.kill(self.store)

        def away():
            done = subprocess.run([harness.binary("weft"), "stat", "--queues", "-b", self.a.url],
                                  capture_output=True, text=True, timeout=harness.TIMEOUT)
            return done.returncode == 0 and "no answer of broker b1" in done.stderr
        self.wait_until(away, "its name")
        self.store.start()


if __name__ == "__main__":
    harness.main()
