"""`$management`, asked as the original tools ask it."""
import re
import socket
import uuid

from proton import Delivery, Message, int32, ulong
from proton.utils import ConnectionClosed

import harness
import management
import raw

LINK_COLUMNS = """linkType linkDir connectionId identity peer owningAddr capacity undeliveredCount
    unsettledCount deliveryCount presettledCount droppedPresettledCount acceptedCount rejectedCount
    releasedCount modifiedCount deliveriesDelayed1Sec deliveriesDelayed10Sec deliveriesStuck
    creditAvailable zeroCreditSeconds adminStatus operStatus linkName priority settleRate""".split()


class Management(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router(
            addresses=[{"name": "news", "address": "news", "type": "multicast"}])
        self.agent = self.manage(self.node)

    def manage(self, node, **options):
        agent = management.Node(node.url, harness.TIMEOUT, **options)
        self.addCleanup(agent.close)
        return agent

    def refused_with(self, status, *arguments, **options):
        with self.assertRaises(management.Refused) as caught:
            self.agent.call(*arguments, **options)
        self.assertEqual(caught.exception.status, status, caught.exception.description)
        return caught.exception.description

    def only(self, type, **wanted):
        found = [e for e in self.agent.query(type) if all(e[k] == v for k, v in wanted.items())]
        self.assertEqual(len(found), 1, f"{type} {wanted}")
        return found[0]

    # --- UPDATE of a connection -------------------------------------------------------------------

    def test_the_frames_of_one_connection_are_logged(self):
        traced, other = (self.connect(self.node, container=name) for name in ("it", "other"))
        identity = self.only("connection", container="it")["identity"]
        self.assertNotIn("@begin(17)", self.whole_log(self.node))

        def trace(on):
            row = self.agent.call("UPDATE", "connection", identity=identity,
                                  body={"enableProtocolTrace": on})
            self.assertEqual(row["enableProtocolTrace"], on)

        trace(True)
        self.assertTrue(self.only("connection", container="it")["enableProtocolTrace"])
        receiver = self.receiver(traced, "q", credit=1, accepts=True)
        sent = self.sender(other, "q").send(Message(body="x" * 1000))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(receiver.count, 1)
        log = self.whole_log(self.node)
        tag = f"PROTOCOL (trace) [C{identity}]:0"
        for line in (rf"{tag} <- @attach\(18\) \[.*@source\(40\) \[address=\"q\"",
                     rf"{tag} <- @flow\(19\) \[.*link-credit=1",
                     rf"{tag} -> @transfer\(20\) \[.*\] \(10\d\d\) .*\(truncated\)",
                     rf"{tag} <- @disposition\(21\) \[.*@accepted\(36\)"):
            self.assertRegex(log, line.replace(tag, re.escape(tag)))
        self.assertEqual(log.count("PROTOCOL (trace)"), log.count(f"PROTOCOL (trace) [C{identity}]:"))

        trace(False)
        lines = self.whole_log(self.node).count("PROTOCOL (trace)")
        self.settle_down(traced)
        self.assertEqual(self.whole_log(self.node).count("PROTOCOL (trace)"), lines)

    # --- QUERY ------------------------------------------------------------------------------------

    def test_every_entity_type_can_be_queried(self):
        for type in ("router", "connection", "router.link", "router.address", "router.node",
                     "router.config.address", "router.config.linkRoute", "router.config.autoLink",
                     "router.config.exchange", "router.config.binding", "listener", "connector",
                     "log", "logStats", "allocator", "policy", "vhost", "vhostStats",
                     "vhostUserGroupSettings", "sslProfile", "management"):
            with self.subTest(type):
                for entity in self.agent.query(type):
                    self.assertTrue(entity["type"].endswith(type), entity["type"])
                    self.assertIsInstance(entity["identity"], str)
                    self.assertIsInstance(entity["name"], str)

    def test_among_all_types_the_router_is_named_by_its_type_and_id(self):
        router, = [row for row in self.agent.query()
                   if row["type"] == management.PREFIX + "router"]
        self.assertEqual((router["name"], router["identity"]), ("router/r1", "router/r1"))
        self.assertEqual(self.agent.call("READ", identity="router/r1")["id"], "r1")
        self.assertEqual(self.only("router")["name"], "r1")

    def test_all_types_at_once(self):
        types = {e["type"] for e in self.agent.query(attributes=["type", "identity"])}
        for type in ("router", "connection", "listener", "router.address", "router.link"):
            self.assertIn(management.PREFIX + type, types)

    def test_links_have_what_qdstat_computes_with(self):
        links = self.agent.query("router.link", LINK_COLUMNS)
        self.assertGreaterEqual(len(links), 2)
        for link in links:
            self.assertEqual(set(link), set(LINK_COLUMNS))
            for name in ("zeroCreditSeconds", "deliveriesDelayed1Sec", "deliveriesDelayed10Sec",
                         "priority"):
                self.assertIsInstance(link[name], int, name)

    def test_connections_have_what_qdstat_prints(self):
        for sasl, user in ((True, "anonymous"), (False, None)):
            self.connect(self.node, container=f"sasl-{sasl}", sasl=sasl)
            connection = self.only("connection", container=f"sasl-{sasl}")
            self.assertEqual((connection["role"], connection["dir"]), ("normal", "in"))
            self.assertTrue(connection["host"].startswith("127.0.0.1:"))
            self.assertEqual(connection["isEncrypted"], False)
            self.assertEqual(connection["sasl"], "ANONYMOUS" if sasl else None)
            for name in ("uptimeSeconds", "isAuthenticated", "user", "sslProto", "sslCipher",
                         "tenant", "lastDlvSeconds"):
                self.assertIn(name, connection)

    def test_pages_are_as_long_as_asked_for(self):
        peer = self.connect(self.node)
        receivers = [peer.receiver(f"many/{i}") for i in range(1200)]
        self.wait_until(lambda: all(r.attached for r in receivers), "1200 receivers")
        for page in (500, 7):
            names = [a["name"] for a in self.agent.query("router.address", ["name"], page)]
            ours = [n for n in names if n.startswith("M0many/")]
            self.assertEqual(len(ours), 1200)
            self.assertEqual(len(set(ours)), 1200)

    def test_an_attribute_nobody_knows_is_a_column_of_nulls_or_not_found(self):
        for link in self.agent.query("router.link", ["identity", "nonsense"]):
            self.assertIsNone(link["nonsense"])
        with self.assertRaises(management.Refused) as caught:
            self.agent.query("listener", ["nonsense"])
        self.assertEqual(caught.exception.status, 404)

    # --- what entities say ------------------------------------------------------------------------

    def test_links_and_addresses_count_what_passed(self):
        consumer, producer = (self.connect(self.node, container=c) for c in ("eats", "feeds"))
        receiver = self.receiver(consumer, "q", name="eater", credit=20)
        sender = self.sender(producer, "q", name="feeder")
        sent = [sender.send(Message(body=i)) for i in range(8)]
        sender.send(Message(body="presettled"), settled=True)
        self.wait_until(lambda: receiver.count == 9, "all messages")
        outcomes = [Delivery.ACCEPTED] * 3 + [Delivery.REJECTED] * 2 + [Delivery.RELEASED,
                                                                        Delivery.MODIFIED]
        for received, outcome in zip(receiver.received, outcomes):
            received.settle(outcome)
        self.wait_until(lambda: sum(s.settled for s in sent) == 7, "seven outcomes")

        out, into = (self.only("router.link", linkName=n) for n in ("eater", "feeder"))
        for link in (out, into):
            counts = [link[n + "Count"] for n in ("delivery", "presettled", "accepted", "rejected",
                                                  "released", "modified", "unsettled",
                                                  "undelivered")]
            self.assertEqual(counts, [9, 1, 3, 2, 1, 1, 1, 0], link["linkName"])
            self.assertEqual(link["owningAddr"], "M0q")
        self.assertEqual((out["linkDir"], into["linkDir"]), ("out", "in"))
        self.assertEqual((out["creditAvailable"], into["creditAvailable"]), (11, 249))
        of = {c["identity"]: c["container"] for c in self.agent.query("connection")}
        self.assertEqual((of[out["connectionId"]], of[into["connectionId"]]), ("eats", "feeds"))
        address = self.only("router.address", key="M0q")
        self.assertEqual((address["subscriberCount"], address["deliveriesIngress"],
                          address["deliveriesEgress"], address["distribution"]),
                         (1, 9, 9, "balanced"))
        router = self.only("router", id="r1")
        self.assertEqual((router["acceptedDeliveries"] >= 3, router["rejectedDeliveries"],
                          router["modifiedDeliveries"]), (True, 2, 1))

    def test_what_waits_is_undelivered_at_its_consumer_and_unsettled_at_its_producer(self):
        peer = self.connect(self.node)  # one connection is on one loop
        receiver = self.receiver(peer, "waits", name="taker")
        sender = self.sender(peer, "waits", name="giver")
        for i in range(3):
            sender.send(Message(body=i))
        columns = ["linkName", "undeliveredCount", "unsettledCount"]

        def counted():
            rows = {row["linkName"]: row for row in self.agent.query("router.link", columns)}
            return [tuple(rows[name][column] for column in columns[1:])
                    for name in ("taker", "giver")]
        self.wait_until(lambda: counted() == [(3, 0), (0, 3)], "what waits")
        receiver.grant(2)
        self.wait_until(lambda: counted() == [(1, 2), (0, 3)], "what was passed on")

    def test_an_address_and_its_links_go_away(self):
        peer = self.connect(self.node)
        receiver = self.receiver(peer, "short", name="short-lived")
        self.only("router.address", key="M0short")
        receiver.close()
        self.settle_down(peer)
        self.wait_until(lambda: not [a for a in self.agent.query("router.address")
                                     if a["key"] == "M0short"], "the address to go away")
        self.assertNotIn("short-lived", [e["linkName"] for e in self.agent.query("router.link")])

    def test_what_is_dropped_has_a_reason(self):
        sent = self.sender(self.connect(self.node), None).send(Message(address="nobody"))
        self.wait_until(lambda: sent.settled, "the outcome")
        router = self.only("router", id="r1")
        self.assertEqual(router["droppedDeliveries"]["no-consumer"], 1)
        self.assertEqual(router["releasedDeliveries"], 1)

    # --- READ, CREATE, UPDATE, DELETE -------------------------------------------------------------

    def test_read_by_name_and_by_identity(self):
        by_name = self.agent.call("READ", "listener", name="clients")
        self.assertEqual(by_name["boundPort"], self.node.port)
        by_identity = self.agent.call("READ", "listener", identity=by_name["identity"])
        self.assertEqual(by_identity["name"], "clients")
        self.assertEqual(self.agent.call("READ", "router", name="r1")["id"], "r1")
        self.assertEqual(self.agent.call("READ", identity="self")["name"], "self")
        self.refused_with(404, "READ", "listener", name="nothing")

    def test_a_router_that_others_may_join_is_a_node_itself(self):
        agent = self.manage(self.router(router={"mode": "interior"}))
        self.assertEqual(agent.call("READ", identity="router.node/r1")["id"], "r1")

    def test_an_address_is_made_used_and_taken_away(self):
        made = self.agent.call("CREATE", "router.config.address", name="bulletins",
                               body={"prefix": "bulletins", "distribution": "multicast"})
        self.assertEqual((made["name"], made["distribution"]), ("bulletins", "multicast"))
        self.assertTrue(made["identity"])
        receivers = [self.receiver(self.connect(self.node), "bulletins/1", credit=1, accepts=True)
                     for _ in range(2)]
        sent = self.sender(self.connect(self.node), "bulletins/1").send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual([r.count for r in receivers], [1, 1])
        self.assertIn("conflicts with an existing entity", self.refused_with(
            400, "CREATE", "router.config.address", name="bulletins", body={"prefix": "other"}))
        self.assertFalse(self.agent.call("DELETE", "router.config.address", name="bulletins"))
        self.refused_with(404, "READ", "router.config.address", name="bulletins")
        self.refused_with(404, "DELETE", "router.config.address", name="bulletins")

    def test_a_listener_is_made_used_and_taken_away(self):
        made = self.agent.call("CREATE", "listener", name="more",
                               body={"host": "127.0.0.1", "port": "0", "linkCapacity": "7"})
        port = int(made["boundPort"])
        peer = self.net.connect(port)
        self.wait_until(lambda: peer.opened, "the connection to open")
        self.receiver(peer, "q")
        self.assertEqual(self.sender(peer, "q").credit, 7)
        self.agent.call("DELETE", "listener", name="more")
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))

    def test_a_listener_without_a_host_says_where_it_listens(self):
        response = self.agent.request(
            {"operation": "CREATE", "type": management.PREFIX + "listener", "name": "here"},
            {"port": "0", "openProperties": {}, "unheardOf": None})
        self.assertEqual(response.properties["statusCode"], 201)
        self.assertEqual(response.properties["statusDescription"],
                         "Created: no host was given, so it listens on 127.0.0.1 alone")
        self.assertEqual((response.body["host"], response.body["openProperties"]),
                         ("127.0.0.1", {}))
        self.refused_with(400, "CREATE", "listener", name="there",
                          body={"port": "0", "unheardOf": 1})
        self.assertIn("is looked up at the start only", self.refused_with(
            400, "CREATE", "listener", name="there", body={"port": "0", "host": "a.invalid",
                                                            "insecure": True}))
        self.assertIn("lets peers of other machines in without TLS", self.refused_with(
            400, "CREATE", "listener", name="there", body={"port": "0", "host": "0.0.0.0"}))

    def test_entities_come_in_the_order_of_the_file(self):
        names = ["z/1", "#", "a", "m/2"]
        agent = self.manage(self.router(addresses=[{"name": n, "address": n} for n in names]))
        agent.call("CREATE", "router.config.address", name="b", body={"address": "b"})
        rows = agent.query("router.config.address")
        self.assertEqual([row["name"] for row in rows], [*names, "b"])
        self.assertEqual([row["name"] for row in agent.query("listener")], ["clients", "web"])

    def test_a_port_in_use_is_refused_and_leaves_nothing(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        port = str(taken.getsockname()[1])
        with self.assertRaises(management.Refused) as caught:
            self.agent.call("CREATE", "listener", name="more",
                            body={"host": "127.0.0.1", "port": port})
        self.assertIn(caught.exception.status, (400, 500))
        self.refused_with(404, "READ", "listener", name="more")

    def test_the_log_level_is_changed(self):
        self.agent.call("UPDATE", "log", identity="log/ROUTER_CORE", body={"enable": "debug+"})
        self.assertEqual(self.agent.call("READ", "log", identity="log/ROUTER_CORE")["enable"],
                         "debug+")
        self.receiver(self.connect(self.node), "logged-from-now-on")
        self.wait_until(lambda: "logged-from-now-on" in self.node.log(), "a debug line")

    def test_a_connection_is_closed(self):
        peer = self.connect(self.node, container="nuisance")
        connection = self.only("connection", container="nuisance")
        self.agent.call("UPDATE", "connection", identity=connection["identity"],
                        body={"adminStatus": "deleted"})
        self.assertNotIn("nuisance", [c["container"] for c in self.agent.query("connection")])
        self.wait_until(lambda: peer.closed_by_router, "the close")
        self.assertEqual(peer.condition.name, "amqp:connection:forced")
        self.refused_with(400, "UPDATE", "connection", identity=connection["identity"],
                          body={"adminStatus": "deleted"})

    def test_whoever_deletes_its_own_connection_is_gone_as_others_are(self):
        agent = self.manage(self.node)
        name = agent.connection.container.container_id
        identity = self.only("connection", container=name)["identity"]
        with self.assertRaises(ConnectionClosed):
            agent.call("UPDATE", "connection", identity=identity, body={"adminStatus": "deleted"})
        self.refused_with(404, "READ", "connection", identity=identity)

    def test_a_connection_whose_peer_does_not_answer_is_closed_and_its_links_are_gone(self):
        before = self.node.open_files()
        peer = raw.Peer(self.node.port, self.wait_until)
        self.addCleanup(peer.drop)
        peer.handshake()
        peer.attach(raw.RECEIVER, "of-the-silent")
        silent, = [c for c in self.agent.query("connection") if c["container"] == "raw"]
        self.agent.call("UPDATE", "connection", identity=silent["identity"],
                        body={"adminStatus": "deleted"})
        self.assertNotIn("raw", [c["container"] for c in self.agent.query("connection")])
        self.assertNotIn("M0of-the-silent",
                         [link["owningAddr"] for link in self.agent.query("router.link")])
        self.assertEqual(peer.expect(raw.CLOSE).error, "amqp:connection:forced")
        self.assertTrue(peer.at_end())
        self.wait_until(lambda: self.node.open_files() == before, "the socket to be closed")

    def test_a_connection_that_was_dialled_shows_what_the_connector_says(self):
        there = self.router()
        here = self.router(connectors=[{"name": "out", "host": "localhost", "port": there.port}])
        agent = self.manage(here)
        self.wait_until(lambda: agent.call("READ", "connector", name="out")["connectionStatus"] == "SUCCESS",
                        "the connector")
        hosts = [c["host"] for c in agent.query("connection") if c["dir"] == "out"]
        self.assertEqual(hosts, [f"localhost:{there.port}"])

    def test_what_is_wrong_is_refused(self):
        self.refused_with(501, "EXPLODE", "router", name="r1")
        self.refused_with(400, None, "router", name="r1")
        self.refused_with(400, "CREATE", "router.config.address", name="a",
                          body={"prefix": 1, "x": 2})
        self.refused_with(400, "CREATE", "router.config.address", name="a",
                          body={"prefix": "a", "distribution": "sideways"})
        self.refused_with(400, "CREATE", "router.config.address", identity="9", name="a",
                          body={"prefix": "a", "identity": "9"})
        self.refused_with(400, "CREATE", "router.config.address", name="clash",
                          body={"address": "news", "distribution": "closest"})
        self.refused_with(400, "READ", "no.such.type", name="a")
        self.refused_with(501, "DELETE", "router", name="r1")

    # --- the agent itself -------------------------------------------------------------------------

    def test_what_there_is_to_manage(self):
        types = self.agent.node_call("GET-TYPES")
        self.assertIn(management.PREFIX + "router.link", types)
        operations = self.agent.node_call("GET-OPERATIONS",
                                          entityType=management.PREFIX + "listener")
        self.assertLessEqual({"CREATE", "READ", "DELETE"},
                             set(operations[management.PREFIX + "listener"]))
        attributes = self.agent.node_call("GET-ATTRIBUTES",
                                          entityType=management.PREFIX + "router.link")
        self.assertLessEqual(set(LINK_COLUMNS) - {"settleRate"},
                             set(attributes[management.PREFIX + "router.link"]))
        self.assertIsInstance(self.agent.node_call("GET-ANNOTATIONS"), dict)

    def test_the_nodes_there_are(self):
        self.assertEqual(list(self.agent.node_call("GET-MGMT-NODES")),
                         ["amqp:/_topo/0/r1/$management"])

    def test_the_schema(self):
        schema = self.agent.node_call("GET-SCHEMA")
        self.assertIn("router", schema["entityTypes"])
        settings = schema["entityTypes"]["vhostUserGroupSettings"]["attributes"]
        self.assertTrue(all(isinstance(a, dict) for a in settings.values()))
        self.assertIn('"entityTypes"', self.agent.node_call("GET-JSON-SCHEMA"))

    def test_the_log_can_be_read(self):
        rows = self.agent.node_call("GET-LOG", limit=5)
        self.assertLessEqual(len(rows), 5)
        for row in rows:
            module, level, text, *_, seconds = row
            self.assertEqual(len(row), 6)
            self.assertIsInstance(module + level + text, str)
            self.assertGreater(seconds, 1_600_000_000)

    def test_it_answers_under_its_topological_address(self):
        agent = self.manage(self.node, address="_topo/0/r1/$management")
        self.assertEqual([r["id"] for r in agent.query("router")], ["r1"])

    def test_the_correlation_id_comes_back_as_it_was(self):
        peer = self.connect(self.node)
        inbox = self.receiver(peer, None, dynamic=True, credit=10)
        sender = self.sender(peer, "$management")
        for number, id in enumerate((ulong(7), "seven", uuid.UUID(int=7), None)):
            request = Message(reply_to=inbox.remote_address, body={}, properties={
                "operation": "GET-MGMT-NODES", "type": "org.amqp.management", "name": "self"})
            request.correlation_id = id
            sender.send(request)
            self.wait_until(lambda: inbox.count == number + 1, "the answer")
            answer = inbox.received[-1].message
            self.assertEqual(answer.correlation_id, id)
            self.assertEqual(answer.properties["statusCode"], 200)

    def test_a_receiver_that_takes_no_replies_gets_only_so_many(self):
        peer = self.connect(self.node)
        inbox = self.receiver(peer, None, dynamic=True, credit=0)
        sender = self.sender(peer, "$management")
        sent = [sender.send(Message(reply_to=inbox.remote_address, body={}, properties={
            "operation": "GET-MGMT-NODES", "type": "org.amqp.management", "name": "self"}))
            for _ in range(150)]
        self.wait_until(lambda: all(s.settled for s in sent), "an outcome for each")
        states = [s.state for s in sent]
        self.assertEqual(states[0], Delivery.ACCEPTED)
        self.assertEqual(states[-1], Delivery.REJECTED)
        self.assertEqual(sent[-1].condition.name, "amqp:resource-limit-exceeded")
        inbox.grant(200)
        self.wait_until(lambda: inbox.count == states.count(Delivery.ACCEPTED), "the replies")
        self.assertEqual([r["id"] for r in self.agent.query("router")], ["r1"])

    def test_more_requests_than_wait_here_are_all_answered(self):
        peer = self.connect(self.node)
        inbox = self.receiver(peer, None, dynamic=True, credit=500)
        senders = [self.sender(peer, "$management") for _ in range(2)]
        sent = [senders[n % 2].send(Message(reply_to=inbox.remote_address, correlation_id=ulong(n),
                                            body={"attributeNames": []}, properties={
            "operation": "QUERY", "entityType": "org.apache.qpid.dispatch.router"}))
            for n in range(400)]
        self.wait_until(lambda: inbox.count == 400, "all answers")
        self.wait_until(lambda: all(s.settled for s in sent), "an outcome for each")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
        answers = {int(r.message.correlation_id) for r in inbox.received}
        self.assertEqual(answers, set(range(400)))

    def test_requests_that_make_no_sense_do_no_harm(self):
        peer = self.connect(self.node)
        inbox = self.receiver(peer, None, dynamic=True, credit=50)
        sender = self.sender(peer, "$management")
        sent = [sender.send(message) for message in (
            Message(), Message(body="text"), Message(body=[1, 2]),
            Message(reply_to="nowhere", body={}),
            Message(reply_to=inbox.remote_address, body=None),
            Message(reply_to=inbox.remote_address, properties={"operation": 5}, body={}),
            Message(reply_to=inbox.remote_address, properties={"operation": "QUERY"}, body="text"),
            Message(reply_to=inbox.remote_address, body={"attributeNames": 7},
                    properties={"operation": "QUERY", "offset": int32(-1), "count": int32(-1)}),
            Message(reply_to=inbox.remote_address, body={},
                    properties={"operation": "QUERY", "offset": "many", "entityType": 3}))]
        sent.append(sender.send_bytes(b"\xff\xff\xff"))
        self.wait_until(lambda: all(s.settled for s in sent), "an outcome for each")
        self.wait_until(lambda: inbox.count >= 5, "an answer where there is somebody to answer to")
        for received in inbox.received:
            self.assertGreaterEqual(received.message.properties["statusCode"], 400)
        self.assertEqual([r["id"] for r in self.agent.query("router")], ["r1"])


if __name__ == "__main__":
    harness.main()
