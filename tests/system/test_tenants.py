"""Tenants: addresses that are apart by the host that a connection names."""
import subprocess

from proton import Delivery, Message, symbol

import harness
import management
from broker import Broker
from clients import selects
from mesh import MeshTest
from transactions import Control, send
from users import weft

TENANTS = {"name": "tenants", "port": 0, "multiTenant": True}
CONTAINERS = {"name": "brokers", "port": 0, "role": "route-container"}
A, B = "a.example", "b.example"


class TenantTest(MeshTest):
    def tenants_router(self, **sections):
        return self.router(listeners=[TENANTS, *sections.pop("listeners", [])], **sections)

    def tenant(self, node, hostname, **options):
        """A connection of the tenant, which is open."""
        peer = self.net.connect(node.ports["tenants"], hostname=hostname, **options)
        self.wait_until(lambda: peer.opened or peer.gone, "the connection to open")
        self.assertTrue(peer.opened, peer.gone)
        return peer

    def agent(self, node):
        agent = management.Node(node.url, harness.TIMEOUT)
        self.addCleanup(agent.close)
        return agent

    def accepted(self, sender, *bodies, **message):
        sent = [sender.send(Message(body=body, **message)) for body in bodies]
        self.wait_until(lambda: all(one.settled for one in sent), "the outcomes")
        self.assertEqual({one.state for one in sent}, {Delivery.ACCEPTED})

    def taken(self, receiver, *bodies):
        self.wait_until(lambda: receiver.count >= len(bodies), "the messages")
        self.assertEqual(receiver.bodies, list(bodies))

    def idle(self, sender):
        """Nobody takes what it would send."""
        self.settle_down(sender.peer)
        self.assertEqual(sender.credit, 0)


class Addresses(TenantTest):
    def test_an_address_is_another_one_for_each_tenant_and_for_who_is_none(self):
        node = self.tenants_router()
        mine = self.receiver(self.tenant(node, A), "orders", credit=10, accepts=True)
        theirs = self.receiver(self.tenant(node, B), "orders", credit=10, accepts=True)
        nobodys = self.receiver(self.connect(node), "orders", credit=10, accepts=True)
        self.assertEqual(mine.remote_address, "orders")
        self.accepted(self.sender(self.tenant(node, A), "orders"), 1)
        self.accepted(self.sender(self.tenant(node, B), "orders"), 2)
        self.accepted(self.sender(self.connect(node), "orders"), 3)
        self.taken(mine, 1)
        self.taken(theirs, 2)
        self.taken(nobodys, 3)

    def test_the_command_line_names_a_tenants_host(self):
        node = self.tenants_router()
        bus = ["-b", f"127.0.0.1:{node.ports['tenants']}", "--timeout", "1"]
        with subprocess.Popen([harness.binary("weft"), "recv", *bus[:2], "--vhost", A, "orders", "--count", "1"],
                              stdout=subprocess.PIPE, text=True) as receiving:
            self.addCleanup(receiving.kill)
            sent = weft("send", *bus[:2], "--vhost", A, "orders", "tea")
            self.assertEqual(sent.returncode, 0, sent.stderr)
            self.assertEqual(receiving.stdout.read(), "tea\n")
            other = weft("send", *bus, "--vhost", B, "orders", "tea")
        self.assertNotEqual(other.returncode, 0, "another tenant's consumer took it")

    def test_who_is_no_tenant_names_the_whole_address(self):
        node = self.tenants_router()
        mine = self.receiver(self.tenant(node, A), "orders", credit=10, accepts=True)
        self.accepted(self.sender(self.connect(node), f"{A}/orders"), "in")
        self.taken(mine, "in")
        outside = self.receiver(self.connect(node), f"{A}/answers", credit=10, accepts=True)
        self.accepted(self.sender(self.tenant(node, A), "answers"), "out")
        self.taken(outside, "out")

    def test_a_tenant_that_writes_a_prefix_is_below_its_own(self):
        node = self.tenants_router()
        theirs = self.receiver(self.tenant(node, B), "orders", credit=10)
        for odd in (f"{B}/orders", f"/{B}/orders", f"amqp:/{B}/orders", f"amqp://{B}/orders/",
                    f"x/amqp:/{B}/orders", f"../{B}/orders", f"{B}%2Forders"):
            sender = self.sender(self.tenant(node, A), odd, credit=False)
            self.assertEqual(sender.link.remote_target.address, odd)
            self.idle(sender)
        self.assertEqual(theirs.count, 0)
        # Host and scheme are dropped, as they are for all: what is left is the tenant's own.
        self.receiver(self.tenant(node, A), "/orders", credit=10, accepts=True)
        self.accepted(self.sender(self.tenant(node, A), f"amqp://{B}/orders"), 1)

    def test_messages_for_no_links_address_are_the_tenants(self):
        node = self.tenants_router()
        mine = self.receiver(self.tenant(node, A), "orders", credit=10, accepts=True)
        theirs = self.receiver(self.tenant(node, B), "orders", credit=10, accepts=True)
        anonymous = self.sender(self.tenant(node, A), None)
        self.accepted(anonymous, 1, address="orders")
        self.accepted(anonymous, 2, address="amqp:/orders")
        self.taken(mine, 1, 2)
        self.assertEqual(mine.received[0].message.address, "orders")
        lost = anonymous.send(Message(address=f"{B}/orders", body=3))
        self.wait_until(lambda: lost.settled, "the outcome")
        self.assertEqual(lost.state, Delivery.RELEASED)
        for theirs_alone in ("_local/x", "amqp:/_topo/0/r1/$management", "_edge/r1/x"):
            sent = anonymous.send(Message(address=theirs_alone, body=4))
            self.wait_until(lambda: sent.settled, "the outcome")
            self.assertEqual((sent.state, sent.condition.name),
                             (Delivery.REJECTED, "amqp:not-allowed"))
        self.assertEqual(theirs.count, 0)

    def test_what_a_tenant_says_in_the_place_of_routers_is_removed(self):
        node = self.router(listeners=[{**TENANTS, "stripAnnotations": "no"}])
        theirs = self.receiver(self.tenant(node, B), "orders", credit=10)
        mine = self.receiver(self.tenant(node, A), "orders", credit=10, accepts=True)
        said = {symbol("x-opt-qd.to"): f"{B}/orders", symbol("x-opt-qd.trace"): ["0/r9"]}
        for sender, to in ((self.sender(self.tenant(node, A), "orders"), None),
                           (self.sender(self.tenant(node, A), None), "orders")):
            self.accepted(sender, "x", address=to, annotations=said)
        self.taken(mine, "x", "x")
        for received in mine.received:
            self.assertNotIn("0/r9", str(received.message.annotations))
        self.assertEqual(theirs.count, 0)

    def test_addresses_that_a_router_makes_up_have_no_prefix_and_answers_come(self):
        node = self.tenants_router()
        server, client = self.tenant(node, A), self.tenant(node, A)
        service = self.receiver(server, "service", credit=10, accepts=True)
        inbox = self.receiver(client, None, dynamic=True, credit=10, accepts=True)
        self.assertTrue(inbox.remote_address.startswith("amqp:/_topo/0/r1/temp."),
                        inbox.remote_address)
        self.accepted(self.sender(client, "service"), "ask", reply_to=inbox.remote_address)
        self.wait_until(lambda: service.count == 1, "the request")
        answer_to = service.received[0].message.reply_to
        self.accepted(self.sender(server, None), "by to", address=answer_to)
        self.accepted(self.sender(server, answer_to), "by link")
        self.taken(inbox, "by to", "by link")
        target = self.sender(client, None, dynamic=True, credit=False)
        made_up = target.link.remote_target.address
        self.assertTrue(made_up.startswith("amqp:/_$temp."), made_up)
        takes = self.receiver(server, made_up, credit=10, accepts=True)
        self.wait_until(lambda: target.credit > 0, "credit")
        self.accepted(target, "to a target")
        self.taken(takes, "to a target")

    def test_addresses_of_routers_are_not_to_be_had(self):
        node = self.tenants_router()
        peer = self.tenant(node, A)
        for address in ("_local/x", "_local/$management", "amqp:/_topo/0/r1/$management",
                        "_topo/0/all/x", "_edge/r1/x", "_topo/0/r1/temp.guess"):
            for link in (peer.sender(address), peer.receiver(address)):
                self.assertEqual(self.refused(link), "amqp:not-allowed")
                self.assertIn("are the routers'", link.condition.description)

    def test_management_is_the_routers_and_the_name_is_the_tenants(self):
        node = self.tenants_router()
        sender = self.sender(self.tenant(node, A), "$management", credit=False)
        self.idle(sender)
        service = self.receiver(self.tenant(node, A), "$management", credit=1, accepts=True)
        self.wait_until(lambda: sender.credit > 0, "credit of its own service")
        self.accepted(sender, "x")
        self.taken(service, "x")

    def test_subscriptions_with_wildcards_end_at_the_tenant(self):
        node = self.tenants_router(addresses=[{"address": "#", "type": "multicast"}])
        everything = self.receiver(self.tenant(node, A), "#", credit=10, accepts=True)
        level = self.receiver(self.tenant(node, A), "+/temp", credit=10, accepts=True)
        self.accepted(self.sender(self.tenant(node, A), "hall/temp"), 1)
        other = self.sender(self.tenant(node, B), "hall/temp", credit=False)
        self.idle(other)
        self.taken(everything, 1)
        self.taken(level, 1)
        for receiver in (everything, level):
            self.assertEqual(receiver.received[0].message.annotations["x-opt-weft-address"],
                             "hall/temp")

    def test_the_operator_sees_whole_addresses_and_whose_a_connection_is(self):
        node = self.tenants_router()
        self.receiver(self.tenant(node, A), "orders")
        agent = self.agent(node)
        tenants = {row.get("tenant") for row in agent.query("connection")}
        self.assertEqual(tenants, {f"{A}/", None})
        names = [row["name"] for row in agent.query("router.address")]
        self.assertIn(f"M0{A}/orders", names)
        listener = next(r for r in agent.query("listener") if r["name"] == "tenants")
        self.assertTrue(listener["multiTenant"])

    def test_words_of_a_refusal_have_no_prefix(self):
        node = self.tenants_router(addresses=[{"prefix": A, "distribution": "unavailable"}])
        link = self.tenant(node, A).receiver("x")
        self.assertEqual(self.refused(link), "amqp:not-found")
        link = self.tenant(node, B).receiver("$broker/b1/../" + "\n" * 3)
        self.wait_until(lambda: link.attached or link.detached, "an answer")
        self.assertNotIn(B, str(link.condition))


class Hosts(TenantTest):
    def test_a_connection_without_a_host_is_refused_with_the_reason(self):
        node = self.tenants_router()
        for hostname, why in ((None, "it is empty"), ("a/b", "it has other characters"),
                              ("_topo", "it begins with neither"), ("$broker", "it begins with"),
                              ("#", "it begins with"), ("a b", "it has other characters"),
                              ("a\x7fb", "it has other characters"), ("x" * 256, "longer than")):
            peer = self.net.connect(node.ports["tenants"], hostname=hostname)
            self.wait_until(lambda: peer.closed_by_router or peer.gone, "the close")
            self.assertTrue(peer.closed_by_router, peer.gone)
            self.assertEqual(peer.condition.name, "amqp:invalid-field")
            self.assertIn(why, peer.condition.description)
        self.receiver(self.tenant(node, "127.0.0.1"), "x")

    def test_who_is_refused_has_done_nothing_meanwhile(self):
        node = self.tenants_router()
        listens = self.receiver(self.connect(node), "secret", credit=10)
        for hostname in (None, "a/b"):
            peer = self.net.connect(node.ports["tenants"], hostname=hostname)
            peer.receiver("theirs", credit=10)
            peer.sender("secret").send(Message(body="x"), settled=True)
            peer.sender(None).send(Message(address="secret", body="x"), settled=True)
            self.wait_until(lambda: peer.closed_by_router or peer.gone, "the close")
            self.assertFalse(any(link.attached for link in peer.links))
        names = [row["name"] for row in self.agent(node).query("router.address")]
        self.assertNotIn("M0theirs", names)
        self.assertEqual(listens.count, 0)

    def test_hosts_of_one_tenant_have_its_addresses_in_common(self):
        node = self.tenants_router(tenants=[
            {"name": "acme", "vhosts": ["acme.example", "www.acme.example"]},
            {"name": "bolt", "prefix": "customers/bolt/"}])
        orders = self.receiver(self.tenant(node, "ACME.example"), "orders", credit=10,
                               accepts=True)
        self.accepted(self.sender(self.tenant(node, "www.acme.example"), "orders"), 1)
        self.accepted(self.sender(self.connect(node), "acme/orders"), 2)
        self.taken(orders, 1, 2)
        bolt = self.receiver(self.tenant(node, "bolt"), "x", credit=10, accepts=True)
        self.accepted(self.sender(self.connect(node), "customers/bolt/x"), 3)
        self.taken(bolt, 3)
        for thief in ("acme", "customers"):
            peer = self.net.connect(node.ports["tenants"], hostname=thief)
            self.wait_until(lambda: peer.closed_by_router, "the close")
            self.assertIn("belong to another one", peer.condition.description)

    def test_where_only_listed_tenants_come_in_others_are_refused_with_the_reason(self):
        node = self.tenants_router(router={"onlyListedTenants": True},
                                   tenants=[{"name": "acme", "vhosts": [A]}])
        peer = self.net.connect(node.ports["tenants"], hostname=B)
        self.wait_until(lambda: peer.closed_by_router or peer.gone, "the close")
        self.assertTrue(peer.closed_by_router, peer.gone)
        self.assertEqual(peer.condition.name, "amqp:invalid-field")
        self.assertIn(f'"{B}" of the open is no tenant\'s here', peer.condition.description)
        orders = self.receiver(self.tenant(node, A), "orders", credit=10, accepts=True)
        self.accepted(self.sender(self.connect(node), "acme/orders"), 1)
        self.taken(orders, 1)
        self.assertEqual([row["prefix"] for row in self.agent(node).query("tenant")], ["acme/"])


class Policies(TenantTest):
    def policed(self, *vhosts, **options):
        groups = {"$default": {"remoteHosts": "*", "sources": "*", "targets": "*",
                               "allowAnonymousSender": True, "allowDynamicSource": True}}
        return self.tenants_router(
            policy={"enableVhostPolicy": True, **options.pop("policy", {})},
            vhosts=[{"hostname": "127.0.0.1", "allowUnknownUser": True, "groups": groups},
                    *({"allowUnknownUser": True, "groups": groups, **v} for v in vhosts)],
            **options)

    def test_an_alias_leads_to_the_tenant_of_its_vhost(self):
        node = self.policed({"hostname": A, "aliases": "www.a.example"})
        orders = self.receiver(self.tenant(node, A), "orders", credit=10, accepts=True)
        self.accepted(self.sender(self.tenant(node, "www.a.example"), "orders"), 1)
        self.taken(orders, 1)

    def test_who_names_no_vhost_that_there_is_has_the_default_ones_addresses(self):
        node = self.policed({"hostname": "$default"})
        orders = self.receiver(self.tenant(node, "unknown"), "orders", credit=10, accepts=True)
        self.accepted(self.sender(self.connect(node), "$default/orders"), 1)
        self.taken(orders, 1)

    def test_hosts_that_a_pattern_means_are_tenants_each(self):
        node = self.policed({"hostname": "*.b.example"}, policy={"enableVhostNamePatterns": True})
        one = self.receiver(self.tenant(node, "one.b.example"), "orders", credit=10, accepts=True)
        self.idle(self.sender(self.tenant(node, "two.b.example"), "orders", credit=False))
        self.accepted(self.sender(self.tenant(node, "one.b.example"), "orders"), 1)
        self.taken(one, 1)

    def test_the_listeners_vhost_is_the_tenant(self):
        node = self.router(
            listeners=[{**TENANTS, "policyVhost": A}], policy={"enableVhostPolicy": True},
            vhosts=[{"hostname": name, "allowUnknownUser": True,
                     "groups": {"$default": {"remoteHosts": "*", "sources": "*", "targets": "*"}}}
                    for name in (A, "127.0.0.1")])
        orders = self.receiver(self.tenant(node, B), "orders", credit=10, accepts=True)
        self.accepted(self.sender(self.connect(node), f"{A}/orders"), 1)
        self.taken(orders, 1)

    def test_rules_name_addresses_as_the_tenant_does(self):
        rules = {"remoteHosts": "*", "sources": "orders", "targets": "orders",
                 "allowAnonymousSender": True}
        node = self.policed({"hostname": A, "groups": {"$default": rules}})
        peer = self.tenant(node, A)
        orders = self.receiver(peer, "orders", credit=10, accepts=True)
        self.assertEqual(self.refused(peer.receiver(f"{A}/orders")), "amqp:unauthorized-access")
        self.accepted(self.sender(peer, "orders"), 1)
        anonymous = self.sender(peer, None)
        self.accepted(anonymous, 2, address="orders")
        self.taken(orders, 1, 2)
        denied = anonymous.send(Message(address="others", body=3))
        self.wait_until(lambda: denied.settled, "the outcome")
        self.assertEqual((denied.state, denied.condition.name),
                         (Delivery.REJECTED, "amqp:unauthorized-access"))


class Quotas(TenantTest):
    def limited(self, **quota):
        return self.tenants_router(tenants=[{"name": A, "quota": quota}])

    def row(self, agent, prefix=f"{A}/"):
        return next(r for r in agent.query("tenant") if r["prefix"] == prefix)

    def test_connections(self):
        node = self.limited(connections=2)
        first, _ = self.tenant(node, A), self.tenant(node, A)
        peer = self.net.connect(node.ports["tenants"], hostname=A)
        self.wait_until(lambda: peer.closed_by_router, "the close")
        self.assertEqual(peer.condition.name, "amqp:resource-limit-exceeded")
        self.assertIn("your tenant has 2 connections", peer.condition.description)
        self.tenant(node, B)
        agent = self.agent(node)
        row = self.row(agent)
        self.assertEqual((row["connectionsCurrent"], row["connectionsDenied"]), (2, 1))
        first.drop()
        self.wait_until(lambda: self.row(agent)["connectionsCurrent"] == 1, "one to be gone")
        self.tenant(node, A)

    def test_links_and_addresses(self):
        node = self.limited(links=3, addresses=2)
        one, other = self.tenant(node, A), self.tenant(node, A)
        link = self.receiver(one, "a")
        self.receiver(other, "b")
        refused = other.receiver("c")
        self.assertEqual(self.refused(refused), "amqp:resource-limit-exceeded")
        self.assertIn("has 2 addresses", refused.condition.description)
        self.sender(one, "b")
        refused = one.sender(None)
        self.assertEqual(self.refused(refused), "amqp:resource-limit-exceeded")
        self.assertIn("has 3 links", refused.condition.description)
        self.receiver(self.tenant(node, B), "c")
        link.close()
        self.wait_until(lambda: link.detached, "the detach")
        self.receiver(one, "c")
        agent = self.agent(node)
        row = self.row(agent)
        self.assertEqual((row["linksCurrent"], row["addressesCurrent"]), (3, 2))
        self.assertEqual((row["linksDenied"], row["addressesDenied"]), (1, 1))
        other.drop()
        self.wait_until(lambda: self.row(agent)["linksCurrent"] == 2, "its links to be gone")

    def test_a_session_that_ends_takes_its_links_with_it(self):
        node = self.limited(links=5)
        peer = self.tenant(node, A)
        for address in "abcde":
            self.receiver(peer, address)
        session, peer.session = peer.session, peer.connection.session()
        peer.session.open()
        session.close()
        agent = self.agent(node)
        self.wait_until(lambda: self.row(agent)["linksCurrent"] == 0, "its links to be gone")
        self.receiver(peer, "f")

    def test_sizes(self):
        node = self.limited(maxMessageSize=1000)
        receiver = self.receiver(self.tenant(node, A), "a", credit=10, accepts=True)
        sender = self.sender(self.tenant(node, A), "a")
        self.assertEqual(sender.link.remote_max_message_size, 1000)
        self.accepted(sender, b"x" * 900)
        sender.send(Message(body=b"x" * 2000))
        self.wait_until(lambda: sender.detached, "the link to end")
        self.assertEqual(sender.condition.name, "amqp:link:message-size-exceeded")
        self.assertFalse(sender.peer.closed_by_router)
        self.assertEqual(receiver.count, 1)
        self.assertEqual(self.row(self.agent(node))["maxMessageSizeDenied"], 1)

    def send_many(self, node, count, size, make=None):
        """All arrive, in order: nothing is dropped. The tenant's row then."""
        receiver = self.receiver(self.connect(node), f"{A}/a", credit=count, accepts=True)
        sender = self.sender(self.tenant(node, A), "a")
        sent = [sender.send(Message(id=i, body=b"x" * size)) for i in range(count)]
        self.wait_until(lambda: all(one.settled for one in sent), "the outcomes")
        self.assertEqual({one.state for one in sent}, {Delivery.ACCEPTED})
        self.assertEqual([r.message.id for r in receiver.received], list(range(count)))
        return self.row(self.agent(node))

    def test_more_messages_than_the_rate_allows_wait_and_none_is_lost(self):
        row = self.send_many(self.limited(messagesPerSecond=500), 400, 10)
        self.assertGreater(row["heldBack"], 0)
        row = self.send_many(self.limited(messagesPerSecond=1000000), 400, 10)
        self.assertEqual(row["heldBack"], 0)

    def test_more_bytes_than_the_rate_allows_wait_and_none_is_lost(self):
        row = self.send_many(self.limited(bytesPerSecond="1MiB"), 3, 400000)
        self.assertGreater(row["heldBack"], 0)

    def test_sessions_anew_are_no_way_round_the_rate(self):
        node = self.limited(messagesPerSecond=1)
        self.receiver(self.connect(node), f"{A}/a", credit=1000, accepts=True)
        peer = self.tenant(node, A)
        agent = self.agent(node)

        def is_refused():
            peer.session = peer.connection.session()
            peer.session.open()
            sender = peer.sender("a")
            self.wait_until(lambda: sender.credit > 0 or peer.condition, "credit")
            for _ in range(10):
                sender.send(Message(body="x"), settled=True)
            return peer.condition is not None
        self.wait_until(is_refused, "a session to be refused")
        self.assertEqual(peer.condition.name, "amqp:resource-limit-exceeded")
        self.assertIn("begin further sessions later", peer.condition.description)
        self.assertGreater(self.row(agent)["sessionsDenied"], 0)
        self.assertLess(self.row(agent)["messages"], 60)

    def test_links_that_pass_are_held_back_too(self):
        node = self.router(listeners=[TENANTS, CONTAINERS], tenants=[
            {"name": A, "quota": {"messagesPerSecond": 500}}], linkRoutes=[
                {"name": "in", "prefix": f"{A}/q", "direction": "in", "containerId": "broker"}])
        broker = Broker(self.net)
        broker.dial(node.ports["brokers"])
        agent = self.agent(node)
        self.wait_until(lambda: agent.query("router.config.linkRoute")[0]["operStatus"] ==
                        "active", "the link route")
        sender = self.sender(self.tenant(node, A), "q")
        self.accepted(sender, *range(300))
        self.assertEqual(broker.depth(f"{A}/q"), 300)
        self.assertGreater(self.row(agent)["heldBack"], 0)

    def test_who_overdoes_it_holds_up_nobody_else(self):
        node = self.limited(messagesPerSecond=2)
        greedy = self.sender(self.tenant(node, A), "a", credit=False)
        self.receiver(self.tenant(node, A), "a", credit=250, accepts=True)
        self.wait_until(lambda: greedy.credit > 0, "credit")
        for i in range(200):
            greedy.send(Message(body=i))
        agent = self.agent(node)
        self.wait_until(lambda: self.row(agent)["heldBack"] > 0, "it to be held back")
        receiver = self.receiver(self.tenant(node, B), "a", credit=250, accepts=True)
        self.accepted(self.sender(self.tenant(node, B), "a"), *range(200))
        self.assertEqual(receiver.count, 200)
        self.assertEqual(self.row(agent, f"{B}/")["connectionsCurrent"], 2)


class Mesh(TenantTest):
    def test_tenants_are_the_same_at_all_routers(self):
        nodes = self.mesh({"a": {}, "b": {"a": 1}}, more=[TENANTS])
        here, there = nodes["a"], nodes["b"]
        mine = self.receiver(self.tenant(there, A), "orders", credit=10, accepts=True)
        theirs = self.receiver(self.tenant(there, B), "orders", credit=10, accepts=True)
        client = self.tenant(here, A)
        self.accepted(self.sender(client, "orders"), 1)
        self.taken(mine, 1)
        anonymous = self.sender(client, None)
        self.accepted(anonymous, 2, address="orders")
        odd = self.receiver(self.tenant(there, A), f"x/amqp:/{B}/orders", credit=10, accepts=True)
        self.accepted(self.sender(client, f"x/amqp:/{B}/orders"), 3)
        self.taken(odd, 3)
        inbox = self.receiver(client, None, dynamic=True, credit=10, accepts=True)
        self.accepted(self.sender(self.tenant(there, A), None), 4, address=inbox.remote_address)
        self.taken(inbox, 4)
        self.taken(mine, 1, 2)
        self.assertEqual(theirs.count, 0)


class Containers(TenantTest):
    """Brokers behind listeners of their own: they serve several tenants and see whole addresses."""

    def served(self, **sections):
        node = self.tenants_router(listeners=[CONTAINERS], **sections)
        broker = Broker(self.net, sections.pop("container", "broker"))
        broker.dial(node.ports["brokers"])
        return node, broker

    def wait_for(self, agent, kind, count):
        self.wait_until(lambda: [row["operStatus"] for row in agent.query(kind)] ==
                        ["active"] * count, f"{kind}s that are active")

    def routes(self, key="prefix", value=A, **options):
        return [{"name": f"r-{direction}", key: value, "direction": direction,
                 "containerId": "broker", **options} for direction in ("in", "out")]

    def test_link_routes_name_whole_addresses_and_the_client_sees_its_own(self):
        for key, value in (("prefix", f"{A}/q"), ("pattern", f"{A}/q.#"),
                           ("pattern", "*.example/q.#")):
            with self.subTest(value):
                node, broker = self.served(linkRoutes=self.routes(key, value))
                self.wait_for(self.agent(node), "router.config.linkRoute", 2)
                client = self.tenant(node, A)
                sender = self.sender(client, "q.1")
                self.assertEqual(sender.link.remote_target.address, "q.1")
                self.accepted(sender, "x")
                self.assertEqual(broker.depth(f"{A}/q.1"), 1)
                receiver = self.receiver(client, "q.1", name="sub", credit=1, accepts=True)
                self.assertEqual(receiver.remote_address, "q.1")
                self.taken(receiver, "x")
                self.assertEqual(broker.serving(f"{A}/q.1")[1].link.name, f"{A}/sub@test")
                other = self.sender(self.tenant(node, "other"), "q.1", credit=False)
                self.idle(other)

    def test_a_dynamic_node_that_has_an_address_too_leads_no_further(self):
        node, broker = self.served(linkRoutes=self.routes("prefix", "q"))
        self.wait_for(self.agent(node), "router.config.linkRoute", 2)
        client = self.tenant(node, A)

        def wish(link):
            here = link.source if link.is_receiver else link.target
            here.dynamic = True
            here.properties.put_map()
            here.properties.enter()
            here.properties.put_symbol(symbol("x-opt-qd.address"))
            here.properties.put_string("q/1")
            here.properties.exit()
        for address in ("x", "", "q/1"):
            client.sender(address, wish=wish)
            client.receiver(address, wish=wish)
        self.settle_down(client)
        self.sender(self.connect(node), "q/1")
        self.assertEqual(len(broker.links), 1)

    def test_the_prefix_can_be_taken_away_for_the_container(self):
        node, broker = self.served(linkRoutes=self.routes(delExternalPrefix=f"{A}/"))
        self.wait_for(self.agent(node), "router.config.linkRoute", 2)
        client = self.tenant(node, A)
        self.accepted(self.sender(client, "q1"), "x")
        self.assertEqual(broker.depth("q1"), 1)
        receiver = self.receiver(client, "q1", credit=1, accepts=True)
        self.assertEqual(receiver.remote_address, "q1")
        self.taken(receiver, "x")

    def test_links_of_one_name_are_told_apart_by_tenant(self):
        node, broker = self.served(linkRoutes=self.routes("pattern", "*.example/#"))
        self.wait_for(self.agent(node), "router.config.linkRoute", 2)

        def lasts(link):
            link.source.durability = link.source.DELIVERIES
            link.source.expiry_policy = link.source.EXPIRE_NEVER
        mine = self.receiver(self.tenant(node, A), "q", name="same", wish=lasts)
        theirs = self.receiver(self.tenant(node, B), "q", name="same", wish=lasts)
        self.settle_down(theirs.peer)
        self.assertFalse(mine.detached, "another tenant took its link")

    def test_a_tenants_own_container(self):
        links = [{"address": f"{A}/orders", "containerId": f"{A}/broker", "direction": direction,
                  "phase": 1 if direction == "in" else 0} for direction in ("in", "out")]
        node = self.tenants_router(
            listeners=[{**TENANTS, "name": "theirs", "role": "route-container"}], autoLinks=links,
            linkRoutes=self.routes("prefix", f"{A}/q", containerId=f"{A}/broker"),
            addresses=[{"address": f"{A}/orders", "waypoint": True}])
        agent = self.agent(node)
        impostor = Broker(self.net, hostname=B)
        impostor.dial(node.ports["theirs"])
        client = self.tenant(node, A)
        self.assertEqual(self.refused(client.sender("q")), "qd:no-route-to-dest")
        broker = Broker(self.net, hostname=A)
        broker.dial(node.ports["theirs"])
        self.wait_for(agent, "router.config.autoLink", 2)
        self.wait_for(agent, "router.config.linkRoute", 2)
        self.accepted(self.sender(client, "orders"), "x")
        self.assertEqual(broker.depth("orders"), 1)
        self.taken(self.receiver(client, "orders", credit=1, accepts=True), "x")
        sender = self.sender(client, "q")
        self.assertEqual(sender.link.remote_target.address, "q")
        self.accepted(sender, "y")
        self.assertEqual(broker.depth("q"), 1)
        outside = self.receiver(self.connect(node), f"{A}/q", credit=1, accepts=True)
        self.assertEqual(outside.remote_address, f"{A}/q")
        self.taken(outside, "y")
        self.assertEqual((len(impostor.links), impostor.queues), (0, {}))

    def test_auto_links_lead_through_a_store_and_back(self):
        links = [{"address": f"{A}/orders", "containerId": "broker", "direction": direction,
                  "externalAddress": "theirs", "phase": 1 if direction == "in" else 0}
                 for direction in ("in", "out")]
        node, broker = self.served(autoLinks=links,
                                   addresses=[{"address": f"{A}/orders", "waypoint": True}])
        self.wait_for(self.agent(node), "router.config.autoLink", 2)
        self.accepted(self.sender(self.tenant(node, A), "orders"), "x")
        self.assertEqual(broker.depth("theirs"), 1)
        self.taken(self.receiver(self.tenant(node, A), "orders", credit=1, accepts=True), "x")

    def test_a_tenants_own_waypoint(self):
        node = self.tenants_router(addresses=[{"address": f"{A}/orders", "waypoint": True}])
        store = self.tenant(node, A)
        into = self.receiver(store, "orders", credit=10, accepts=True, capability="qd.waypoint")
        out = self.sender(store, "orders", credit=False, capability="qd.waypoint")
        self.accepted(self.sender(self.tenant(node, A), "orders"), "x")
        self.taken(into, "x")
        last = self.receiver(self.tenant(node, A), "orders", credit=10, accepts=True)
        self.wait_until(lambda: out.credit > 0, "credit")
        self.accepted(out, "y")
        self.taken(last, "y")

    def test_queues_of_a_broker_are_each_tenants_own(self):
        node, broker = self.served(addresses=[
            {"address": f"{name}/orders", "type": "queue", "brokers": ["broker"]}
            for name in (A, B)])
        client = self.tenant(node, A)
        self.accepted(self.sender(client, "orders"), 1, 2)
        self.assertEqual((broker.depth(f"{A}/orders"), broker.depth(f"{B}/orders")), (2, 0))
        receiver = self.receiver(client, "orders", credit=1, wish=selects)
        self.assertEqual(receiver.remote_address, "orders")

    def test_transactions_of_a_tenant(self):
        node, broker = self.served(addresses=[
            {"address": f"{A}/orders", "type": "queue", "brokers": ["broker"]}])
        self.wait_for(self.agent(node), "router.config.linkRoute", 3)
        client = self.tenant(node, A)
        before = self.sender(client, "orders")
        control = Control(self, client)
        transaction = control.declare()
        after = self.sender(client, "orders")
        sent = [send(sender, transaction, Message(body=body))
                for body, sender in enumerate((before, after))]
        self.assertIsNone(control.end(transaction))
        self.wait_until(lambda: all(one.settled for one in sent), "the outcomes")
        self.assertEqual(len(broker.committed), 2)
        names = {link.link.name for link in broker.serving(f"{A}/orders")}
        self.assertLessEqual({f"{A}/{link.link.name}@test" for link in (before, after)}, names)


if __name__ == "__main__":
    harness.main()
