"""Vhosts: who is let in, and to what. Users are anonymous, or named by their certificates."""
import json
import shutil
import tempfile

import certificates
import clients
import harness
import management
import raw
from broker import Broker
from proton import ConnectionException, Delivery, Message, SSLDomain, symbol
from proton.utils import BlockingConnection, LinkDetached

REFUSED = "amqp:resource-limit-exceeded"
UNAUTHORIZED = "amqp:unauthorized-access"
OPEN = {"remoteHosts": "*", "sources": "*", "targets": "*", "allowDynamicSource": True,
        "allowAnonymousSender": True}


def vhost(hostname, groups=None, **keys):
    return {"hostname": hostname, "allowUnknownUser": True, **keys,
            "groups": groups or {"$default": OPEN}}


class PolicyTest(harness.Test):
    """Base: a router with vhosts, and a listener "web" at which nothing is asked."""

    def policed(self, *vhosts, policy=None, **options):
        return self.router(policy={"enableVhostPolicy": True, **(policy or {})},
                           vhosts=list(vhosts), **options)

    def manage(self, router):
        node = management.Node(router.url, harness.TIMEOUT)
        self.addCleanup(node.close)
        return node

    def closed(self, peer):
        """The condition and description with which the router closed the connection."""
        self.wait_until(lambda: peer.closed_by_router or peer.gone, "the connection to be closed")
        self.assertTrue(peer.closed_by_router, peer.gone)
        return (peer.condition.name, peer.condition.description)

    def outcome(self, sender, message):
        sent = sender.send(message)
        self.wait_until(lambda: sent.settled, "the outcome")
        return sent.state

    def stats(self, node, hostname):
        return next(r for r in node.query("vhostStats") if r["hostname"] == hostname)


class Connections(PolicyTest):
    def test_who_names_no_vhost_that_there_is_is_closed_with_the_reason(self):
        router = self.policed(vhost("elsewhere"))
        condition, text = self.closed(self.net.connect(router.port))
        self.assertEqual(condition, REFUSED)
        self.assertEqual(text, "connection disallowed by local policy")
        harness.wait_until(lambda: "no policy is defined for the vhost" in router.log(), "the log")

    def test_the_default_vhost_takes_everybody(self):
        router = self.policed(vhost("$default"))
        self.receiver(self.connect(router), "a")

    def test_a_host_that_users_may_not_come_from(self):
        groups = {"$default": {**OPEN, "remoteHosts": "10.0.0.0-10.255.255.255, ::1"}}
        router = self.policed(vhost("127.0.0.1", groups))
        self.assertEqual(self.closed(self.net.connect(router.port))[0], REFUSED)
        groups["$default"]["remoteHosts"] = "127.0.0.0-127.0.0.9, localhost"
        self.receiver(self.connect(self.policed(vhost("127.0.0.1", groups))), "a")

    def test_users_have_so_many_connections_and_no_more(self):
        router = self.policed(vhost("127.0.0.1", maxConnectionsPerUser=2))
        first, _ = self.connect(router), self.connect(router)
        self.assertEqual(self.closed(self.net.connect(router.port))[0], REFUSED)
        first.drop()

        def let_in():
            peer = self.net.connect(router.port)
            self.wait_until(lambda: peer.opened, "the open")
            peer.receiver("a")
            self.wait_until(lambda: peer.closed_by_router or peer.links[0].attached, "an answer")
            return not peer.closed_by_router
        harness.wait_until(let_in, "the place of the one that is gone")

    def test_more_than_the_router_takes_are_closed_without_a_word(self):
        router = self.router(policy={"maxConnections": 2})
        first = self.connect(router)
        node = self.manage(router)
        third = self.net.connect(router.port)
        self.wait_until(lambda: third.gone or third.socket is None, "the connection to be closed")
        self.assertFalse(third.opened)
        row = node.query("policy")[0]
        self.assertEqual((row["connectionsDenied"], row["totalDenials"]), (1, 1))
        self.assertTrue(first.opened)

    def test_patterns_and_aliases_mean_a_vhost(self):
        router = self.policed(vhost("*.0.0.#", maxConnections=1), vhost("#", maxConnections=0),
                              policy={"enableVhostNamePatterns": True})
        self.connect(router)
        self.assertEqual(self.closed(self.net.connect(router.port))[0], REFUSED)
        router = self.policed(vhost("a", aliases="b, 127.0.0.1"))
        self.receiver(self.connect(router), "a")

    def test_what_the_group_says_of_frames_and_sessions_is_in_the_open(self):
        groups = {"$default": {**OPEN, "maxFrameSize": 2048, "maxSessions": 3}}
        router = self.policed(vhost("$default", groups))
        peer = self.connect(router)
        self.assertEqual(peer.transport.remote_max_frame_size, 2048)
        self.assertEqual(peer.transport.remote_channel_max, 2)

    def test_the_listener_may_say_which_vhost_holds(self):
        router = self.policed(vhost("strict", {"$default": {"remoteHosts": "*"}}),
                              listener={"policyVhost": "strict"})
        self.assertEqual(self.refused(self.connect(router).receiver("a")), UNAUTHORIZED)


class Links(PolicyTest):
    def test_addresses_are_allowed_each_way(self):
        groups = {"$default": {"remoteHosts": "*", "sources": "in, of-${user}, front*",
                               "targetPattern": "out/*/x, ${user}/#"}}
        router = self.policed(vhost("$default", groups))
        peer = self.connect(router)
        for address in ("in", "of-anonymous", "front", "front/a"):
            self.receiver(peer, address)
        for address in ("out/1/x", "anonymous", "anonymous/a/b"):
            self.sender(peer, address, credit=False)
        for link in (peer.receiver("out/1/x"), peer.receiver("of-ann"), peer.sender("in"),
                     peer.sender("out/x"), peer.sender("anonymouse"), peer.sender(None),
                     peer.receiver(None, dynamic=True)):
            self.assertEqual(self.refused(link), UNAUTHORIZED)
            self.assertEqual(link.condition.description, "link disallowed by local policy")

    def test_a_scheme_makes_no_other_address_one_that_is_allowed(self):
        groups = {"$default": {"remoteHosts": "*", "sources": "news*", "targets": "orders*",
                               "allowAnonymousSender": True}}
        peer = self.connect(self.policed(vhost("$default", groups)))
        for link in (peer.receiver("news:/payroll"), peer.receiver("news://h/payroll"),
                     peer.sender("orders:/$management")):
            self.assertEqual(self.refused(link), UNAUTHORIZED)
        self.receiver(peer, "amqp:/news.eu")
        sent = self.sender(peer, None).send(Message(body="x", address="orders:/$management"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.REJECTED)

    def test_links_are_counted_and_make_room_when_they_go(self):
        groups = {"$default": {**OPEN, "maxSenders": 1, "maxReceivers": 2}}
        router = self.policed(vhost("$default", groups))
        peer = self.connect(router)
        first, second = self.receiver(peer, "a"), self.receiver(peer, "b")
        self.assertEqual(self.refused(peer.receiver("c")), REFUSED)
        second.close()
        self.wait_until(lambda: second.detached, "the answer")
        self.receiver(peer, "c")
        self.sender(peer, "a")
        self.assertEqual(self.refused(peer.sender("b")), REFUSED)
        self.assertFalse(first.detached)
        node = self.manage(router)
        stats = self.stats(node, "$default")
        self.assertEqual((stats["receiverDenied"], stats["senderDenied"]), (1, 1))
        row = node.query("policy")[0]
        self.assertEqual((row["linksDenied"], row["totalDenials"]), (2, 2))
        ours = f"127.0.0.1:{peer.socket.getsockname()[1]}"
        self.assertIn(ours, stats["perUserState"]["anonymous"])
        self.assertIn(ours, stats["perHostState"]["127.0.0.1"])

    def test_a_link_whose_answer_is_too_large_for_its_peer_does_not_count(self):
        router = self.policed(vhost("$default", {"$default": {**OPEN, "maxReceivers": 1}}))
        peer = self.connect(router, max_frame=512)
        for _ in range(2):
            self.assertEqual(self.refused(peer.receiver("a" * 600)), "amqp:frame-size-too-small")
        self.receiver(peer, "a")

    def test_claims_of_waypoints_and_fallbacks(self):
        groups = {"$default": {**OPEN, "allowWaypointLinks": False, "allowFallbackLinks": False}}
        router = self.policed(vhost("$default", groups))
        peer = self.connect(router)
        for capability in ("qd.waypoint", "qd.waypoint.2", "qd.fallback"):
            self.assertEqual(self.refused(peer.sender("a", capability=capability)), UNAUTHORIZED)

    def test_an_anonymous_sender_reaches_what_its_group_may_send_to(self):
        groups = {"$default": {**OPEN, "targets": "ok*"}}
        router = self.policed(vhost("$default", groups))
        peer = self.connect(router)
        receiver = self.receiver(peer, "ok/1", credit=10, accepts=True)
        self.receiver(peer, "secret", credit=10, accepts=True)
        sender = self.sender(peer, None)
        for _ in range(2):
            self.assertEqual(self.outcome(sender, Message(address="ok/1", body=1)),
                             Delivery.ACCEPTED)
            self.assertEqual(self.outcome(sender, Message(address="secret", body=1)),
                             Delivery.REJECTED)
        self.assertEqual(receiver.count, 2)

    def test_a_message_has_its_senders_user_or_none(self):
        router = self.policed(vhost("$default"))
        peer = self.connect(router)
        receiver = self.receiver(peer, "a", credit=10, accepts=True)
        for sender in (self.sender(peer, "a"), self.sender(peer, None)):
            for user, state in (("anonymous", Delivery.ACCEPTED), ("ann", Delivery.REJECTED),
                                ("", Delivery.ACCEPTED)):
                message = Message(address="a", body=1, user_id=user.encode())
                self.assertEqual(self.outcome(sender, message), state, user)
        self.assertEqual(receiver.count, 4)

    def test_a_message_that_is_too_large_ends_the_connection(self):
        router = self.policed(vhost("$default", {"$default": {**OPEN, "maxMessageSize": 10_000}},
                                    maxMessageSize=1), policy={"maxMessageSize": 2})
        peer, other = self.connect(router), self.connect(router)
        receiver = self.receiver(other, "a", credit=10, accepts=True)
        sender = self.sender(peer, "a")
        self.assertEqual(self.outcome(sender, Message(body=b"x" * 9_000)), Delivery.ACCEPTED)
        sent = sender.send(Message(body=b"x" * 11_000))
        self.wait_until(lambda: sender.detached, "the link to end")
        self.assertEqual(sent.state, Delivery.REJECTED)
        self.assertEqual(sender.condition.name, "amqp:link:message-size-exceeded")
        self.assertEqual(self.closed(peer), ("amqp:connection:forced", "Message size exceeded"))
        self.assertEqual(receiver.count, 1)
        self.assertEqual(self.stats(self.manage(router), "$default")["maxMessageSizeDenied"], 1)


class Users(PolicyTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="weft-policy-")
        cls.authority = certificates.Authority(cls.folder)
        cls.shown = {name: cls.authority.issue(name) for name in ("ann", "bob", "eve")}

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def dial(self, router, user):
        domain = SSLDomain(SSLDomain.MODE_CLIENT)
        domain.set_trusted_ca_db(self.authority.file)
        domain.set_credentials(*self.shown[user], None)
        connection = BlockingConnection(f"amqps://localhost:{router.port}", ssl_domain=domain,
                                        timeout=harness.TIMEOUT, allowed_mechs="EXTERNAL")
        self.addCleanup(connection.close)
        return connection

    def test_users_have_the_rules_of_their_group(self):
        groups = {"ops": {"users": "ann, bob", "remoteHosts": "127.0.0.1,::1",
                          "sources": "ops/*, ${user}/inbox"},
                  "$connector": {}}
        profile = self.authority.profile("node", uidFormat="n")
        router = self.router(
            sslProfiles=[profile], policy={"enableVhostPolicy": True},
            vhosts=[vhost("localhost", groups, allowUnknownUser=False), vhost("127.0.0.1")],
            listener={"sslProfile": "node", "requireSsl": True, "authenticatePeer": True},
            listeners=[{"name": "plain", "port": 0}])
        ann = self.dial(router, "ann")
        ann.create_receiver("ops/1")
        ann.create_receiver("ann/inbox")
        with self.assertRaises(LinkDetached):
            ann.create_receiver("bob/inbox")
        self.dial(router, "bob").create_receiver("bob/inbox")
        with self.assertRaises(ConnectionException):
            self.dial(router, "eve").create_receiver("ops/1")
        node = management.Node(f"amqp://127.0.0.1:{router.ports['plain']}", harness.TIMEOUT)
        self.addCleanup(node.close)
        stats = self.stats(node, "localhost")
        self.assertEqual(set(stats["perUserState"]), {"ann", "bob"})
        self.assertEqual((stats["connectionsApproved"], stats["connectionsDenied"]), (2, 1))


class Management(PolicyTest):
    def test_vhosts_are_made_changed_and_deleted_at_run_time(self):
        router = self.policed(vhost("$default"))
        node = self.manage(router)
        node.call("CREATE", "vhost", "mine", body={
            "hostname": "other", "maxConnections": 7, "allowUnknownUser": True,
            "groups": {"$default": {"users": "*", "remoteHosts": "*", "sources": "a, b"}}})
        row = node.call("READ", "vhost", "mine")
        self.assertEqual((row["identity"], row["maxConnections"]), ("vhost/other", 7))
        self.assertEqual(row["groups"]["$default"]["sources"], "a,b")
        with self.assertRaises(management.Refused):
            node.call("CREATE", "vhost", "again", body={"hostname": "other"})
        with self.assertRaises(management.Refused) as refused:
            node.call("UPDATE", "vhost", "mine", body={"aliases": "$default"})
        self.assertIn("$default", refused.exception.description)
        self.assertEqual(node.call("UPDATE", "vhost", "mine", body={"maxConnections": 8})
                         ["groups"]["$default"]["sources"], "a,b")
        node.call("DELETE", "vhost", "mine")
        self.assertEqual([r["hostname"] for r in node.query("vhost")], ["$default"])

    def test_what_changes_holds_for_who_is_connected(self):
        router = self.policed(vhost("$default"), vhost("admin"),
                              listeners=[{"name": "admin", "port": 0, "policyVhost": "admin"}])
        node = management.Node(f"amqp://127.0.0.1:{router.ports['admin']}", harness.TIMEOUT)
        self.addCleanup(node.close)
        peer = self.connect(router)
        kept, lost = self.receiver(peer, "kept"), self.receiver(peer, "lost")
        sender = self.sender(peer, None)
        self.receiver(self.connect(router), "lost", credit=10)
        node.call("UPDATE", "vhost", identity="vhost/$default",
                  body={"groups": {"$default": {**OPEN, "sources": "kept", "targets": "kept"}}})
        self.assertEqual(self.refused(lost), UNAUTHORIZED)
        self.assertEqual(self.outcome(sender, Message(address="lost", body=1)), Delivery.REJECTED)
        self.assertFalse(kept.detached)
        self.assertEqual(self.refused(peer.receiver("lost")), UNAUTHORIZED)
        node.call("DELETE", "vhost", identity="vhost/$default")
        self.assertEqual(self.closed(peer)[0], REFUSED)
        self.assertEqual([r["hostname"] for r in node.query("vhostStats")], ["admin"])

    def test_of_many_links_those_end_that_are_not_let_in_any_more(self):
        router = self.policed(vhost("$default"), vhost("admin"),
                              listeners=[{"name": "admin", "port": 0, "policyVhost": "admin"}])
        node = management.Node(f"amqp://127.0.0.1:{router.ports['admin']}", harness.TIMEOUT)
        self.addCleanup(node.close)
        peer, other = self.connect(router), self.connect(router)
        links = [peer.receiver(f"{'kept' if i % 3 else 'lost'}/{i}") for i in range(3000)]
        self.wait_until(lambda: all(link.attached for link in links), "the links")
        late = self.receiver(other, "lost/late")
        node.call("UPDATE", "vhost", identity="vhost/$default",
                  body={"groups": {"$default": {**OPEN, "sources": "kept*"}}})
        self.assertEqual(self.refused(late), UNAUTHORIZED)
        self.wait_until(lambda: sum(link.detached for link in links) == 1000, "a third to end")
        self.settle_down(peer)
        self.assertEqual({link.detached for link in links[1::3] + links[2::3]}, {False})

    def test_who_may_not_close_others(self):
        groups = {"$default": {**OPEN, "allowAdminStatusUpdate": False}}
        router = self.policed(vhost("$default", groups))
        peer = self.connect(router)
        number = str(int(peer.connection.remote_properties[symbol("qd.conn-id")]))
        with self.assertRaises(management.Refused) as refused:
            self.manage(router).call("UPDATE", "connection", identity=number,
                                     body={"adminStatus": "deleted"})
        self.assertEqual(refused.exception.status, 403)
        self.settle_down(peer)
        self.assertFalse(peer.closed_by_router)

    def test_a_folder_of_vhosts_in_the_originals_form(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/a.json", "w", encoding="ascii") as file:
                file.write("# a comment\n" + json.dumps([["vhost", vhost("127.0.0.1")]]))
            router = self.router(policy={"enableVhostPolicy": True, "policyDir": folder})
            node = self.manage(router)
            self.assertEqual([r["hostname"] for r in node.query("vhost")], ["127.0.0.1"])
            self.assertEqual(node.query("policy")[0]["policyDir"], folder)


class LinkRoutes(PolicyTest):
    ADMIN = {"name": "admin", "port": 0, "policyVhost": "admin"}
    CONTAINERS = {"name": "brokers", "port": 0, "role": "route-container", "policyVhost": "admin"}

    STRICT = dict(CONTAINERS, name="strict", policyVhost="strict")

    def status(self, node):
        return {row["operStatus"] for row in node.query("router.config.linkRoute")}

    def routed(self, **group):
        """A router with link routes to a broker, the broker, and management that is let in."""
        router = self.policed(
            vhost("$default", {"$default": {**OPEN, **group}}), vhost("admin"),
            vhost("strict", {"$default": {**OPEN, "remoteHosts": "192.0.2.1"}}),
            listeners=[self.ADMIN, self.CONTAINERS, self.STRICT],
            linkRoutes=[{"name": way, "prefix": "queues", "direction": way, "containerId": "broker"}
                        for way in ("in", "out")])
        broker = Broker(self.net)
        broker.dial(router.ports["brokers"])
        node = management.Node(f"amqp://127.0.0.1:{router.ports['admin']}", harness.TIMEOUT)
        self.addCleanup(node.close)
        self.wait_until(lambda: self.status(node) == {"active"}, "the link routes")
        return router, broker, node

    def test_what_changes_holds_for_links_that_pass(self):
        router, broker, node = self.routed()
        peers = [self.connect(router, container=f"client-{i}") for i in range(4)]
        links = [link for peer in peers
                 for link in (self.receiver(peer, "queues.a"), self.sender(peer, "queues.a"))]
        kept = [self.receiver(peer, "queues.kept") for peer in peers]
        self.wait_until(lambda: len(broker.serving("queues.a")) == len(links), "the far ends")
        node.call("UPDATE", "vhost", identity="vhost/$default",
                  body={"groups": {"$default": {**OPEN, "sources": "queues.kept", "targets": "no"}}})
        for link in links:
            self.assertEqual(self.refused(link), UNAUTHORIZED)
        self.wait_until(lambda: not broker.serving("queues.a"),
                        "the far ends to go")
        for peer, link in zip(peers, kept):
            self.settle_down(peer)
            self.assertFalse(link.detached)

    def test_a_dynamic_node_is_judged_by_the_address_that_it_is_routed_by(self):
        router, broker, _ = self.routed(sources="queues.mine", targets="queues.mine",
                                        allowWaypointLinks=True)

        def named(address):
            def wish(link):
                node = link.source if link.is_receiver else link.target
                node.dynamic = True
                node.properties.put_map()
                node.properties.enter()
                node.properties.put_symbol(symbol("x-opt-qd.address"))
                node.properties.put_string(address)
                node.properties.exit()
            return wish
        peer = self.connect(router)
        for address in ("queues.other", "$brokers/broker/$coordinator"):
            self.assertEqual(self.refused(peer.receiver(None, wish=named(address))), UNAUTHORIZED)
            self.assertEqual(self.refused(peer.sender("queues.mine", wish=named(address))),
                             UNAUTHORIZED)
        self.receiver(peer, None, wish=named("queues.mine"))
        self.assertEqual(len(broker.links), 1)

    def test_a_container_attaches_no_links_of_its_own_on_sessions_of_the_routers(self):
        router, broker, _ = self.routed()
        client = self.connect(router)
        link = self.receiver(client, "queues.a")
        session = broker.serving("queues.a")[0].link.session
        theirs = broker.peers[0]
        own = clients.Receiver(theirs, session.receiver("mine"), "anycast")
        self.assertEqual(self.refused(own), "amqp:not-allowed")
        self.assertFalse(link.detached)

    def test_a_container_that_is_not_let_in_is_none_however_slow_it_is_to_answer(self):
        router, broker, node = self.routed()
        for peer in broker.peers:
            peer.drop()
        self.wait_until(lambda: self.status(node) == {"inactive"}, "the broker to be missed")
        stranger = raw.Peer(router.ports["strict"], self.wait_until)
        self.addCleanup(stranger.drop)
        stranger.write(raw.HEADER + raw.frame(raw.open_(container="broker")))
        self.assertEqual(stranger.read_header(), raw.HEADER)
        self.assertEqual(stranger.expect(raw.CLOSE).error, REFUSED)
        self.assertEqual(self.status(node), {"inactive"})


class Connectors(PolicyTest):
    def dialled(self, **options):
        """The peer that a router's connector reached."""
        port = self.net.listen(on_link=lambda link: None)
        self.policed(connectors=[{"name": "out", "port": port, **options.pop("connector", {})}],
                     *options.pop("vhosts", []), **options)
        self.wait_until(lambda: self.net.peers and self.net.peers[0].opened, "the router to dial")
        return self.net.peers[0]

    def test_a_connector_has_the_rules_of_its_vhost(self):
        rules = {"$connector": {"sources": "test, work*", "targets": "play*"}}
        peer = self.dialled(connector={"policyVhost": "test"}, vhosts=[
            {"hostname": "test", "groups": rules}])
        self.receiver(peer, "work/1")
        self.sender(peer, "play", credit=False)
        for link in (peer.receiver("play"), peer.sender("work"), peer.sender(None)):
            self.assertEqual(self.refused(link), UNAUTHORIZED)

    def test_a_connector_whose_vhost_has_no_rules_for_it_is_closed(self):
        peer = self.dialled(connector={"policyVhost": "nosuch"})
        self.assertEqual(self.closed(peer)[0], REFUSED)


if __name__ == "__main__":
    harness.main()
