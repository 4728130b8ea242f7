"""Exchanges: messages go by their subject to the next hops of the bindings that match."""
import json
import subprocess
import urllib.request

import harness
import management
from mesh import MeshTest
from proton import Delivery, Message

EXCHANGE, BINDING = "router.config.exchange", "router.config.binding"


def binding(key, next_hop, exchange="e", **more):
    return {"exchangeName": exchange, "nextHopAddress": next_hop,
            **({} if key is None else {"bindingKey": key}), **more}


def exchange(address="x", name="e", **more):
    return {"name": name, "address": address, **more}


def about(subject, body):
    return Message(subject=subject, body=body)


class Exchanges(MeshTest):
    def agent(self, node):
        agent = management.Node(node.url, harness.TIMEOUT)
        self.addCleanup(agent.close)
        return agent

    def receivers(self, peer, *addresses, **options):
        return [self.receiver(peer, address, **{"credit": 100, "accepts": True, **options})
                for address in addresses]

    def bodies(self, *receivers):
        return [[received.body for received in receiver.received] for receiver in receivers]

    def deliver(self, sender, *messages):
        """Sends them; their outcomes."""
        sent = [sender.send(message) for message in messages]
        self.wait_until(lambda: all(each.settled for each in sent), "the outcomes")
        return [each.state for each in sent]

    def counts(self, agent, name="e"):
        row = agent.call("READ", EXCHANGE, name=name)
        return {key.removesuffix("Count"): row[key] for key in row if key.endswith("Count")}

    def test_by_words(self):
        node = self.router(
            exchanges=[exchange()],
            bindings=[binding("a.*", "n1", name="b1"), binding("a.b", "n1", name="b2"),
                      binding("a.c.#", "n1"), binding("a.c.#", "n2"), binding("a.b.c", "n2")])
        peer = self.connect(node)
        n1, n2 = self.receivers(peer, "n1", "n2")
        sender = self.sender(peer, "x")
        states = self.deliver(sender, about("a.b", "A"), about("a.c", "B"), about("a.c.d", "C"),
                              about("x.y.z", "nobody"), about("a.b.c", "D"))
        accepted = Delivery.ACCEPTED
        self.assertEqual(states, [accepted, accepted, accepted, Delivery.RELEASED, accepted])
        self.assertEqual(self.bodies(n1, n2), [["A", "B", "C"], ["B", "C", "D"]])
        agent = self.agent(node)
        counts = self.counts(agent)
        self.assertEqual({key: counts[key] for key in
                          ("binding", "received", "dropped", "forwarded", "diverted")},
                         {"binding": 5, "received": 5, "dropped": 1, "forwarded": 4,
                          "diverted": 0})
        self.assertEqual([row["matchedCount"] for row in agent.query(BINDING)], [2, 1, 2, 2, 1])

    def test_by_levels_and_the_alternate(self):
        node = self.router(
            exchanges=[exchange(matchMethod="mqtt", alternateAddress="other")],
            bindings=[binding("a/b", "n1"), binding("a/+", "n2"), binding("c/#", "n1"),
                      binding("c/b", "n2"), binding("z", "nobody")])
        peer = self.connect(node)
        n1, n2, other = self.receivers(peer, "n1", "n2", "other")
        sender = self.sender(peer, "x")
        for subject, body in (("a/b", 1), ("a/c", 2), ("c/b", 3), ("c/b/d/e", 4), ("x.y", 5),
                              ("z", 6)):
            sender.send(about(subject, body), settled=True)
        self.wait_until(lambda: other.count == 2, "all to arrive")
        self.assertEqual(self.bodies(n1, n2, other), [[1, 3, 4], [1, 2, 3], [5, 6]])
        self.assertEqual(self.counts(self.agent(node))["diverted"], 2)

    def test_bindings_without_a_key_get_all(self):
        for method in ("amqp", "mqtt"):
            node = self.router(exchanges=[exchange(matchMethod=method)],
                               bindings=[binding("pattern", "n1"), binding(None, "n2")])
            peer = self.connect(node)
            n1, n2 = self.receivers(peer, "n1", "n2")
            sender = self.sender(peer, "x")
            self.deliver(sender, about("nope", 1), about("pattern", 2), Message(body=3))
            self.assertEqual(self.bodies(n1, n2), [[2], [1, 2, 3]])

    def test_outcomes_and_an_anonymous_sender(self):
        node = self.router(exchanges=[exchange()], bindings=[binding("a", "n1"),
                                                             binding("a", "n2")])
        peer = self.connect(node)
        n1, n2 = self.receivers(peer, "n1", "n2", accepts=False)
        sender = self.sender(peer, None)
        message = about("a", 1)
        message.address = "x"
        sent = sender.send(message)
        self.wait_until(lambda: n1.count + n2.count == 2, "both copies")
        n1.received[0].settle(Delivery.REJECTED)
        self.settle_down(peer)
        self.assertFalse(sent.settled)
        n2.received[0].accept()
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.REJECTED)

    def test_a_large_message_streams(self):
        node = self.router(listener={"maxFrameSize": 1024}, exchanges=[exchange()],
                           addresses=[{"address": "n1", "distribution": "multicast"}],
                           bindings=[binding("a/b", "n1"), binding("#", "n2")])
        peer = self.connect(node, max_frame=1024)
        receivers = self.receivers(peer, "n1", "n1", "n2")
        sender = self.sender(peer, "x")
        body = "X" * 3_000_000
        self.assertEqual(self.deliver(sender, about("a/b", body)), [Delivery.ACCEPTED])
        self.assertEqual(self.bodies(*receivers), [[body]] * 3)

    def test_made_and_deleted_at_run_time(self):
        node = self.router()
        agent = self.agent(node)
        peer = self.connect(node)
        n1, n2 = self.receivers(peer, "n1", "n2")
        sender = self.sender(peer, "x", credit=False)
        made = agent.call("CREATE", EXCHANGE, name="e",
                          body={"address": "x", "alternateAddress": "n2", "alternatePhase": 0})
        self.assertEqual((made["name"], made["matchMethod"], made["bindingCount"]),
                         ("e", "amqp", 0))
        agent.call("CREATE", BINDING, name="b", body=binding("a.#.#", "n1"))
        self.assertEqual(self.deliver(sender, about("a.b", 1), about("b", 2)),
                         [Delivery.ACCEPTED] * 2)
        self.assertEqual(self.bodies(n1, n2), [[1], [2]])
        for type, name, body, words in (
                (EXCHANGE, None, {"address": "y"}, "name"),
                (EXCHANGE, "f", {}, "address"),
                (EXCHANGE, "e", {"address": "y"}, "Name conflicts with an existing entity"),
                (EXCHANGE, "f", {"address": "x"}, "It has the address"),
                (EXCHANGE, "f", {"address": "y", "matchMethod": "blinky"}, "matchMethod"),
                (EXCHANGE, "f", {"address": "y", "phase": 10}, "phase"),
                (BINDING, "c", {}, "exchangeName"),
                (BINDING, "c", binding("k", "n", "nope"), "which there is not"),
                (BINDING, "b", binding("k", "n"), "Name conflicts with an existing entity"),
                (BINDING, "c", binding("a.#", "n1"), "is there already"),
                (BINDING, "c", {"exchangeName": "e", "bindingKey": "k"}, "nextHopAddress"),
                (BINDING, "c", binding("k", "x"), "round")):
            with self.assertRaises(management.Refused) as refused:
                agent.call("CREATE", type, name=name, body=body)
            self.assertEqual(refused.exception.status, 400)
            self.assertIn(words, refused.exception.description)
        agent.call("DELETE", BINDING, name="b")
        self.deliver(sender, about("a.b", 3))
        self.assertEqual(self.bodies(n2), [[2, 3]])
        agent.call("DELETE", EXCHANGE, identity=made["identity"])
        self.assertEqual((agent.query(EXCHANGE), agent.query(BINDING)), ([], []))
        self.wait_until(lambda: sender.credit == 0, "nobody to receive")

    def test_over_other_routers_and_back(self):
        rules = [{"address": "all", "distribution": "multicast"},
                 {"address": "near", "distribution": "closest"}]
        a = self.mesh_router("a", {}, addresses=rules, exchanges=[exchange(matchMethod="mqtt")],
                             bindings=[binding("a/b", "all"), binding("a/+", "any"),
                                       binding("+/b", "near"), binding("a/#", "nobody")])
        b = self.mesh_router("b", {a: 1}, addresses=rules)
        c = self.mesh_router("c", {b: 1}, addresses=rules)
        for node in (a, b, c):
            self.wait_for_routers(node, {"a", "b", "c"})
        peers = [self.connect(node) for node in (b, c)]
        receivers = [*self.receivers(peers[1], "all", "any"), *self.receivers(peers[0], "all", "near")]
        agent = self.agent(a)

        def remotes():
            return {row["key"]: row["remoteCount"] for row in agent.query("router.address")}
        self.wait_until(lambda: [remotes().get("M0" + name) for name in ("all", "any", "near")] ==
                        [2, 1, 1], "the next hops to be known")
        sender = self.sender(peers[1], "x")
        self.assertEqual(self.deliver(sender, about("a/b", "hi")), [Delivery.ACCEPTED])
        self.wait_until(lambda: all(each.count for each in receivers), "all copies")
        self.assertEqual(self.bodies(*receivers), [["hi"]] * 4)
        self.assertEqual(self.deliver(sender, about("none", 1)), [Delivery.RELEASED])

    def test_a_message_that_comes_round_is_dropped(self):
        a = self.mesh_router("a", {}, exchanges=[exchange("x")],
                             bindings=[binding(None, "y"), binding(None, "n")])
        b = self.mesh_router("b", {a: 1}, exchanges=[exchange("y")], bindings=[binding(None, "x")])
        for node in (a, b):
            self.wait_for_routers(node, {"a", "b"})
        peer = self.connect(a)
        n, = self.receivers(peer, "n")
        sender = self.sender(peer, "x")
        agents = [self.agent(node) for node in (a, b)]
        self.wait_until(lambda: any(row["key"] == "M0y" and row["remoteCount"]
                                    for row in agents[0].query("router.address")), "the other one")
        self.assertEqual(self.deliver(sender, about("a", 1)), [Delivery.ACCEPTED])
        sender.send(about("a", 2), settled=True)
        self.wait_until(lambda: self.counts(agents[0])["looped"] == 2, "both to be known")
        self.wait_until(lambda: n.count == 2, "both to arrive")
        self.assertEqual(self.bodies(n), [[1, 2]])
        self.assertEqual(self.counts(agents[1])["forwarded"], 2)

    def test_many_senders_and_receivers(self):
        node = self.router(exchanges=[exchange()],
                           bindings=[binding(f"k.{i}", f"n{i}") for i in range(8)] +
                                    [binding("k.*", "all")],
                           addresses=[{"address": "all", "distribution": "multicast"}])
        peers = [self.connect(node) for _ in range(4)]
        each = [self.receivers(peers[i % 4], f"n{i}")[0] for i in range(8)]
        everything = [self.receivers(peer, "all")[0] for peer in peers]
        senders = [self.sender(peer, "x") for peer in peers]
        sent = [sender.send(about(f"k.{i % 8}", f"{s}-{i}"))
                for s, sender in enumerate(senders) for i in range(200)]
        self.wait_until(lambda: all(one.settled for one in sent), "the outcomes")
        self.assertEqual({one.state for one in sent}, {Delivery.ACCEPTED})
        for i, receiver in enumerate(each):
            bodies = self.bodies(receiver)[0]
            self.assertEqual(len(bodies), len(set(bodies)))
            self.assertEqual({int(body.split("-")[1]) % 8 for body in bodies}, {i})
        wanted = sorted(f"{s}-{i}" for s in range(4) for i in range(200))
        for receiver in everything:
            self.wait_until(lambda: receiver.count == 800, "all of them")
            self.assertEqual(sorted(self.bodies(receiver)[0]), wanted)

    def test_rhea_sends_by_subject(self):
        node = self.router(exchanges=[exchange()], bindings=[binding("eu.#", "n1"),
                                                             binding("#.alarm", "n2")])
        self.assertEqual(harness.run_rhea("subjects", "tcp", node.port),
                         {"n1": ["eu.alarm", "eu.news"], "n2": ["eu.alarm", "us.alarm"],
                          "outcomes": ["accepted", "accepted", "accepted", "released"]})

    def test_a_configuration_of_the_original(self):
        node = self.new_router()
        node.config_file.write_text("""
router {
    mode: standalone
    id: r1
}
listener {
    name: clients
    host: 127.0.0.1
    port: 0
}
exchange {
    name: e
    address: x
    alternateAddress: other
}
binding {
    name: b
    exchangeName: e
    bindingKey: a.#
    nextHopAddress: n1
}
""")
        node.start()
        self.addCleanup(self.end, node)
        peer = self.connect(node)
        n1, other = self.receivers(peer, "n1", "other")
        self.deliver(self.sender(peer, "x"), about("a", 1), about("b", 2))
        self.assertEqual(self.bodies(n1, other), [[1], [2]])

    def test_what_is_wrong_is_said_at_once(self):
        node = self.new_router(exchanges=[exchange(), exchange("/x", "f")],
                               bindings=[binding("k", "n", "nope"), binding("k", "x")])
        node.spawn()
        self.assertEqual(node.wait_for_exit(), 1)
        log = node.log()
        for words in ('/exchanges/1: has the address "/x", as the exchange "e"',
                      '/bindings/0: names the exchange "nope", which there is not',
                      "/bindings/1: leads back to the exchange itself"):
            self.assertIn(words, log)

    def weft(self, node, *arguments):
        done = subprocess.run([harness.binary("weft"), *arguments, "-b", f"127.0.0.1:{node.port}"],
                              capture_output=True, text=True, timeout=harness.TIMEOUT)
        return done.returncode, done.stdout + done.stderr

    def test_seen_and_explained(self):
        node = self.router(exchanges=[exchange(alternateAddress="other")],
                           bindings=[binding("a.#", "n1"), binding("a.b", "n2")])
        peer = self.connect(node)
        receiver, = self.receivers(peer, "n1")
        self.deliver(self.sender(peer, "x"), about("a.b", 1))
        status, text = self.weft(node, "stat", "--exchanges")
        self.assertEqual(status, 0)
        for words in ("Exchanges", "Bindings", "a.#"):
            self.assertIn(words, text)
        status, text = self.weft(node, "why", "x", "--subject", "a.b")
        self.assertEqual(status, 0, text)
        self.assertIn("goes to the exchange e at router r1, and on to n1; nobody receives from n2",
                      text)
        status, text = self.weft(node, "why", "x", "--subject", "z")
        self.assertEqual(status, 2, text)
        self.assertIn("which drops it: no binding matches, and nobody receives from its alternate "
                      "address other", text)
        status, text = self.weft(node, "why", "x", "--json")
        self.assertTrue(json.loads(text)["flows"])
        page = urllib.request.urlopen(f"http://127.0.0.1:{node.ports['web']}/metrics",
                                      timeout=harness.TIMEOUT).read().decode()
        self.assertIn('weft_exchange_messages_total{result="forwarded"} 1', page)
        self.assertEqual(receiver.count, 1)


if __name__ == "__main__":
    harness.main()
