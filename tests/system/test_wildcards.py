"""Subscriptions with wildcards: of one router, over a mesh, and of MQTT devices."""
import os
import subprocess
import types

from proton import Delivery, Message

import broker
import harness
import management
import mesh
import mqtt_device
from mqtt_device import V311, V5

SENSORS = [{"address": "sensors/#", "type": "multicast"}, {"address": "jobs/#", "type": "anycast"}]
LINE = {"a": {}, "b": {"a": 1}, "c": {"b": 1}}


def address_of(received):
    return received.message.annotations["x-opt-weft-address"]


class OneRouter(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router(addresses=SENSORS)

    def receive(self, address, **options):
        return self.receiver(self.connect(self.node), address, credit=500, **options)

    def test_a_subscription_gets_what_it_means_and_hears_of_the_address(self):
        wild = self.receive("sensors/+/temp", accepts=True)
        exact = self.receive("sensors/hall/temp", accepts=True)
        hall = self.sender(self.connect(self.node), "sensors/hall/temp")
        yard = self.sender(self.connect(self.node), "sensors/yard/temp")
        sent = [hall.send(Message(body=1)), yard.send(Message(body=2))]
        self.wait_until(lambda: all(each.settled for each in sent), "the outcomes")
        self.assertEqual({each.state for each in sent}, {Delivery.ACCEPTED})
        self.assertEqual({(address_of(each), each.body) for each in wild.received},
                         {("sensors/hall/temp", 1), ("sensors/yard/temp", 2)})
        self.assertEqual(exact.bodies, [1])
        self.assertIsNone(exact.received[0].message.annotations)

    def test_each_receiver_gets_one_copy_of_each_in_order(self):
        names = ["sensors/+/temp", "sensors/#", "sensors/hall/+", "sensors/*/temp",
                 "sensors/hall/temp"]
        shared = self.connect(self.node)
        receivers = [self.receive(name, accepts=True) for name in names]
        receivers += [self.receiver(shared, name, credit=500, accepts=True) for name in names]
        other = self.receive("sensors/+/hum", accepts=True)
        sender = self.sender(self.connect(self.node), "sensors/hall/temp")
        anonymous = self.sender(self.connect(self.node), None)
        sent = [sender.send(Message(body=i)) for i in range(100)]
        self.wait_until(lambda: all(each.settled for each in sent), "the outcomes")
        sent = [anonymous.send(Message(body=i, address="sensors/hall/temp"))
                for i in range(100, 200)]
        self.wait_until(lambda: all(each.settled for each in sent), "the outcomes")
        self.assertEqual([r.bodies for r in receivers], [list(range(200))] * len(receivers))
        self.assertEqual(other.count, 0)

    def test_credit_comes_and_goes_with_the_subscriptions(self):
        sender = self.sender(self.connect(self.node), "sensors/hall/temp", credit=False)
        self.settle_down(sender.peer)
        self.assertEqual(sender.credit, 0)
        wild = self.receive("sensors/#")
        self.wait_until(lambda: sender.credit > 0, "credit")
        wild.close()
        self.wait_until(lambda: sender.credit == 0, "the credit to be taken back")

    def test_a_large_message_goes_to_all(self):
        body = os.urandom(1024 * 1024)
        receivers = [self.receive(name, accepts=True) for name in ("sensors/#", "sensors/+")]
        sent = self.sender(self.connect(self.node), "sensors/a").send(Message(body=body))
        self.wait_until(lambda: sent.settled, "the outcome")
        for receiver in receivers:
            self.assertEqual(receiver.bodies, [body])
            self.assertEqual(address_of(receiver.received[0]), "sensors/a")

    def test_why_names_the_subscriptions(self):
        self.receive("sensors/+/temp")
        self.receive("sensors/+/hum")
        process = subprocess.Popen(
            [harness.binary("weft"), "why", "sensors/hall/temp",
             "-b", f"127.0.0.1:{self.node.port}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.wait_until(lambda: process.poll() is not None, "the tool to end")
        text = process.stdout.read()
        self.assertEqual(process.returncode, 0, text)
        self.assertIn("    sensors/+/temp\n", text)
        self.assertNotIn("sensors/+/hum", text)
        self.assertIn("1 subscription with wildcards that means the address", text)

    def test_what_is_no_subscription_is_refused_or_a_name_like_others(self):
        peer = self.connect(self.node)
        refused = peer.receiver("sensors/#/temp", credit=1)
        self.assertEqual(self.refused(refused), "amqp:invalid-field")
        self.receive("jobs/+")
        sender = self.sender(self.connect(self.node), "jobs/1", credit=False)
        self.settle_down(sender.peer)
        self.assertEqual(sender.credit, 0)


class Line(mesh.MeshTest):
    def setUp(self):
        super().setUp()
        self.by_id = self.mesh(LINE, addresses=SENSORS)

    def receive(self, router, address):
        return self.receiver(self.connect(self.by_id[router]), address, credit=500, accepts=True)

    def sent_by(self, router, address):
        """Deliveries that a router has passed on under that name."""
        node = management.Node(self.by_id[router].url, harness.TIMEOUT)
        try:
            rows = node.query("org.apache.qpid.dispatch.router.address")
        finally:
            node.close()
        return {row["key"]: row["deliveriesTransit"] for row in rows}.get("M0" + address, 0)

    def test_subscribers_anywhere_get_what_is_sent_anywhere_once(self):
        receivers = [self.receive(router, name) for router in LINE
                     for name in ("sensors/+/temp", "sensors/#", "sensors/hall/temp")]
        left_out = self.receive("c", "sensors/+/hum")
        for number, router in enumerate(LINE):
            sender = self.sender(self.connect(self.by_id[router]), "sensors/hall/temp")
            # Other routers hear of a receiver soon, not at once.
            self.wait_until_all_hear(sender, receivers)
            for receiver in receivers:
                receiver.received.clear()
            sent = [sender.send(Message(body=(number, i))) for i in range(20)]
            self.wait_until(lambda: all(each.settled for each in sent), "the outcomes")
            self.assertEqual({each.state for each in sent}, {Delivery.ACCEPTED})
            for receiver in receivers:
                self.assertEqual([tuple(body) for body in receiver.bodies],
                                 [(number, i) for i in range(20)])
        self.assertEqual(left_out.count, 0)

    def wait_until_all_hear(self, sender, receivers):
        """Sends until a message reaches all of them."""
        counts = [0] * len(receivers)

        def heard():
            nonlocal counts
            if self.last is None or self.last.settled:
                if all(r.count > before for r, before in zip(receivers, counts)):
                    return True
                counts = [r.count for r in receivers]
                self.last = sender.send(Message(body=("probe", 0)))
            return False
        self.last = None
        self.wait_until(heard, "all receivers to be known")

    def test_a_neighbour_gets_one_copy_for_all_behind_it(self):
        names = ["sensors/+/temp", "sensors/#", "sensors/hall/+", "sensors/hall/temp"]
        receivers = [self.receive("c", name) for name in names]
        sender = self.sender(self.connect(self.by_id["a"]), "sensors/hall/temp")
        self.wait_until_all_hear(sender, receivers)
        before = {name: self.sent_by("a", name) for name in names}
        sent = [sender.send(Message(body=i)) for i in range(50)]
        self.wait_until(lambda: all(each.settled for each in sent), "the outcomes")
        passed_on = sum(self.sent_by("a", name) - before[name] for name in names)
        self.assertEqual(passed_on, 50)
        self.assertEqual({address_of(r.received[-1]) for r in receivers[:3]}, {"sensors/hall/temp"})

    def test_a_producer_far_away_has_credit_while_a_subscription_means_it(self):
        sender = self.sender(self.connect(self.by_id["a"]), "sensors/hall/temp", credit=False)
        wild = self.receive("c", "sensors/+/temp")
        self.wait_until(lambda: sender.credit > 0, "credit")
        wild.close()
        self.wait_until(lambda: sender.credit == 0, "the credit to be taken back")


class Devices(mqtt_device.GatewayTest):
    ADDRESSES = [{"address": "prices/#", "type": "multicast"},
                 {"address": "prices/own/#", "type": "multicast"},
                 {"address": "plants/+", "type": "multicast"},
                 {"address": "all", "type": "multicast"}]

    def payloads(self, device, count):
        return [(came.topic, came.payload) for came in (device.message() for _ in range(count))]

    def test_devices_and_amqp_clients_share_subscriptions(self):
        one = self.device("one", V5)
        two = self.device("two", V311)
        self.assertEqual(one.subscribe("prices/+/close", qos=1), [1])
        self.assertEqual(two.subscribe("prices/+/close", qos=0), [0])
        wild = self.receiver(self.connect(self.node), "prices/#", credit=50, accepts=True)
        publisher = self.device("publisher", V5)
        self.assertEqual(publisher.acknowledged(publisher.publish("prices/a/close", b"1", qos=1)), 0)
        self.assertEqual(publisher.acknowledged(publisher.publish("prices/a/open", b"2", qos=1)), 0)
        self.sender(self.connect(self.node), "prices/b/close").send(Message(body=b"3"))
        for device in (one, two):
            self.assertEqual(self.payloads(device, 2),
                             [("prices/a/close", b"1"), ("prices/b/close", b"3")])
        self.wait_until(lambda: wild.count == 3, "three messages")
        self.assertEqual([address_of(each) for each in wild.received],
                         ["prices/a/close", "prices/a/open", "prices/b/close"])

    def test_a_filter_over_several_declared_addresses_brings_a_message_once(self):
        device = self.device("d", V5)
        self.assertEqual(device.subscribe("#", qos=1), [1])
        publisher = self.device("publisher", V5)
        for topic in ("prices/own/x", "prices/x", "plants/7/line/temp"):
            self.assertEqual(publisher.acknowledged(publisher.publish(topic, b"1", qos=1)), 0)
        self.assertEqual([topic for topic, _ in self.payloads(device, 3)],
                         ["prices/own/x", "prices/x", "plants/7/line/temp"])
        device.ping()

    def test_mosquitto(self):
        sub = self.mosquitto("mosquitto_sub", "-t", "prices/+/close", "-v", "-C", "2", "-q", "1")
        self.wait_for_metric("weft_mqtt_subscriptions", 1)
        for topic in ("prices/a/close", "prices/a/open", "prices/b/close"):
            self.output(self.mosquitto("mosquitto_pub", "-t", topic, "-m", "1", "-q", "1"))
        self.assertEqual(self.output(sub), "prices/a/close 1\nprices/b/close 1\n")

    def test_a_router_that_knows_no_wildcards_is_not_believed(self):
        stranger = types.SimpleNamespace(port=broker.Broker(self.net).listen())
        gateway = self.start_gateway(router=stranger)
        device = self.device("d", V5, port=gateway.ports["mqtt"])
        self.assertEqual(device.subscribe("prices/+/close", qos=1), [0xa2])
        self.assertEqual(device.subscribe("prices/a/close", qos=1), [1])

    def test_a_root_of_a_pattern_has_topics_below_each(self):
        device = self.device("d", V5)
        self.assertEqual(device.subscribe("plants/+/line/+", qos=1), [1])
        self.sender(self.connect(self.node), "plants/7").send(
            Message(body=b"21", subject="line/temp"))
        self.assertEqual(self.payloads(device, 1), [("plants/7/line/temp", b"21")])


if __name__ == "__main__":
    harness.main()
