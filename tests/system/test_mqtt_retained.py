"""Retained messages in a queue of weft-broker: two gateways on one router, which die and come back."""
import json
import select
import shutil
import subprocess
import tempfile

import harness
import mqtt_device
from broker_daemon import BrokerTest
from mqtt_device import DISCONNECT, PUBACK, V5

QUEUE = "$mqtt.retained"


class Retained(mqtt_device.GatewayTest, BrokerTest):
    def setUp(self):
        harness.Test.setUp(self)
        self.node = self.router(
            addresses=self.ADDRESSES + [
                {"address": QUEUE, "type": "queue", "brokers": ["b1"], "lastValueKey": "x-opt-mqtt-topic",
                 "fenced": True, "deadLetter": ""},
                {"address": "plain", "type": "queue", "brokers": ["b1"]}],
            listeners=[{"name": "brokers", "port": 0, "role": "route-container"}])
        self.store = self.broker(connectors=[{"name": "router", "port": self.node.ports["brokers"]}])
        self.gateway = self.shared("gw1")
        self.other = self.shared("gw2")

    def shared(self, name, **sections):
        return self.start_gateway(gateway={"id": name}, **{"store": {"retainedAddress": QUEUE}, **sections})

    def at(self, gateway, client, **options):
        return self.device(client, port=gateway.ports["mqtt"], **options)

    def retain(self, device, topic, payload):
        sent = device.publish(topic, payload, qos=1, retain=True)
        self.assertIn(device.acknowledged(sent), (0, 0x10))

    def retained(self, gateway, count, topic="sensors/#"):
        """What `mosquitto_sub` is given there, by topic."""
        if count == 0:
            return {}
        lines = self.output(self.start_client(
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(gateway.ports["mqtt"]), "-V", "mqttv5", "-q", "1",
             "-t", topic, "-C", str(count), "-F", "%r %t %p"])).splitlines()
        self.assertTrue(all(line.startswith("1 ") for line in lines), lines)
        return dict(line.split(" ", 2)[1:] for line in lines)

    def test_what_one_gateway_retains_the_other_has_and_clients_of_amqp(self):
        for topic, message in (("sensors/a", "1"), ("sensors//b%", "2"), ("sensors/a", "3")):
            self.output(self.start_client(
                ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.gateway.ports["mqtt"]), "-q", "1", "-r",
                 "-t", topic, "-m", message]))
        expected = {"sensors/a": "3", "sensors//b%": "2"}
        self.assertEqual(self.retained(self.other, 2), expected)
        self.assertEqual(self.retained(self.gateway, 2), expected)
        shown = subprocess.run([harness.binary("weft"), "recv", QUEUE, "--last", "sensors//b%", "-b",
                                self.node.url], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                               timeout=harness.TIMEOUT)
        self.assertEqual((shown.returncode, shown.stdout), (0, "2\n"), shown.stderr)
        # Removed at the other one; a subscription has what was acknowledged before it.
        self.retain(self.at(self.other, "d", version=V5), "sensors/a", b"")
        self.assertEqual(self.retained(self.gateway, 1), {"sensors//b%": "2"})
        self.assertEqual(self.metric("weft_mqtt_retained"), 1)

    def test_properties_and_long_topics_come_back(self):
        topic = "sensors/" + "x" * 1000
        properties = (b"\x01\x01" + b"\x03" + mqtt_device.text("text/plain") +
                      b"\x08" + mqtt_device.text("sensors/answer") + b"\x09" + mqtt_device.text("c1") +
                      b"\x26" + mqtt_device.text("k") + mqtt_device.text("1") +
                      b"\x26" + mqtt_device.text("k") + mqtt_device.text("2"))
        device = self.at(self.gateway, "d", version=V5)
        sent = device.publish(topic, b"long", qos=2, retain=True, properties=properties)
        device.acknowledged(sent, mqtt_device.PUBREC)
        device.ack(sent, 0x62)
        device.acknowledged(sent, mqtt_device.PUBCOMP)
        reader = self.at(self.other, "r", version=V5)
        reader.subscribe("sensors/#", qos=2)
        came = reader.message()
        self.assertEqual((came.topic, came.payload, came.qos, came.retain), (topic, b"long", 2, 1))
        self.assertEqual(came.properties, properties)

    def test_it_outlives_gateways_that_are_killed_under_load(self):
        device = self.at(self.gateway, "d", version=V5)
        topics = [f"sensors/{i}" for i in range(20)]
        last, sent, rounds = {}, {}, 0
        while rounds < 60 and not device.gone:
            rounds += 1
            for topic in topics:
                sent[device.publish(topic, str(rounds).encode(), qos=1, retain=True)] = topic, rounds
            if rounds == 60:
                break
            for _ in topics:
                ack = device.next(PUBACK)
                topic, value = sent.pop(ack.id)
                last[topic] = value
        self.kill(self.gateway)  # the last 20 are under way
        while select.select([device.socket], [], [], 0)[0] and not device.gone:
            try:
                device.fill()
            except OSError:
                break
        got = self.retained(self.other, len(topics))
        for topic in topics:
            self.assertGreaterEqual(int(got[topic]), last[topic])
        self.gateway.start()
        self.wait_for_metric("weft_mqtt_router_connected", 1)
        self.assertEqual(self.retained(self.gateway, len(topics)), got)
        self.kill(self.store)
        self.store.start()
        self.assertEqual(self.retained(self.shared("gw3"), len(topics)), got)

    def test_gateways_that_write_the_same_topic_agree(self):
        writers = [self.at(gateway, f"w{i}", version=V5)
                   for i, gateway in enumerate((self.gateway, self.other))]
        for i in range(100):
            for writer in writers:
                writer.publish("sensors/a", f"{i}".encode(), qos=1, retain=True)
            if i % 10 == 9:
                for writer in writers:
                    for _ in range(10):
                        writer.next(PUBACK)
        first = self.retained(self.gateway, 1)
        self.assertEqual(self.retained(self.other, 1), first)
        self.assertEqual(first, {"sensors/a": "99"})
        self.assertEqual(self.queue(self.store, QUEUE)["messages"], 1)

    def test_without_the_broker_nothing_is_acknowledged_that_is_not_kept(self):
        device = self.at(self.gateway, "d", version=V5)
        self.retain(device, "sensors/a", b"1")
        self.kill(self.store)
        self.wait_until(lambda: "retained messages" in self.page("/healthz")[1], "the gateway to say so")
        self.assertEqual(self.page("/readyz")[0], 200)
        late = device.publish("sensors/a", b"2", qos=1, retain=True)
        self.assertEqual(device.acknowledged(device.publish("sensors/b", b"-", qos=1)), 0x10)
        self.assertEqual(device.acknowledged(late), 0x97)
        once = device.publish("sensors/c", b"3", qos=2, retain=True)
        self.assertEqual([packet.body[0] for packet in device.closed() if packet.type == DISCONNECT], [0x97])
        reader = self.at(self.gateway, "r", version=V5)
        self.assertEqual(reader.subscribe("sensors/#"), [1])
        reader.ping()
        self.assertEqual(reader.messages, [])
        self.store.start()
        got = {}
        while len(got) < 2:
            came = reader.message()
            got[came.topic] = came.payload
            reader.ack(came.id)
        self.assertEqual(got, {"sensors/a": b"2", "sensors/c": b"3"})  # the last that was published
        self.assertGreater(once, 0)
        self.wait_until(lambda: '"ok"' in self.page("/healthz")[1], "the gateway to be well")

    def test_a_queue_without_keys_is_told_as_a_fault(self):
        gateway = self.shared("gw3", store={"retainedAddress": "nowhere"})
        other = self.shared("gw4", store={"retainedAddress": "plain"})
        self.wait_until(lambda: "lastValueKey" in self.page("/healthz", other)[1], "the reason")
        self.wait_until(lambda: "'nowhere'" in self.page("/healthz", gateway)[1], "the other reason")
        self.assertEqual(self.page("/readyz", gateway)[0], 200)

    def test_what_a_gateway_had_for_itself_goes_there(self):
        folder = tempfile.mkdtemp(prefix="weft-")
        self.addCleanup(shutil.rmtree, folder)
        alone = self.start_gateway(gateway={"id": "gw3"}, store={"path": folder})
        device = self.at(alone, "d", version=V5)
        self.retain(device, "sensors/a", b"old")
        self.retain(device, "sensors/b", b"own")
        self.kill(alone)
        self.retain(self.at(self.gateway, "d", version=V5), "sensors/a", b"young")
        self.share(alone)
        self.wait_until(lambda: self.metric("weft_mqtt_retained", self.other) == 2, "both")
        expected = {"sensors/a": "young", "sensors/b": "own"}
        self.assertEqual(self.retained(self.other, 2), expected)
        self.assertEqual(self.retained(alone, 2), expected)

    def share(self, gateway):
        """It had retained messages for itself until now."""
        gateway.config["store"]["retainedAddress"] = QUEUE
        gateway.config_file.write_text(json.dumps(gateway.config))
        gateway.start()
        self.wait_for_metric("weft_mqtt_router_connected", 1, gateway)

    def test_what_is_cleared_on_its_way_there_does_not_come_back(self):
        folder = tempfile.mkdtemp(prefix="weft-")
        self.addCleanup(shutil.rmtree, folder)
        alone = self.start_gateway(gateway={"id": "gw3"}, store={"path": folder},
                                   mqtt={"publishTimeoutSeconds": 60})
        device = self.at(alone, "d", version=V5)
        for name in "abc":
            self.retain(device, f"sensors/{name}", b"old")
        self.kill(alone)
        self.kill(self.store)
        self.share(alone)
        device = self.at(alone, "d", version=V5)
        sent = [device.publish("sensors/a", b"", qos=1, retain=True),
                device.publish("sensors/b", b"", qos=1, retain=True),
                device.publish("sensors/b", b"young", qos=1, retain=True)]
        self.store.start()
        for each in sent:
            self.assertIn(device.acknowledged(each), (0, 0x10))
        expected = {"sensors/b": "young", "sensors/c": "old"}
        self.assertEqual(self.retained(alone, 2), expected)
        self.retain(device, "sensors/c", b"")
        for gateway in (alone, self.gateway):
            self.wait_for_metric("weft_mqtt_retained", 1, gateway)
        self.kill(alone)
        alone.start()
        self.wait_until(lambda: self.metric("weft_mqtt_retained", alone) == 1, "all to be read")
        self.assertEqual(self.retained(alone, 1), {"sensors/b": "young"})


if __name__ == "__main__":
    harness.main()
