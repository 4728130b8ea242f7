"""Addresses that brokers keep: one entry of the address list makes all that is needed."""
import json
import subprocess

from proton import Delivery, Described, Message, symbol, ulong

import harness
import management
from broker import Broker
from clients import selects
from mesh import MeshTest

BROKERS = [{"name": "brokers", "port": 0, "role": "route-container"}]
QUEUE = [{"address": "orders", "type": "queue", "brokers": ["b1"],
          "ttlSeconds": {"default": 3600}, "maxBytes": "1MiB", "deadLetter": "orders.dlq"}]
TOPIC = [{"address": "prices", "type": "topic", "brokers": ["b1"]}]
PATTERN = [{"address": "prices/#", "type": "topic", "brokers": ["b1"]}]
LINKS = ["address/orders/b1/in", "address/orders/b1/out"]
ROUTES = ["address/$broker/b1/in", "address/$broker/b1/out", "address/$coordinator/b1/in"]


def browses(link):
    link.source.distribution_mode = link.source.DIST_MODE_COPY


def lasts(link):
    link.source.durability = link.source.DELIVERIES
    link.source.expiry_policy = link.source.EXPIRE_NEVER


WISHES = {"browses": browses, "has a filter": selects, "is to outlast its connection": lasts}


class QueueAddresses(MeshTest):
    def setUp(self):
        super().setUp()
        self.agents = {}

    def agent(self, node):
        if node not in self.agents:
            self.agents[node] = management.Node(node.url, harness.TIMEOUT)
            self.addCleanup(self.agents[node].close)
        return self.agents[node]

    def names(self, node, kind):
        """Of the active ones."""
        return sorted(row["name"] for row in self.agent(node).query(f"router.config.{kind}")
                      if row["operStatus"] == "active")

    def wait_for_links(self, node, links=tuple(LINKS), routes=tuple(ROUTES)):
        self.wait_until(lambda: self.names(node, "autoLink") == sorted(links) and
                        self.names(node, "linkRoute") == sorted(routes),
                        f"{links} and {routes} to stand")

    def nothing_is_made(self, node):
        agent = self.agent(node)
        return not agent.query("router.config.autoLink") + agent.query("router.config.linkRoute")

    def broker_on(self, node, container="b1", dial=True):
        broker = Broker(self.net, container)
        if dial:
            broker.dial(node.ports["brokers"])
        return broker

    def clients_of(self, node):
        """One on each loop, at least."""
        return [self.connect(node, container=f"client-{i}")
                for i in range(harness.WORKERS.get("workerThreads", 1))]

    def keep(self, broker, queue, *bodies):
        broker.queues[queue].extend(Message(body=body).encode() for body in bodies)

    def refusal(self, link):
        self.wait_until(lambda: link.detached, "the refusal")
        return link.condition.name, link.condition.description

    def command(self, node, *words, status=0):
        done = subprocess.run([harness.binary("weft"), *words, "-b", f"127.0.0.1:{node.port}"],
                              capture_output=True, text=True, timeout=harness.TIMEOUT)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def passes(self, entry, exit, broker, queue="orders"):
        """Messages sent at one router are kept by the broker, and come out at the other."""
        sender = self.sender(self.connect(entry), queue)
        sent = [sender.send(Message(body=i)) for i in range(3)]
        self.wait_until(lambda: all(s.settled for s in sent), "the broker's outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
        self.assertEqual(broker.depth(queue), 3)
        receiver = self.receiver(self.connect(exit), queue, credit=10, accepts=True)
        self.wait_until(lambda: receiver.count == 3, "what is kept")
        self.assertEqual(receiver.bodies, [0, 1, 2])
        self.assertEqual(receiver.remote_address, queue)
        receiver.close()
        sender.close()

    # --- one router -------------------------------------------------------------------------------

    def test_an_entry_makes_all_where_its_broker_is_and_takes_it_back(self):
        node = self.router(addresses=QUEUE, listeners=list(BROKERS))
        self.assertTrue(self.nothing_is_made(node))
        other = self.broker_on(node, "other")
        self.wait_until(lambda: other.peers[0].opened, "another container")
        self.assertTrue(self.nothing_is_made(node))
        for _ in range(2):
            broker = self.broker_on(node)
            self.wait_for_links(node)
            self.passes(node, node, broker)
            broker.peers[0].drop()
            self.wait_until(lambda: self.nothing_is_made(node), "all of it to be gone")

    def test_a_broker_is_named_by_its_connector_too(self):
        broker = Broker(self.net, "of-another-name")
        node = self.router(
            addresses=QUEUE, connectors=[{"name": "b1", "port": broker.listen(),
                                          "role": "route-container"}])
        self.wait_for_links(node)
        rows = self.agent(node).query("router.config.autoLink")
        self.assertEqual({row["connection"] for row in rows}, {"b1"})
        self.passes(node, node, broker)

    def test_the_broker_is_told_the_entry(self):
        node = self.router(addresses=QUEUE, listeners=list(BROKERS))
        broker = self.broker_on(node)
        self.wait_for_links(node)
        entry = {"address": "orders", "type": "queue", "distribution": "balanced",
                 "brokers": ["b1"], "ttlSeconds": {"default": 3600}, "deadLetter": "orders.dlq",
                 "maxBytes": 1024 * 1024}
        self.assertEqual([link.told for link in broker.serving("orders")], [entry, entry])

        def lies(link):
            browses(link)
            link.properties = {symbol("weft.address"): {"address": "else"}, symbol("own"): 5}
        for client in self.clients_of(node):
            browser = client.receiver("orders", wish=lies)
            self.wait_until(lambda: browser.attached, "the browser")
            served = broker.links[-1]
            self.assertEqual((served.queue, served.told), ("orders", entry))
            self.assertEqual(dict(served.link.remote_properties)["own"], 5)

    def test_who_wants_what_only_the_broker_can_do_is_passed_on_to_it(self):
        node = self.router(addresses=QUEUE, listeners=list(BROKERS))
        broker = self.broker_on(node)
        self.wait_for_links(node)
        self.keep(broker, "orders", "a", "b")
        for i, client in enumerate(self.clients_of(node)):
            for wish in WISHES.values():
                link = client.receiver("orders", name=f"wish-{client.next_number()}", wish=wish)
                self.wait_until(lambda: link.attached, "a link to the broker")
                self.assertEqual(link.remote_address, "orders")
                served = broker.links[-1]
                self.assertEqual((served.queue, served.link.name),
                                 ("orders", f"{link.link.name}@client-{i}"))
                link.close()
            browser = client.receiver("orders", credit=10, wish=browses)
            self.wait_until(lambda: browser.count == 2, "copies")
            self.assertEqual((browser.bodies, broker.depth("orders")), (["a", "b"], 2))
            direct = client.receiver("$broker/b1/orders", credit=10, wish=browses)
            self.wait_until(lambda: direct.count == 2, "copies by the broker's own name")
            self.assertEqual(direct.remote_address, "$broker/b1/orders")
        plain = self.receiver(self.connect(node), "orders", credit=10, accepts=True)
        self.wait_until(lambda: plain.count == 2, "the messages themselves")
        self.wait_until(lambda: broker.depth("orders") == 0, "them to be gone")

    def test_a_topic_is_sent_to_by_message_and_received_from_by_link(self):
        node = self.router(addresses=TOPIC, listeners=list(BROKERS))
        broker = self.broker_on(node)
        self.wait_for_links(node, ["address/prices/b1/out"])
        for client in self.clients_of(node):
            sent = self.sender(client, "prices").send(Message(body="1.5"))
            anonymous = self.sender(client, None).send(Message(address="prices", body="1.6"))
            self.wait_until(lambda: sent.settled and anonymous.settled, "the broker's outcomes")
            self.assertEqual(broker.depth("prices"), 2)
            receiver = client.receiver("prices", credit=2, accepts=True)
            self.wait_until(lambda: receiver.count == 2, "the messages")
            self.assertEqual(receiver.remote_address, "prices")
            self.assertEqual(broker.links[-1].told["type"], "topic")
            receiver.close()

    def test_what_nobody_can_serve_is_refused_with_the_reason(self):
        node = self.router(listeners=list(BROKERS), addresses=QUEUE + TOPIC + [
            {"address": "parts", "type": "queue", "brokers": ["b1", "b2"]},
            {"address": "claimed", "type": "queue"}])
        for client in self.clients_of(node):
            gone = ("qd:no-route-to-dest", "No route to the destination node: the broker of "
                    "'orders' is connected to no router")
            for wish in WISHES.values():
                self.assertEqual(self.refusal(client.receiver("orders", wish=wish)), gone)
            self.assertEqual(self.refusal(client.receiver("prices"))[0], "qd:no-route-to-dest")
            self.assertEqual(self.refusal(client.receiver("$broker/b1/orders"))[0],
                             "qd:no-route-to-dest")
            self.assertEqual(self.refusal(client.sender("$broker/b1/orders"))[0],
                             "qd:no-route-to-dest")
        broker = self.broker_on(node)
        self.wait_until(lambda: len(self.names(node, "autoLink")) == 5, "all links")
        broker.refuses.add("orders")
        for client in self.clients_of(node):
            for words, wish in WISHES.items():
                self.assertEqual(self.refusal(client.receiver("parts", wish=wish)), (
                    "amqp:precondition-failed",
                    f"A receiver that {words} needs a broker, and several keep a part of 'parts' "
                    "each (b1, b2): attach to the part of one, as in '$broker/b1/parts'"))
                self.assertEqual(self.refusal(client.receiver("claimed", wish=wish)), (
                    "amqp:not-implemented",
                    f"A receiver that {words} needs a broker, and the entry of 'claimed' names "
                    "none; name it there (\"brokers\")"))
            self.assertEqual(self.refusal(client.receiver("$broker/b1/others")), (
                "amqp:not-found", "No entry of the router's addresses says that the broker b1 "
                "keeps 'others'"))
            part = client.receiver("$broker/b1/parts", wish=browses)
            self.wait_until(lambda: part.attached, "the part of one")
            self.assertEqual(self.refusal(client.receiver("orders", wish=browses)),
                             ("amqp:not-found", "no queue orders"))

    def test_a_broker_that_refuses_is_shown(self):
        node = self.router(addresses=QUEUE, listeners=list(BROKERS))
        broker = self.broker_on(node, dial=False)
        broker.refuses.add("orders")
        broker.dial(node.ports["brokers"])
        agent = self.agent(node)
        self.wait_until(lambda: [row["operStatus"] for row in
                                 agent.query("router.config.autoLink")] == ["failed", "failed"],
                        "the refusals")
        self.assertEqual({row["lastError"] for row in agent.query("router.config.autoLink")},
                         {"no queue orders"})
        sender = self.sender(self.connect(node), "orders", credit=False)
        self.settle_down(sender.peer)
        self.assertEqual(sender.credit, 0)
        said = self.command(node, "why", "orders", status=2)
        self.assertIn("kept        as a queue by brokers:", said)
        self.assertRegex(said, r"b1: connected to r1; out (failed|attaching) \(no queue orders\); "
                               r"in (failed|attaching) \(no queue orders\)")

    def commits(self, client, address="$broker/b1/orders"):
        """A message goes to a broker in a transaction."""
        control = client.sender(None, coordinator=True)
        work = client.sender(address)
        self.wait_until(lambda: control.credit > 0 and work.credit > 0, "credit")
        declared = control.send(Message(body=Described(ulong(0x31), [None])))
        self.wait_until(lambda: declared.settled, "a transaction")
        transaction = declared.delivery.remote.data[0]
        sent = work.begin()
        sent.delivery.local.data = [transaction]
        sent.delivery.update(0x34)
        work.more(Message(body="x").encode())
        work.finish(sent)
        self.wait_until(lambda: sent.settled, "the message's state")
        done = control.send(Message(body=Described(ulong(0x32), [transaction, False])))
        self.wait_until(lambda: done.settled, "its end")

    def test_transactions_reach_the_only_broker_there_is(self):
        node = self.router(addresses=QUEUE, listeners=list(BROKERS))
        client = self.connect(node)
        self.assertEqual(self.refusal(client.sender(None, coordinator=True)), (
            "qd:no-route-to-dest", "No route to the destination node: the broker 'b1', which takes "
            "transactions, is connected to no router"))
        broker = self.broker_on(node)
        self.wait_for_links(node)
        for i, client in enumerate(self.clients_of(node)):
            self.commits(client)
            self.assertEqual(len(broker.committed), i + 1)

    def test_links_of_a_session_with_transactions_are_passed_on_with_its_coordinator(self):
        node = self.router(addresses=QUEUE, listeners=list(BROKERS))
        broker = self.broker_on(node)
        self.wait_for_links(node)
        for i, client in enumerate(self.clients_of(node)):
            self.commits(client, "orders")
            self.assertEqual(len(broker.committed), i + 1)
            control, work = broker.links[-2:]
            self.assertEqual((control.queue, work.queue), (None, "orders"))
            self.assertEqual(control.link.session, work.link.session)
            receiver = client.receiver("orders")
            self.wait_until(lambda: receiver.attached, "the link")
            self.assertEqual(receiver.remote_address, "orders")
            self.assertEqual(broker.links[-1].link.session, control.link.session)

    def test_of_several_connections_a_transaction_takes_one(self):
        nodes = self.three_routers(addresses=QUEUE)
        broker = self.broker_on(nodes["c"])
        broker.dial(nodes["c"].ports["brokers"])
        self.wait_for_links(nodes["c"])
        self.wait_until(lambda: all(peer.opened for peer in broker.peers), "both connections")
        self.wait_until(lambda: self.knows_broker(nodes["a"]), "word of the broker")
        for i, name in enumerate("acac"):
            client = self.connect(nodes[name])
            self.commits(client, "orders")
            browser = client.receiver("orders", wish=browses)
            self.wait_until(lambda: browser.attached, "a further link")
            self.assertEqual(len(broker.committed), i + 1)
            sessions = {link.link.session for link in broker.links[-3:]}
            self.assertEqual(len(sessions), 1, f"of the transaction by router {name}")

    def test_of_several_brokers_the_first_address_or_a_link_route_says_which_has_transactions(self):
        node = self.router(listeners=list(BROKERS), addresses=QUEUE + [
            {"address": "parts", "type": "queue", "brokers": ["b1", "b2"]}])
        brokers = [self.broker_on(node, name) for name in ("b1", "b2")]
        self.wait_until(lambda: len(self.names(node, "linkRoute")) == 4, "ways to the brokers")
        for i, client in enumerate(self.clients_of(node)):
            self.commits(client, f"$broker/b{i % 2 + 1}/parts")
        before = [len(broker.committed) for broker in brokers]
        self.assertEqual(sum(before), i + 1)
        agent = self.agent(node)
        agent.call("CREATE", "router.config.linkRoute", name="transactions", body={
            "prefix": "$coordinator", "direction": "in", "containerId": "b2"})
        self.wait_until(lambda: "transactions" in self.names(node, "linkRoute"), "it to stand")
        self.commits(self.connect(node), "$broker/b2/parts")
        self.assertEqual([len(broker.committed) for broker in brokers],
                         [before[0], before[1] + 1])

    def test_a_link_route_for_coordinators_goes_before_what_an_entry_makes(self):
        node = self.router(addresses=QUEUE, listeners=list(BROKERS))
        self.broker_on(node)
        self.wait_for_links(node)
        agent = self.agent(node)
        agent.call("CREATE", "router.config.linkRoute", name="transactions", body={
            "prefix": "$coordinator", "direction": "in", "containerId": "other"})
        self.wait_for_links(node, routes=ROUTES[:2])
        self.assertEqual(
            self.refusal(self.connect(node).sender(None, coordinator=True)),
            ("qd:no-route-to-dest", "No route to the destination node"))
        agent.call("DELETE", "router.config.linkRoute", name="transactions")
        self.wait_for_links(node)

    def test_what_an_entry_made_goes_with_the_entry_alone(self):
        node = self.router(addresses=QUEUE, listeners=list(BROKERS))
        self.broker_on(node)
        self.wait_for_links(node)
        agent = self.agent(node)
        for kind, name in (("autoLink", LINKS[0]), ("linkRoute", ROUTES[0])):
            with self.assertRaises(management.Refused) as refused:
                agent.call("DELETE", f"router.config.{kind}", name=name)
            self.assertEqual(refused.exception.status, 403)
            self.assertIn("delete or change the address", refused.exception.description)
        self.wait_for_links(node)
        agent.call("DELETE", "router.config.address",
                   identity=agent.query("router.config.address")[0]["identity"])
        self.wait_until(lambda: self.nothing_is_made(node), "all of it to be gone")

    def test_entries_come_change_and_go_beside_others(self):
        node = self.router(addresses=QUEUE, listeners=list(BROKERS))
        brokers = [self.broker_on(node, name) for name in ("b1", "b2")]
        self.wait_for_links(node)
        first = brokers[0].serving("orders")
        agent = self.agent(node)
        made = agent.call("CREATE", "router.config.address", name="jobs", body={
            "address": "jobs", "addressType": "queue", "brokers": ["b1"], "maxMessages": 10})
        self.assertEqual((made["addressType"], made["brokers"], made["maxMessages"]),
                         ("queue", ["b1"], 10))
        of_jobs = ["address/jobs/b1/in", "address/jobs/b1/out"]
        self.wait_for_links(node, LINKS + of_jobs)
        self.passes(node, node, brokers[0], "jobs")
        agent.call("UPDATE", "router.config.address", name="jobs", body={"brokers": ["b1", "b2"]})
        self.wait_until(lambda: len(brokers[1].serving("jobs")) == 2, "links to the second")
        self.assertEqual({link.told["maxMessages"] for link in brokers[1].serving("jobs")}, {10})
        agent.call("UPDATE", "router.config.address", name="jobs",
                   body={"brokers": ["b2"], "maxMessages": 20})
        self.wait_until(lambda: not brokers[0].serving("jobs") and
                        {link.told["maxMessages"] for link in brokers[1].serving("jobs")} == {20},
                        "the second broker alone, told anew")
        self.passes(node, node, brokers[1], "jobs")
        agent.call("DELETE", "router.config.address", name="jobs")
        self.wait_for_links(node)
        self.assertEqual(brokers[0].serving("orders"), first, "they were not touched")

    def test_bad_input_is_refused_at_run_time_too(self):
        node = self.router(
            addresses=QUEUE, listeners=list(BROKERS),
            autoLinks=[{"name": "mine", "address": "jobs", "direction": "in", "containerId": "b1"}],
            linkRoutes=[{"prefix": "store", "direction": "in", "containerId": "b1"}])
        agent = self.agent(node)

        def refused(kind, **body):
            with self.assertRaises(management.Refused) as raised:
                agent.call("CREATE", f"router.config.{kind}", body=body)
            self.assertEqual(raised.exception.status, 400)
            return raised.exception.description
        kept = {"addressType": "queue", "brokers": ["b1"]}
        self.assertIn("mine", refused("address", address="jobs", **kept))
        self.assertIn("Cstore", refused("address", address="store/x", **kept))
        self.assertIn("needs \"type\"", refused("address", address="x", brokers=["b1"]))
        self.assertIn("\"a/b\"", refused("address", address="x", addressType="queue",
                                         brokers=["a/b"]))
        self.assertIn("orders", refused("autoLink", address="orders", direction="in",
                                        containerId="b1"))
        self.assertIn("orders", refused("linkRoute", pattern="*", direction="in",
                                        containerId="b1"))
        self.assertIn("$broker", refused("linkRoute", prefix="$broker/b9", direction="in",
                                         containerId="b1"))

    def test_rhea_selects_from_a_queue(self):
        node = self.router(listeners=list(BROKERS), addresses=[
            {"address": "queues.q", "type": "queue", "brokers": ["broker"]}])
        seen = harness.run_rhea("routed", "tcp", node.port, node.ports["brokers"])
        told = seen["asked"]["properties"].pop("weft.address")
        self.assertEqual((told["address"], told["brokers"]), ("queues.q", ["broker"]))
        self.assertEqual(seen["asked"]["properties"], {"reason": "test", "count": 2})
        self.assertEqual(seen["asked"]["filter"], seen["answered"]["filter"])
        self.assertEqual(seen["message"], ["the-tag", 7])
        self.assertEqual(seen["detached"], ["app:gone", "moved", {"where": "there", "port": 5}])

    def test_all_links_to_the_addresses_of_a_pattern_are_passed_on(self):
        node = self.router(listeners=list(BROKERS), addresses=PATTERN + [{"address": "prices/own"}])
        for client in self.clients_of(node):
            for link in (client.sender("prices/eu"), client.receiver("prices/eu")):
                self.assertEqual(self.refusal(link), (
                    "qd:no-route-to-dest", "No route to the destination node: the broker of "
                    "'prices/eu' is connected to no router"))
        self.assertIn("Links to prices/eu are passed on to the broker b1 by the rule 'prices/#', "
                      "and refused", self.command(node, "why", "prices/eu", status=2))
        broker = self.broker_on(node)
        self.wait_for_links(node, links=[])
        for i, client in enumerate(self.clients_of(node)):
            sender = self.sender(client, "prices/eu")
            self.assertEqual(sender.remote_address, "prices/eu")
            self.assertEqual((broker.links[-1].queue, broker.links[-1].told["address"]),
                             ("prices/eu", "prices/#"))
            sent = sender.send(Message(body=i))
            self.wait_until(lambda: sent.settled, "the broker's outcome")
            self.assertEqual((sent.state, broker.depth("prices/eu")), (Delivery.ACCEPTED, 1))
            receiver = client.receiver("prices/eu", credit=1, accepts=True)
            self.wait_until(lambda: receiver.count == 1, "the message")
            self.assertEqual((receiver.bodies, receiver.remote_address), ([i], "prices/eu"))
            receiver.close()
            subscriber = client.receiver("prices/+/x/#")
            self.wait_until(lambda: subscriber.attached, "the subscriber")
            self.assertEqual(broker.links[-1].queue, "prices/+/x/#")
            lost = self.sender(client, None).send(Message(address="prices/eu", body="x"))
            self.wait_until(lambda: lost.settled, "its outcome")
            self.assertEqual(lost.state, Delivery.REJECTED)
            self.assertIn("send over a link that is attached to it", lost.condition.description)
            direct = client.receiver("prices/own", credit=1, accepts=True)
            sent = self.sender(client, "prices/own").send(Message(body="own"))
            self.wait_until(lambda: sent.settled, "the outcome")
            self.assertEqual((sent.state, direct.bodies), (Delivery.ACCEPTED, ["own"]))
            direct.close()
        for side in ("sender", "receiver"):
            self.assertIn("are passed on by the link route", self.command(
                node, "why", "prices/eu", "--as", side))
        self.assertIn("prices/#", self.command(node, "stat", "--topics"))
        self.assertIn("$broker/b1", self.command(node, "stat", "--linkroutes"))
        self.agent(node).call("CREATE", "router.config.linkRoute", name="elsewhere", body={
            "prefix": "prices/eu", "direction": "in", "containerId": "other"})
        self.assertEqual(self.refusal(self.connect(node).sender("prices/eu")),
                         ("qd:no-route-to-dest", "No route to the destination node"))

    # --- several routers --------------------------------------------------------------------------

    def three_routers(self, **of_a):
        """a, b, c in a row, all with one address list; brokers connect to c."""
        nodes = {}
        nodes["a"] = self.mesh_router("a", {}, **of_a)
        nodes["b"] = self.mesh_router("b", {nodes["a"]: 1})
        nodes["c"] = self.mesh_router("c", {nodes["b"]: 1}, more=BROKERS, **of_a)
        for node in nodes.values():
            self.wait_for_routers(node, set(nodes))
        return nodes

    def knows_broker(self, node, known=True):
        rows = self.agent(node).query("router.address")
        return any(row["key"] == "D$broker/b1" for row in rows) == known

    def test_an_entry_makes_nothing_where_no_broker_is(self):
        nodes = self.three_routers(addresses=QUEUE + TOPIC)
        broker = self.broker_on(nodes["c"])
        self.wait_for_links(nodes["c"], LINKS + ["address/prices/b1/out"])
        self.wait_until(lambda: self.knows_broker(nodes["a"]), "word of the broker")
        self.assertTrue(self.nothing_is_made(nodes["a"]))
        self.passes(nodes["a"], nodes["a"], broker)
        self.keep(broker, "orders", "x")
        for client in self.clients_of(nodes["a"]):
            browser = client.receiver("orders", credit=5, wish=browses)
            self.wait_until(lambda: browser.count == 1, "a copy")
            self.assertEqual(browser.remote_address, "orders")
            self.assertEqual(broker.links[-1].told["deadLetter"], "orders.dlq")
            self.commits(client)
            sent = self.sender(client, "prices").send(Message(body="1.5"))
            self.wait_until(lambda: sent.settled, "the broker's outcome")
            subscriber = client.receiver("prices", credit=1, accepts=True)
            self.wait_until(lambda: subscriber.count == 1, "the message")
            self.assertEqual(subscriber.remote_address, "prices")
            subscriber.close()
        said = self.command(nodes["a"], "why", "prices", "--as", "receiver")
        self.assertIn("Receivers' links to prices at router a are passed on", said)
        said = self.command(nodes["a"], "why", "orders")
        self.assertIn("b1: connected to c", said)
        self.assertIn("b1 (at c)", self.command(nodes["a"], "stat", "--queues"))
        self.assertIn("b1 (at c)", self.command(nodes["a"], "stat", "--topics"))
        broker.peers[0].drop()
        self.wait_until(lambda: browser.detached, "the browser to hear of it")
        self.assertEqual(browser.condition.name, "qd:routed-link-lost")
        self.wait_until(lambda: self.knows_broker(nodes["a"], False), "word that it is gone")
        self.assertEqual(self.refusal(self.connect(nodes["a"]).receiver("orders", wish=browses))[0],
                         "qd:no-route-to-dest")
        self.assertIn("kept by b1", self.command(nodes["a"], "why", "orders", status=2))

    def test_a_pattern_is_made_at_any_router_for_all(self):
        nodes = self.three_routers(router={"stateDir": "state"})
        broker = self.broker_on(nodes["c"])
        self.command(nodes["a"], "address", "create", "jobs/#", "--type", "queue", "--brokers",
                     "b1,b2", status=1)
        self.command(nodes["a"], "address", "create", "jobs/#", "--type", "queue", "--brokers",
                     "b1")
        self.wait_for_links(nodes["c"], links=[])
        self.wait_until(lambda: self.knows_broker(nodes["a"]), "word of the broker")
        for client in self.clients_of(nodes["a"]):
            sent = self.sender(client, "jobs/one").send(Message(body="x"))
            self.wait_until(lambda: sent.settled, "the broker's outcome")
            self.assertEqual((sent.state, broker.depth("jobs/one")), (Delivery.ACCEPTED, 1))
            self.assertEqual(broker.links[-1].told["address"], "jobs/#")
            receiver = client.receiver("jobs/one", credit=1, accepts=True)
            self.wait_until(lambda: receiver.count == 1, "the message")
            self.assertEqual(receiver.remote_address, "jobs/one")
            receiver.close()
        self.assertIn("Senders' links to jobs/one at router a are passed on",
                      self.command(nodes["a"], "why", "jobs/one"))
        self.command(nodes["a"], "address", "delete", "jobs/#")
        self.wait_until(lambda: self.nothing_is_made(nodes["c"]), "all of it to be gone")

    def test_an_entry_is_made_at_any_router_for_all(self):
        nodes = self.three_routers(router={"stateDir": "state"})
        broker = self.broker_on(nodes["c"])
        said = self.command(nodes["a"], "address", "create", "orders", "--type", "queue",
                            "--brokers", "b1")
        self.assertIn("Made address orders (queue, balanced, kept by b1 (", said)
        self.assertIn("on every Weft router of the mesh", said)
        self.wait_for_links(nodes["c"])
        self.wait_until(lambda: self.knows_broker(nodes["a"]), "word of the broker")
        listed = json.loads(self.command(nodes["c"], "address", "--json"))
        self.assertEqual([(e["addressType"], e["brokers"], e["attachedAt"], e["scope"])
                          for e in listed], [("queue", ["b1"], {"b1": ["c"]}, "mesh")])
        self.passes(nodes["a"], nodes["a"], broker)
        browser = self.connect(nodes["a"]).receiver("orders", wish=browses)
        self.wait_until(lambda: browser.attached, "a browser")
        self.command(nodes["b"], "address", "update", "orders", "--brokers", "b2", status=1)
        self.command(nodes["a"], "address", "update", "orders", "--brokers", "b2")
        self.wait_until(lambda: self.nothing_is_made(nodes["c"]), "all of it to be gone")
        self.command(nodes["a"], "address", "update", "orders", "--brokers", "b1,b2")
        self.wait_for_links(nodes["c"], routes=ROUTES[:2])  # which has transactions nobody says
        self.command(nodes["a"], "address", "delete", "orders")
        self.wait_until(lambda: self.nothing_is_made(nodes["c"]), "all of it to be gone")
        self.wait_until(lambda: not any(link.told for link in broker.serving("orders")
                                        if "address/" in link.link.name), "the links to be gone")


if __name__ == "__main__":
    harness.main()
