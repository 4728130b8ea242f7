"""What links may be attached to: anonymous, dynamic, unavailable and impossible ones."""
from proton import Delivery, Message, int32, symbol

import harness
import management


class Termini(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router(addresses=[{"prefix": "closed", "distribution": "unavailable"}])
        self.peer = self.connect(self.node)

    def test_an_anonymous_sender_reaches_whom_each_message_names(self):
        receivers = [self.receiver(self.connect(self.node), a, credit=10, accepts=True)
                     for a in ("a", "b")]
        sender = self.sender(self.peer, None)
        sent = [sender.send(Message(address=to, body=to)) for to in ("a", "b", "a")]
        self.wait_until(lambda: all(s.settled for s in sent), "three outcomes")
        self.assertEqual([s.state for s in sent], [Delivery.ACCEPTED] * 3)
        self.assertEqual([r.bodies for r in receivers], [["a", "a"], ["b"]])

    def test_an_anonymous_message_to_nobody_is_released(self):
        sender = self.sender(self.peer, None)
        sent = sender.send(Message(address="nobody", body=1))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.RELEASED)

    def test_an_anonymous_message_without_to_does_not_end_the_link(self):
        sender = self.sender(self.peer, None)
        sent = sender.send(Message(body=1))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertIn(sent.state, (Delivery.REJECTED, Delivery.RELEASED))
        self.assertFalse(sender.detached)

    def test_long_names_and_addresses(self):
        address = "a" * 2019
        receiver = self.receiver(self.peer, address, name="n" * 4080, credit=10, accepts=True)
        for sender in (self.sender(self.peer, address, name="s" * 4080),
                       self.sender(self.peer, None)):
            sent = sender.send(Message(address=address, body="x"))
            self.wait_until(lambda: sent.settled, "the outcome")
            self.assertEqual(sent.state, Delivery.ACCEPTED)
        self.assertEqual(receiver.count, 2)

    def test_an_address_that_is_too_long_is_refused(self):
        node = self.router(listener={"maxFrameSize": "64KiB"})
        peer = self.connect(node, max_frame=65536)
        self.assertEqual(self.refused(peer.receiver("a" * 33000)), "amqp:invalid-field")
        self.sender(peer, "a" * 32768, credit=False)

    def test_an_open_says_what_is_offered_and_desired_and_which_connection_it_is(self):
        connection = self.peer.connection
        both = ["ANONYMOUS-RELAY", "qd.streaming-links"]
        self.assertEqual(list(connection.remote_offered_capabilities or []), both)
        self.assertEqual(list(connection.remote_desired_capabilities or []), both)
        number = connection.remote_properties[symbol("qd.conn-id")]
        self.assertIsInstance(number, int32)
        node = management.Node(self.node.url, harness.TIMEOUT)
        self.addCleanup(node.close)
        containers = {row["identity"]: row["container"] for row in node.query("connection")}
        self.assertEqual(containers[str(int(number))], connection.container)

    def test_a_dynamic_source_is_reached_from_any_connection(self):
        inbox = self.receiver(self.peer, None, dynamic=True, credit=10, accepts=True)
        other = self.connect(self.node)
        for sender in (self.sender(other, inbox.remote_address), self.sender(other, None)):
            sent = sender.send(Message(address=inbox.remote_address, body="hello"))
            self.wait_until(lambda: sent.settled, "the outcome")
            self.assertEqual(sent.state, Delivery.ACCEPTED)
        self.assertEqual(inbox.bodies, ["hello", "hello"])

    def test_dynamic_addresses_differ_and_go_away_with_their_link(self):
        inboxes = [self.receiver(self.peer, None, dynamic=True) for _ in range(20)]
        addresses = {inbox.remote_address for inbox in inboxes}
        self.assertEqual(len(addresses), 20)
        for address in addresses:
            self.assertTrue(address.startswith("amqp:/_topo/0/r1/temp."), address)
        inboxes[0].close()
        self.settle_down(self.peer)
        sent = self.sender(self.peer, None).send(Message(address=inboxes[0].remote_address))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.RELEASED)

    def test_a_dynamic_target_is_received_from(self):
        sender = self.peer.sender(None, dynamic=True)
        self.wait_until(lambda: sender.attached or sender.detached, "the attach")
        self.assertIsNone(sender.condition)
        receiver = self.receiver(self.connect(self.node), sender.remote_address, credit=1,
                                 accepts=True)
        self.wait_until(lambda: sender.credit > 0, "credit")
        sent = sender.send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(receiver.bodies, ["x"])

    def test_an_address_may_be_written_as_a_uri(self):
        receiver = self.receiver(self.peer, "amqp://some.host/orders", credit=5, accepts=True)
        sender = self.sender(self.peer, "/orders")
        sent = sender.send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(receiver.bodies, ["x"])

    def test_an_unavailable_address_is_not_found(self):
        self.assertEqual(self.refused(self.peer.sender("closed/today")), "amqp:not-found")
        self.assertEqual(self.refused(self.peer.receiver("closed/today")), "amqp:not-found")
        self.assertEqual(self.peer.links[-1].condition.description, "Node not found")
        self.assertFalse(self.sender(self.peer, "closedness", credit=False).detached)

    def test_a_default_of_unavailable_leaves_the_router_manageable(self):
        strict = self.router(router={"defaultDistribution": "unavailable"},
                             addresses=[{"address": "open"}])
        node = management.Node(strict.url, harness.TIMEOUT)
        self.addCleanup(node.close)
        self.assertEqual([row["id"] for row in node.query("router", ["id"])], ["r1"])
        peer = self.connect(strict)
        self.assertEqual(self.refused(peer.sender("orders")), "amqp:not-found")
        self.assertEqual(peer.links[-1].condition.description, "Node not found")
        anonymous = self.sender(peer, None)
        sent = [anonymous.send(Message(address=to)) for to in ("orders", "open")]
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual([s.state for s in sent], [Delivery.REJECTED, Delivery.RELEASED])
        self.assertEqual((sent[0].condition.name, sent[0].condition.description),
                         ("amqp:not-found", "Node not found"))

    def test_a_scheme_without_a_path_is_part_of_the_name(self):
        anonymous = self.sender(self.peer, None)
        for name in ("queue://a", "topic://a", "amqp://host", "a://", "://x"):
            with self.subTest(name):
                receiver = self.receiver(self.peer, name, credit=5, accepts=True)
                self.assertEqual(receiver.remote_address, name)
                sent = [self.sender(self.peer, name).send(Message(body="target")),
                        anonymous.send(Message(address=name, body="to"))]
                self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
                self.assertEqual(sorted(receiver.bodies), ["target", "to"])
                receiver.close()
        receiver = self.receiver(self.peer, "topic://a/b", credit=1, accepts=True)
        sent = self.sender(self.peer, "b").send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(receiver.bodies, ["x"])

    def test_what_is_no_address_is_refused_with_the_reason(self):
        for text, reason in {"/": "names nothing", "//": "names nothing", ".": "names nothing",
                             "_topo/x": "an area, a router and a name"}.items():
            for link in (self.peer.sender(text), self.peer.receiver(text)):
                self.assertEqual(self.refused(link), "amqp:invalid-field")
                self.assertIn(reason, link.condition.description)
            sent = self.sender(self.peer, None).send(Message(address=text))
            self.wait_until(lambda: sent.settled, "the outcome")
            self.assertEqual(sent.state, Delivery.REJECTED)
            self.assertIn(reason, sent.condition.description)

    def test_nobody_takes_the_requests_of_others_to_management(self):
        node = self.router(router={"workerThreads": 2})
        for peer in (self.connect(node), self.connect(node)):  # on each loop
            for address in ("$management", "_local/$management"):
                self.assertEqual(self.refused(peer.receiver(address)), "amqp:not-allowed")

    def test_a_coordinator_is_refused(self):
        link = self.peer.sender(None, coordinator=True)
        self.assertEqual(self.refused(link), "amqp:precondition-failed")

    def test_a_receiver_needs_a_source(self):
        self.assertEqual(self.refused(self.peer.receiver(None)), "qd:no-route-to-dest")

    def test_a_refused_link_leaves_the_session_usable(self):
        self.refused(self.peer.receiver("closed"))
        receiver = self.receiver(self.peer, "open", credit=1, accepts=True)
        sent = self.sender(self.peer, "open").send(Message(body=1))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(receiver.bodies, [1])


if __name__ == "__main__":
    harness.main()
