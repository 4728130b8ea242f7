"""Links that are passed on whole, to a container that does what a router does not."""
from proton import Delivery, Described, Message, symbol, ulong

import harness
import management
from broker import Broker
from clients import selects
from mesh import MeshTest

CONTAINERS = [{"name": "brokers", "port": 0, "role": "route-container"}]


def routes(prefix="queues", **options):
    return [{"name": f"{prefix}-{direction}", "prefix": prefix, "direction": direction,
             "containerId": "broker", **options} for direction in ("in", "out")]


class LinkRoutes(MeshTest):
    def broker_router(self, **sections):
        """A router that a broker dials, with link routes to it."""
        return self.router(**{"listeners": list(CONTAINERS), "linkRoutes": routes(), **sections})

    def broker_on(self, node, **options):
        broker = Broker(self.net, **options)
        broker.dial(node.ports["brokers"])
        self.wait_for_routes(node)
        return broker

    def wait_for_routes(self, node, status="active"):
        agent = management.Node(node.url, harness.TIMEOUT)
        self.addCleanup(agent.close)

        def is_so():
            rows = agent.query("router.config.linkRoute")
            return rows and all(row["operStatus"] == status for row in rows)
        self.wait_until(is_so, f"link routes that are {status}")

    def clients_of(self, node):
        """One on each loop, at least."""
        return [self.connect(node, container=f"client-{i}")
                for i in range(harness.WORKERS.get("workerThreads", 1))]

    # --- one router -------------------------------------------------------------------------------

    def test_a_receiver_gets_what_the_broker_sends_by_its_own_credit(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        for i, client in enumerate(self.clients_of(node)):
            queue = f"queues.{i}"
            for body in range(5):
                broker.queues[queue].append(Message(body=body).encode())
            receiver = client.receiver(queue, credit=2)
            self.wait_until(lambda: receiver.count == 2, "two of them")
            self.assertEqual(receiver.remote_address, queue)
            outlet = broker.serving(queue)[0]
            self.assertEqual(outlet.link.name, f"{receiver.link.name}@client-{i}")
            self.assertEqual(outlet.credit, 0)
            receiver.grant(3)
            self.wait_until(lambda: receiver.count == 5, "the rest")
            self.assertEqual(receiver.bodies, [0, 1, 2, 3, 4])
            self.assertEqual(len(outlet.by_tag), 5)
            for received in receiver.received:
                received.accept()
            self.wait_until(lambda: not outlet.by_tag, "the outcomes")
            self.assertEqual(broker.depth(queue), 0)

    def test_a_sender_has_the_brokers_credit_and_outcomes(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        for i, client in enumerate(self.clients_of(node)):
            queue = f"queues.{i}"
            sender = client.sender(queue)
            self.wait_until(lambda: sender.credit > 0, "credit")
            self.assertEqual(sender.credit, 100)
            sent = [sender.send(Message(body=body)) for body in range(3)]
            self.wait_until(lambda: all(s.settled for s in sent), "the broker's outcomes")
            self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
            self.assertEqual(broker.depth(queue), 3)
            presettled = sender.send(Message(body="x"), settled=True)
            self.wait_until(lambda: broker.depth(queue) == 4, "the settled one")
            self.assertTrue(presettled.settled)

    def test_large_messages_pass_both_ways(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        for i, client in enumerate(self.clients_of(node)):
            queue = f"queues.{i}"
            body = bytes(range(256)) * 40000
            sent = client.sender(queue).send(Message(body=body))
            self.wait_until(lambda: sent.settled, "the broker's outcome")
            receiver = client.receiver(queue, credit=1, accepts=True)
            self.wait_until(lambda: receiver.count == 1, "the message")
            self.assertEqual(bytes(receiver.bodies[0]), body)

    def test_without_a_container_a_link_is_refused(self):
        node = self.broker_router()
        for client in self.clients_of(node):
            for link in (client.receiver("queues.a"), client.sender("queues.a")):
                self.wait_until(lambda: link.detached, "the refusal")
                self.assertEqual(link.condition.name, "qd:no-route-to-dest")
                self.assertEqual(link.condition.description, "No route to the destination node")
            other = client.receiver("others", credit=1)
            self.wait_until(lambda: other.attached, "a link of the router's own")
            self.assertFalse(other.detached)

    def test_the_broker_refuses_with_its_own_words(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        broker.refuses.add("queues.none")
        for client in self.clients_of(node):
            link = client.receiver("queues.none")
            self.wait_until(lambda: link.detached, "the refusal")
            self.assertEqual(link.condition.name, "amqp:not-found")
            self.assertEqual(link.condition.description, "no queue queues.none")
            self.assertIsNone(link.remote_address)

    def test_links_of_one_name_from_two_connections_are_told_apart(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        for _ in range(2):
            receiver = self.receiver(self.connect(node), "queues.a", name="same", credit=1)
            self.assertEqual(receiver.remote_address, "queues.a")
        names = [outlet.link.name for outlet in broker.serving("queues.a")]
        self.assertEqual(names[0], "same@test")
        self.assertTrue(names[1].startswith("same@test."), names)

    def test_a_detach_passes_with_its_error_closed_or_not(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        for i, client in enumerate(self.clients_of(node)):
            receiver = client.receiver(f"queues.{i}")
            self.wait_until(lambda: receiver.attached, "the link")
            outlet = broker.serving(f"queues.{i}")[0]
            outlet.end("amqp:resource-deleted")
            self.wait_until(lambda: receiver.detached, "the broker's detach")
            self.assertTrue(receiver.closed)
            self.assertEqual(receiver.condition.name, "amqp:resource-deleted")
            self.assertEqual(receiver.condition.description, "by the broker")
            again = client.receiver(f"queues.{i}", name="again")
            self.wait_until(lambda: again.attached, "another link")
            outlet = broker.serving(f"queues.{i}")[0]
            again.link.detach()
            self.wait_until(lambda: again.detached, "the broker's answer")
            self.assertFalse(again.closed)
            self.assertFalse(outlet.closed)
            self.assertTrue(outlet.detached)

    def test_a_client_that_leaves_before_the_answer_takes_its_wish_back(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        broker.mute = True
        for i, client in enumerate(self.clients_of(node)):
            receiver = client.receiver(f"queues.{i}", credit=1)
            self.wait_until(lambda: len(broker.links) == i + 1, "the broker to be asked")
            self.assertFalse(receiver.attached)
            receiver.close()
            self.wait_until(lambda: receiver.detached and broker.links[-1].detached, "the end of it")

    def test_a_lost_broker_is_told_at_once_and_so_is_a_lost_client(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        clients = self.clients_of(node)
        links = [link for i, client in enumerate(clients)
                 for link in (client.receiver(f"queues.{i}", credit=1), client.sender(f"queues.{i}"))]
        self.wait_until(lambda: all(link.attached for link in links), "all links")
        clients[-1].drop()
        last = f"queues.{len(clients) - 1}"
        ended = [link for link in broker.links if link.queue == last]
        self.wait_until(lambda: all(link.detached for link in ended), "the client's loss")
        self.assertEqual({link.condition.name for link in ended}, {"qd:routed-link-lost"})
        broker.peers[0].drop()
        others = links[:-2]
        self.wait_until(lambda: all(link.detached for link in others), "the broker's loss")
        for link in others:
            self.assertEqual(link.condition.name, "qd:routed-link-lost")
            self.assertEqual(link.condition.description,
                             "Connectivity to the peer container was lost")
        self.wait_for_routes(node, "inactive")

    def test_a_source_with_all_its_fields_reaches_the_broker(self):
        node = self.broker_router()
        broker = self.broker_on(node)

        def wish(link):
            selects(link)
            link.source.distribution_mode = link.source.DIST_MODE_COPY
            link.source.durability = link.source.DELIVERIES
            link.source.expiry_policy = link.source.EXPIRE_NEVER
            link.source.timeout = 77
            link.source.capabilities.put_symbol(symbol("browse"))
            link.max_message_size = 12345
            link.properties = {symbol("why"): "because"}

        for i, client in enumerate(self.clients_of(node)):
            receiver = client.receiver(f"queues.{i}", wish=wish)
            self.wait_until(lambda: receiver.attached, "the link")
            link = broker.serving(f"queues.{i}")[0].link
            for source in (link.remote_source, receiver.link.remote_source):
                source.filter.rewind()
                source.filter.next()
                self.assertEqual(
                    source.filter.get_object(),
                    {"selector": Described(ulong(0x468C00000004), "colour = 'green'")})
                self.assertEqual(source.distribution_mode, source.DIST_MODE_COPY)
                self.assertEqual(source.durability, source.DELIVERIES)
                self.assertEqual(source.expiry_policy, source.EXPIRE_NEVER)
                self.assertEqual(source.timeout, 77)
                source.capabilities.rewind()
                source.capabilities.next()
                self.assertEqual(source.capabilities.get_symbol(), "browse")
            self.assertEqual(link.remote_max_message_size, 12345)
            self.assertEqual(link.remote_properties, {"why": "because"})
            # Who may come back is not closed for a loss.
            client.drop()
            outlet = broker.serving(f"queues.{i}")[0]
            self.wait_until(lambda: outlet.detached, "the loss")
            self.assertFalse(outlet.closed)

    def test_the_broker_makes_up_a_dynamic_address(self):
        node = self.broker_router()
        broker = self.broker_on(node)

        def wish(link):
            link.source.properties.put_map()
            link.source.properties.enter()
            link.source.properties.put_symbol(symbol("x-opt-qd.address"))
            link.source.properties.put_string("queues.mine")
            link.source.properties.exit()

        for client in self.clients_of(node):
            receiver = client.receiver(None, dynamic=True, wish=wish)
            self.wait_until(lambda: receiver.attached, "the link")
            self.assertEqual(receiver.remote_address, broker.links[-1].queue)
            self.assertTrue(receiver.remote_address.startswith("made-up-"))
            other = client.receiver(None, dynamic=True)
            self.wait_until(lambda: other.attached, "a link of the router's own")
            self.assertIn("_topo", other.remote_address)

    def test_a_drain_is_the_brokers_to_answer(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        for i, client in enumerate(self.clients_of(node)):
            queue = f"queues.{i}"
            broker.queues[queue].append(Message(body="only").encode())
            receiver = client.receiver(queue)
            self.wait_until(lambda: receiver.attached, "the link")
            receiver.drain(10)
            self.wait_until(lambda: not receiver.draining and receiver.count == 1, "the end of it")
            self.assertEqual(receiver.credit, 0)
            broker.queues[queue].append(Message(body="later").encode())
            receiver.grant(1)
            self.wait_until(lambda: receiver.count == 2, "the later one")

    def test_a_receiver_that_settles_second_is_waited_for(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        for i, client in enumerate(self.clients_of(node)):
            queue = f"queues.{i}"
            broker.queues[queue].append(Message(body="x").encode())
            receiver = client.receiver(queue, credit=1, second=True)
            self.wait_until(lambda: receiver.count == 1, "the message")
            outlet = broker.serving(queue)[0]
            self.assertEqual(outlet.link.remote_rcv_settle_mode, outlet.link.RCV_SECOND)
            self.assertEqual(receiver.link.remote_rcv_settle_mode, outlet.link.RCV_SECOND)
            delivery = receiver.received[0].delivery
            self.assertFalse(delivery.settled)
            delivery.update(Delivery.ACCEPTED)
            self.wait_until(lambda: delivery.settled, "the broker settles")
            receiver.received[0].settle()

    def test_outcomes_of_both_sides_are_what_was_said(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        for i, client in enumerate(self.clients_of(node)):
            queue = f"queues.{i}"
            broker.queues[queue].append(Message(body="x").encode())
            receiver = client.receiver(queue, credit=2)
            self.wait_until(lambda: receiver.count == 1, "the message")
            receiver.received[0].settle(Delivery.RELEASED)
            self.wait_until(lambda: broker.depth(queue) == 1, "it back")
            receiver.grant(1)
            self.wait_until(lambda: receiver.count == 2, "it again")
            receiver.received[1].settle(Delivery.REJECTED)
            self.wait_until(lambda: not broker.serving(queue)[0].by_tag, "the refusal")
            self.assertEqual(broker.depth(queue), 0)

    def test_transactions_pass_to_the_brokers_coordinator(self):
        node = self.broker_router(linkRoutes=routes() + routes("$coordinator")[:1])
        broker = self.broker_on(node)
        for i, client in enumerate(self.clients_of(node)):
            control = client.sender(None, coordinator=True)
            work = client.sender(f"queues.{i}")
            self.wait_until(lambda: control.credit > 0 and work.credit > 0, "credit")
            for fail in (False, True):
                declared = control.send(Message(body=Described(ulong(0x31), [None])))
                self.wait_until(lambda: declared.settled, "a transaction")
                self.assertEqual(declared.delivery.remote_state, 0x33)
                transaction = declared.delivery.remote.data[0]
                sent = work.begin()
                sent.delivery.local.data = [transaction]
                sent.delivery.update(0x34)
                work.more(Message(body=f"{i} {fail}").encode())
                work.finish(sent)
                self.wait_until(lambda: sent.settled, "the message's state")
                self.assertEqual(sent.delivery.remote_state, 0x34)
                self.assertEqual(sent.delivery.remote.data[0], transaction)
                done = control.send(Message(body=Described(ulong(0x32), [transaction, fail])))
                self.wait_until(lambda: done.settled, "its end")
                self.assertEqual(done.state, Delivery.ACCEPTED)
            self.assertEqual(len(broker.committed), i + 1)
            # One transaction's links are on one session.
            coordinator = next(link for link in reversed(broker.links) if link.queue is None)
            self.assertEqual(coordinator.link.session, broker.serving(f"queues.{i}")[0].link.session)

    def test_without_a_link_route_there_is_no_coordinator(self):
        node = self.broker_router()
        control = self.connect(node).sender(None, coordinator=True)
        self.wait_until(lambda: control.detached, "the refusal")
        self.assertEqual(control.condition.name, "amqp:precondition-failed")

    def test_the_container_may_know_it_by_another_name(self):
        node = self.broker_router(linkRoutes=routes(delExternalPrefix="queues.",
                                                    addExternalPrefix="theirs."))
        broker = self.broker_on(node)
        for i, client in enumerate(self.clients_of(node)):
            sender = client.sender(f"queues.{i}")
            self.wait_until(lambda: sender.credit > 0, "the link")
            self.assertEqual(sender.remote_address, f"queues.{i}")
            self.assertEqual(broker.links[-1].queue, f"theirs.{i}")

    def test_management_shows_both_ends(self):
        node = self.broker_router()
        self.broker_on(node)
        links = [client.receiver("queues.a") for client in self.clients_of(node)]
        self.wait_until(lambda: all(link.attached for link in links), "the links")
        agent = management.Node(node.url, harness.TIMEOUT)
        self.addCleanup(agent.close)
        rows = {row["identity"]: row for row in agent.query("router.link")
                if row["owningAddr"] == "M0queues.a"}
        self.assertEqual(len(rows), 2 * len(links))
        for row in rows.values():
            self.assertEqual(row["linkType"], "endpoint")
            other = rows[row["peer"]]
            self.assertEqual(other["peer"], row["identity"])
            self.assertEqual({row["linkDir"], other["linkDir"]}, {"in", "out"})
            self.assertEqual(row["operStatus"], "up")

    def test_outcomes_count_at_both_ends_and_for_the_router(self):
        node = self.broker_router()
        self.broker_on(node)
        client = self.clients_of(node)[-1]
        sender = client.sender("queues.a")
        self.wait_until(lambda: sender.credit > 0, "credit")
        sent = [sender.send(Message(body=i), settled=i == 3) for i in range(4)]
        self.wait_until(lambda: all(s.settled for s in sent), "the broker's outcomes")
        receiver = client.receiver("queues.a", credit=4)
        self.wait_until(lambda: receiver.count == 4, "all of them")
        for received, state in zip(receiver.received, (Delivery.ACCEPTED, Delivery.REJECTED,
                                                       Delivery.RELEASED, Delivery.MODIFIED)):
            received.settle(state)
        agent = management.Node(node.url, harness.TIMEOUT)
        self.addCleanup(agent.close)
        counts = ("presettledCount", "acceptedCount", "rejectedCount", "releasedCount",
                  "modifiedCount")

        def seen():
            return sorted(tuple(row[count] for count in counts)
                          for row in agent.query("router.link")
                          if row["owningAddr"] == "M0queues.a")
        wanted = [(0, 1, 1, 1, 1)] * 2 + [(1, 3, 0, 0, 0)] * 2
        self.wait_until(lambda: seen() == wanted, "the counts of both links at both ends")
        client.drop()
        self.wait_until(lambda: not seen(), "the links to be gone")
        row = agent.query("router")[0]
        self.assertEqual([row[f"{outcome}Deliveries"]
                          for outcome in ("rejected", "released", "modified", "presettled")],
                         [1, 1, 1, 1])
        self.assertGreaterEqual(row["acceptedDeliveries"], 4)

    def test_what_is_no_message_is_rejected_and_costs_no_credit(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        for i, client in enumerate(self.clients_of(node)):
            queue = f"queues.{i}"
            sender = client.sender(queue)
            self.wait_until(lambda: sender.credit == 100, "credit")
            empty = sender.send_bytes(b"")
            self.wait_until(lambda: empty.settled, "the outcome of an empty one")
            self.assertEqual((empty.state, empty.condition.name),
                             (Delivery.REJECTED, "amqp:decode-error"))
            tagged = sender.begin(tag="x" * 33)
            sender.more(Message(body="x").encode())
            sender.finish(tagged)
            self.wait_until(lambda: tagged.settled, "the outcome of one with a long tag")
            self.assertEqual((tagged.state, tagged.condition.name),
                             (Delivery.REJECTED, "amqp:invalid-field"))
            good = sender.send(Message(body="y"))
            self.wait_until(lambda: good.settled, "the outcome of a good one")
            self.assertEqual((good.state, broker.depth(queue)), (Delivery.ACCEPTED, 1))
            self.wait_until(lambda: sender.credit == 100, "all credit again")

    def test_many_messages_pass_in_order(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        count = 2000
        for i, client in enumerate(self.clients_of(node)):
            queue = f"queues.{i}"
            sender = client.sender(queue)
            sent = [sender.send(Message(body=body)) for body in range(count)]
            self.wait_until(lambda: all(s.settled for s in sent), "the broker's outcomes")
            receiver = client.receiver(queue, credit=100, accepts=True)
            self.wait_until(lambda: receiver.count == count, "all messages")
            self.assertEqual(receiver.bodies, list(range(count)))

    def test_a_broker_that_reads_nothing_holds_up_the_sender_alone(self):
        node = self.broker_router()
        broker = self.broker_on(node)
        sender = self.clients_of(node)[-1].sender("queues.a")
        self.wait_until(lambda: sender.credit == 100, "credit")
        broker.peers[0].reads = False
        body = bytes(1024 * 1024)
        sent = [sender.send(Message(body=body)) for _ in range(60)]
        before = node.resident_bytes()
        other = self.receiver(self.connect(node), "others", credit=1, accepts=True)
        passed = self.sender(self.connect(node), "others").send(Message(body="x"))
        self.wait_until(lambda: passed.settled and other.count == 1, "another message")
        self.assertLess(node.resident_bytes() - before, 40 * 1024 * 1024)
        broker.peers[0].reads = True
        self.wait_until(lambda: all(s.settled for s in sent), "the broker's outcomes")

    def test_rhea_on_both_sides_sees_all_that_the_other_says(self):
        node = self.broker_router()
        seen = harness.run_rhea("routed", "tcp", node.port, node.ports["brokers"])
        self.assertEqual(seen["asked"], {
            "properties": {"reason": "test", "count": 2},
            "desired": ["shared"],
            "size": 99999,
            "settles": [0, 0],
            "filter": {"jms-selector": seen["answered"]["filter"]["jms-selector"]},
            "capabilities": ["queue", "browse"],
            "outcomes": ["amqp:accepted:list", "amqp:modified:list"],
            "target": "my end"})
        self.assertEqual(seen["answered"]["properties"], {"shard": 3})
        self.assertEqual(seen["answered"]["offered"], ["kept", "fast"])
        self.assertEqual(seen["answered"]["size"], 4321)
        self.assertEqual(seen["message"], ["the-tag", 7])
        self.assertEqual(seen["modified"], [True, True, {"why": "full"}])
        self.assertEqual(seen["detached"], ["app:gone", "moved", {"where": "there", "port": 5}])

    # --- several routers --------------------------------------------------------------------------

    def three_routers(self):
        """a, b, c in a row; the broker is at c."""
        nodes = {}
        nodes["a"] = self.mesh_router("a", {})
        nodes["b"] = self.mesh_router("b", {nodes["a"]: 1})
        nodes["c"] = self.mesh_router("c", {nodes["b"]: 1}, linkRoutes=routes(), more=CONTAINERS)
        for node in nodes.values():
            self.wait_for_routers(node, set(nodes))
        return nodes

    def wait_for_route_over_mesh(self, node, both=("Cqueues", "Dqueues")):
        """Until a router that has no such link route of its own knows of both: before, it serves the
        address itself."""
        agent = management.Node(node.url, harness.TIMEOUT)
        self.addCleanup(agent.close)

        def known():
            rows = {row["key"]: row["remoteCount"] for row in agent.query("router.address")}
            return all(rows.get(key) for key in both)
        self.wait_until(known, "the link routes of another router")

    def test_a_link_passes_three_routers(self):
        nodes = self.three_routers()
        broker = self.broker_on(nodes["c"])
        self.wait_for_route_over_mesh(nodes["a"])
        for i, client in enumerate(self.clients_of(nodes["a"])):
            queue = f"queues.{i}"
            sender = self.sender(client, queue, credit=False)
            self.assertEqual(broker.links[-1].link.name, f"{sender.link.name}@client-{i}")
            self.wait_until(lambda: sender.credit == 100, "the broker's credit")
            sent = [sender.send(Message(body=body)) for body in range(5)]
            self.wait_until(lambda: all(s.settled for s in sent), "the broker's outcomes")
            self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
            receiver = self.receiver(client, queue)
            receiver.drain(10)
            self.wait_until(lambda: receiver.count == 5 and not receiver.draining, "all of it")
            for received in receiver.received:
                received.accept()
            outlet = broker.serving(queue)[-1]
            self.wait_until(lambda: not outlet.by_tag, "the outcomes")
            outlet.end("amqp:resource-deleted")
            self.wait_until(lambda: receiver.detached, "the broker's detach")
            self.assertEqual(receiver.condition.name, "amqp:resource-deleted")

    def test_a_router_on_the_way_that_is_lost_is_told_at_both_ends(self):
        nodes = self.three_routers()
        broker = self.broker_on(nodes["c"])
        self.wait_for_route_over_mesh(nodes["a"])
        link = self.receiver(self.connect(nodes["a"]), "queues.a")
        self.kill(nodes["b"])
        outlet = broker.serving("queues.a")[0]
        self.wait_until(lambda: link.detached and outlet.detached, "the loss")
        self.assertEqual(link.condition.name, "qd:routed-link-lost")
        self.assertEqual(outlet.condition.name, "qd:routed-link-lost")


if __name__ == "__main__":
    harness.main()
