"""Sessions in a queue of weft-broker: two gateways on one router, one of which dies."""
import re
import select
import subprocess

import harness
import mqtt_device
from broker_daemon import BrokerTest
from mqtt_device import DISCONNECT, PUBACK, PUBCOMP, PUBREC, V311, V5

QUEUE = "$mqtt.sessions"
HOUR = b"\x11\x00\x00\x0e\x10"
WILL_AFTER = b"\x18\x00\x00\x00"  # and so many seconds


class Sessions(mqtt_device.GatewayTest, BrokerTest):
    ADDRESSES = mqtt_device.GatewayTest.ADDRESSES + [
        {"address": "plants", "type": "topic"}, {"address": "prices", "type": "topic"}]

    def setUp(self):
        harness.Test.setUp(self)
        topics = [{**each, "brokers": ["b1"], "duplicateWindow": 10000}
                  if each["type"] == "topic" else each for each in self.ADDRESSES]
        self.node = self.router(
            addresses=topics + [
                {"address": QUEUE, "type": "queue", "brokers": ["b1"], "fenced": True, "deadLetter": "",
                 "lastValueKey": "x-opt-mqtt-session"}],
            listeners=[{"name": "brokers", "port": 0, "role": "route-container"}])
        self.store = self.broker(connectors=[{"name": "router", "port": self.node.ports["brokers"]}])
        self.gateway = self.shared("gw1")
        self.other = self.shared("gw2")

    def shared(self, name, **sections):
        gateway = self.start_gateway(gateway={"id": name}, **{"store": {"sessionAddress": QUEUE}, **sections})
        self.wait_until(lambda: '"ok"' in self.page("/healthz", gateway)[1], "the queue to be read")
        return gateway

    def at(self, gateway, client, version=V5, **options):
        return self.device(client, version=version, port=gateway.ports["mqtt"], **options)

    def lasting(self, gateway, client, present=False, **options):
        """A device whose session outlives its connection."""
        device = mqtt_device.Device(self, gateway.ports["mqtt"], V5)
        connack = device.connect(client, clean=False, properties=HOUR, **options)
        self.assertEqual(connack.body[0], int(present), "session present")
        return device

    def take(self, device, count):
        """So many messages, acknowledged."""
        got = []
        while len(got) < count:
            came = device.message()
            got.append(came)
            if came.qos == 1:
                device.ack(came.id)
        return got

    def test_what_is_acknowledged_while_a_gateway_dies_comes_at_the_other_one(self):
        reader = self.lasting(self.gateway, "reader")
        self.assertEqual(reader.subscribe("plants/+/temp", "prices/#", "plants/1/#"), [1, 1, 1])
        writer = self.at(self.other, "writer")
        sent, accepted, got = {}, set(), []
        for number in range(600):
            topic = "plants/1/temp" if number % 2 else "prices/1"
            sent[writer.publish(topic, str(number).encode(), qos=1)] = number
            if number % 20 == 19:
                for _ in range(20):
                    ack = writer.next(PUBACK)
                    accepted.add(sent[ack.id])
            if number == 100:
                got += self.take(reader, 60)
            if number == 300:
                self.kill(self.gateway)
        reader = self.lasting(self.other, "reader", present=True)
        have = {int(each.payload) for each in got}
        while not accepted <= have:
            have |= {int(each.payload) for each in self.take(reader, 1)}
        self.assertEqual(len(accepted), 600)

    def test_a_client_that_connects_elsewhere_leaves_where_it_was(self):
        first = self.lasting(self.gateway, "d")
        first.subscribe("plants/#")
        second = self.lasting(self.other, "d", present=True)
        self.assertEqual([p.body[0] for p in first.closed() if p.type == DISCONNECT], [0x8e])
        writer = self.at(self.gateway, "writer")
        self.assertEqual(writer.acknowledged(writer.publish("plants/a", b"1", qos=1)), 0)
        self.assertEqual([each.payload for each in self.take(second, 1)], [b"1"])
        third = self.lasting(self.gateway, "d", present=True)
        self.assertEqual(writer.acknowledged(writer.publish("plants/a", b"2", qos=1)), 0)
        self.assertEqual([each.payload for each in self.take(third, 1)], [b"2"])
        self.assertEqual([p.body[0] for p in second.closed() if p.type == DISCONNECT], [0x8e])

    def test_messages_in_flight_to_a_device_go_with_its_session_in_their_order(self):
        reader = self.lasting(self.gateway, "d")
        reader.subscribe("plants/#")
        writer = self.at(self.other, "writer")
        for number in range(50):
            writer.acknowledged(writer.publish("plants/a", str(number).encode(), qos=1))
        for number in range(5):
            came = reader.message()
            self.assertEqual(int(came.payload), number)
            if number < 3:
                reader.ack(came.id)
        reader.ping()
        reader = self.lasting(self.other, "d", present=True)
        self.assertEqual([int(each.payload) for each in self.take(reader, 47)], list(range(3, 50)))

    def test_a_clean_start_elsewhere_ends_the_session_and_its_subscriptions(self):
        self.lasting(self.gateway, "d").subscribe("plants/#")
        device = self.at(self.other, "d")
        writer = self.at(self.gateway, "writer")
        writer.acknowledged(writer.publish("plants/a", b"1", qos=1))
        device.ping()
        self.assertEqual(device.messages, [])
        self.wait_until(lambda: self.subscriptions() == [], "the broker to forget the subscription")
        device.drop()
        self.lasting(self.gateway, "d").ping()

    def subscriptions(self):
        """What the broker keeps for sessions."""
        shown = subprocess.run([harness.binary("weft"), "stat", "--subscriptions", "--json", "-b", self.store.url],
                               stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=harness.TIMEOUT)
        return re.findall(r"mqtt/\d+/[0-9a-f]+", shown.stdout)

    def test_a_publish_of_qos_2_goes_on_at_another_gateway_and_is_there_once(self):
        reader = self.lasting(self.other, "reader")
        reader.subscribe("plants/#")
        writer = self.lasting(self.gateway, "writer")
        sent = writer.publish("plants/a", b"once", qos=2)
        writer.acknowledged(sent, PUBREC)
        again = writer.new_id()
        writer.send(mqtt_device.packet(0x34, mqtt_device.text("plants/a") + again.to_bytes(2, "big") +
                                       b"\x00" + b"late"))
        self.kill(self.gateway)
        writer = self.lasting(self.other, "writer", present=True)
        for identifier, payload in ((sent, b"once"), (again, b"late")):  # DUP: nothing was heard of it
            writer.send(mqtt_device.packet(0x3c, mqtt_device.text("plants/a") + identifier.to_bytes(2, "big") +
                                           b"\x00" + payload))
            writer.acknowledged(identifier, PUBREC)
            writer.ack(identifier, 0x62)
            writer.acknowledged(identifier, PUBCOMP)
        writer.acknowledged(writer.publish("plants/a", b"end", qos=1))
        self.assertEqual([each.payload for each in self.take(reader, 3)], [b"once", b"late", b"end"])

    def test_each_will_of_a_gateway_that_dies_is_published_once(self):
        watcher = self.lasting(self.other, "watcher")
        watcher.subscribe("plants/#", "prices/#")
        for number in range(20):
            self.lasting(self.gateway, f"d{number}", will=(f"plants/{number}", "gone", 1, False),
                         will_properties=WILL_AFTER + bytes([number % 2]))
        self.at(self.gateway, "clean", will=("plants/clean", "gone", 1, False))
        back = self.lasting(self.gateway, "back", will=("plants/back", "gone", 1, False),
                            will_properties=WILL_AFTER + b"\xff")
        back.ping()
        self.kill(self.gateway)
        self.lasting(self.other, "back", present=True)  # in time
        third = self.shared("gw3")  # it looks for what gw1 has left, too
        expected = sorted([f"plants/{number}" for number in range(20)] + ["plants/clean"])
        self.assertEqual(sorted(each.topic for each in self.take(watcher, 21)), expected)
        self.gateway.start()
        self.wait_until(lambda: '"ok"' in self.page("/healthz")[1], "it to be back")
        self.at(third, "w").publish("plants/end", b"", qos=1)
        self.assertEqual(self.take(watcher, 1)[0].topic, "plants/end")

    def test_a_device_that_is_back_at_once_has_its_will_published_by_the_next_gateway(self):
        watcher = self.lasting(self.other, "watcher")
        watcher.subscribe("plants/#")
        self.lasting(self.gateway, "d", will=("plants/d", "gone", 1, False)).ping()
        self.kill(self.gateway)
        self.lasting(self.other, "d", present=True)
        self.assertEqual(self.take(watcher, 1)[0].topic, "plants/d")

    def test_multicast_is_granted_with_qos_0_and_shared_topics_are_refused(self):
        device = self.lasting(self.gateway, "d")
        self.assertEqual(device.subscribe("sensors/#", "jobs", "plants/#", "$share/g/plants/#", qos=2),
                         [0, 1, 1, 0x9e])
        clean = self.at(self.gateway, "clean")
        self.assertEqual(clean.subscribe("sensors/#", "plants/#", qos=2), [2, 2])

    def test_while_the_broker_is_away_nobody_connects_and_then_all_goes_on(self):
        reader = self.lasting(self.gateway, "reader")
        reader.subscribe("plants/#")
        self.kill(self.store)
        self.wait_until(lambda: "sessions" in self.page("/healthz")[1], "the gateway to say so")
        device = mqtt_device.Device(self, self.gateway.ports["mqtt"], V5)
        device.connect("late", answer=0x88)
        self.store.start()
        for gateway in (self.gateway, self.other):
            self.wait_until(lambda: '"ok"' in self.page("/healthz", gateway)[1], "the gateway to be well")
        writer = self.at(self.other, "writer")
        self.wait_until(lambda: writer.acknowledged(writer.publish("plants/a", b"1", qos=1)) == 0, "a publish")
        self.assertEqual(self.take(reader, 1)[0].payload, b"1")

    def test_what_can_not_be_is_told_before_anything_starts(self):
        for store, words in (({"path": "data"}, 'in a queue of the mesh or in "path"'),
                             ({"sessionAddress": "plants/x"}, "must not be able to publish"),
                             ({"retainedAddress": QUEUE}, "a queue of their own")):
            gateway = self.new_gateway(store={"sessionAddress": QUEUE, **store})
            gateway.arguments.append("--check")
            gateway.spawn()
            self.assertEqual(gateway.wait_for_exit(), 1)
            self.assertIn(words, gateway.log())

    def test_mosquitto_goes_on_at_the_other_gateway(self):
        def subscribe(gateway, *more):
            return self.start_client(
                ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(gateway.ports["mqtt"]), "-V", "mqttv311", "-c",
                 "-i", "m", "-q", "1", "-t", "plants/#", "-F", "%t %p", *more])

        self.output(subscribe(self.gateway, "-E"))
        self.kill(self.gateway)
        for number in "123":
            self.output(self.start_client(
                ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.other.ports["mqtt"]), "-q", "1",
                 "-t", "plants/a", "-m", number]))
        self.assertEqual(self.output(subscribe(self.other, "-C", "3")).splitlines(),
                         ["plants/a 1", "plants/a 2", "plants/a 3"])


if __name__ == "__main__":
    harness.main()
