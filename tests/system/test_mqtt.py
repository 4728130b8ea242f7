"""MQTT devices of all versions and clients of AMQP, with a gateway and a router between them."""
import harness
import mqtt_device
from mqtt_device import DISCONNECT, PUBCOMP, PUBREC, PUBREL, V31, V311, V5
from proton import Delivery, Message

VERSIONS = (V31, V311, V5)


class Publishing(mqtt_device.GatewayTest):
    def receive(self, address, **options):
        return self.receiver(self.connect(self.node), address, credit=20, **options)

    def one(self, receiver):
        self.wait_until(lambda: receiver.received, "a message")
        return receiver.received.pop(0)

    def test_puback_comes_after_the_consumers_word(self):
        receiver = self.receive("jobs")
        for version in VERSIONS:
            with self.subTest(version=version):
                device = self.device(version=version)
                sent = device.publish("jobs", b"tea", qos=1)
                came = self.one(receiver)
                self.assertEqual(came.body, b"tea")
                self.assertEqual(came.message.address, "jobs")
                self.assertTrue(came.message.durable)
                device.ping()  # answered in order: no PUBACK is under way
                came.accept()
                self.assertEqual(device.acknowledged(sent), 0)

    def test_qos_0_and_the_annotations(self):
        receiver = self.receive("sensors")
        device = self.device(client="lamp", version=V5)
        device.publish("sensors/a//b", b"on", properties=b"\x26" + mqtt_device.text("k") +
                       mqtt_device.text("v"))
        came = self.one(receiver).message
        self.assertEqual((came.address, came.subject, came.body), ("sensors", "a/%00/b", b"on"))
        self.assertFalse(came.durable)
        self.assertEqual(came.properties, {"k": "v"})
        annotations = {str(key): value for key, value in came.annotations.items()}
        self.assertEqual(annotations["x-opt-mqtt-client-id"], "lamp")
        self.assertEqual(annotations["x-opt-mqtt-qos"], 0)

    def test_qos_2_reaches_the_mesh_once(self):
        receiver = self.receive("jobs", accepts=True)
        for version in VERSIONS:
            with self.subTest(version=version):
                device = self.device(version=version)
                sent = device.publish("jobs", b"x", qos=2)
                self.one(receiver)
                self.assertEqual(device.acknowledged(sent, PUBREC), 0)
                device.last_id = sent - 1
                device.publish("jobs", b"x", qos=2, dup=True)  # the same again: PUBREC was lost
                self.assertEqual(device.acknowledged(sent, PUBREC), 0)
                device.ack(sent, 0x62)
                self.assertEqual(device.acknowledged(sent, PUBCOMP), 0)
                self.settle_down(receiver.peer)
                self.assertEqual(receiver.received, [])

    def test_nobody_listens(self):
        device = self.device(version=V5)
        self.assertEqual(device.acknowledged(device.publish("sensors/x", qos=1)), 0x10)
        old = self.device("d2")
        self.assertEqual(old.acknowledged(old.publish("sensors/x", qos=1)), 0)

    def test_nobody_takes_it_and_others_go_on(self):
        device = self.device(version=V5)
        held = device.publish("jobs", b"1", qos=1)
        other = device.publish("sensors/x", qos=1)
        self.assertEqual(device.acknowledged(other), 0x10)
        self.assertEqual(device.acknowledged(held), 0x97)
        device.ping()
        old = self.device("d2")
        old.publish("jobs", b"1", qos=1)
        self.assertEqual(old.closed(), [])

    def test_it_is_held_until_somebody_takes_it(self):
        device = self.device(version=V5)
        held = device.publish("jobs", b"1", qos=1)
        device.ping()
        receiver = self.receive("jobs", accepts=True)
        self.one(receiver)
        self.assertEqual(device.acknowledged(held), 0)

    def test_refused_by_the_consumer(self):
        receiver = self.receive("jobs")
        device = self.device(version=V5)
        sent = device.publish("jobs", b"1", qos=1)
        self.one(receiver).settle(Delivery.REJECTED)
        self.assertEqual(device.acknowledged(sent), 0x83)

    def test_topics_that_nobody_declared(self):
        device = self.device(version=V5)
        self.assertEqual(device.acknowledged(device.publish("elsewhere", qos=1)), 0x90)
        self.assertEqual(device.subscribe("elsewhere"), [0x80])
        self.assertEqual(device.subscribe("jobs/#"), [0xa2])


class Subscribing(mqtt_device.GatewayTest):
    def send(self, address, *messages):
        sender = self.sender(self.connect(self.node), address)
        return [sender.send(message) for message in messages]

    def test_an_amqp_message_reaches_devices_of_all_versions(self):
        devices = [self.device(f"d{version}", version) for version in VERSIONS]
        for device in devices:
            self.assertEqual(device.subscribe("sensors/+/t", qos=2), [2])
        self.send("sensors", Message(b"21", subject="hall/t", durable=True),
                  Message(b"no", subject="hall/h"), Message("text", subject="x/t"))
        for device in devices:
            first = device.message()
            self.assertEqual((first.topic, first.payload, first.qos), ("sensors/hall/t", b"21", 1))
            device.ack(first.id)
            second = device.message()
            self.assertEqual((second.topic, second.payload, second.qos), ("sensors/x/t", b"text", 0))
        self.assertEqual(self.metric("weft_mqtt_links"), 1)

    def test_devices_of_one_address_share_a_link_and_competitors_do_not(self):
        first, second = self.device("a"), self.device("b")
        for device in (first, second):
            self.assertEqual(device.subscribe("jobs"), [1])
        self.assertEqual(self.metric("weft_mqtt_links"), 2)
        sent = self.send("jobs", *(Message(str(i).encode(), durable=True) for i in range(4)))
        got = []
        for device in (first, second):
            for _ in range(2):
                came = device.message()
                got.append(came.payload)
                device.ack(came.id)
        self.assertEqual(sorted(got), [b"0", b"1", b"2", b"3"])
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})

    def test_what_a_device_did_not_acknowledge_goes_to_another(self):
        first = self.device("a")
        first.subscribe("jobs")
        sent = self.send("jobs", Message(b"1", durable=True))[0]
        self.assertEqual(first.message().payload, b"1")
        second = self.device("b")
        second.subscribe("jobs")
        first.drop()
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.RELEASED)

    def test_overlapping_filters_bring_one_message_with_the_highest_qos(self):
        device = self.device()
        self.assertEqual(device.subscribe("sensors/#", qos=0), [0])
        self.assertEqual(device.subscribe("sensors/a", qos=2), [2])
        other = self.device("b")
        other.acknowledged(other.publish("sensors/a", b"1", qos=1))
        other.publish("sensors/b", b"2")
        self.assertEqual(device.message().qos, 1)
        self.assertEqual(device.message().payload, b"2")

    def test_topics_that_are_mapped(self):
        device = self.device()
        device.subscribe("legacy/+/t")
        receiver = self.receiver(self.connect(self.node), "all", credit=5, accepts=True)
        other = self.device("b")
        other.acknowledged(other.publish("legacy/7/t", b"1", qos=1))
        self.assertEqual(device.message().topic, "legacy/7/t")
        self.wait_until(lambda: receiver.received, "the message")
        self.assertEqual(receiver.received[0].message.subject, "legacy/7/t")

    def test_unsubscribed(self):
        device = self.device()
        device.subscribe("sensors/a", "sensors/b")
        device.unsubscribe("sensors/a")
        other = self.device("b")
        other.publish("sensors/a", b"1")
        other.publish("sensors/b", b"2")
        self.assertEqual(device.message().payload, b"2")
        device.unsubscribe("sensors/b")
        self.assertEqual(self.metric("weft_mqtt_links"), 0)

    def test_qos_2_to_a_device(self):
        device = self.device()
        device.subscribe("sensors/a", qos=2)
        other = self.device("b")
        sent = other.publish("sensors/a", b"1", qos=2)
        came = device.message()
        self.assertEqual(came.qos, 2)
        device.ack(came.id, 0x50)
        self.assertEqual(device.next(6).id, came.id)  # PUBREL
        device.ack(came.id, 0x70)
        other.acknowledged(sent, PUBREC)

    def test_retained_messages(self):
        device = self.device()
        device.acknowledged(device.publish("sensors/a", b"1", qos=1, retain=True))
        device.publish("sensors/b", b"2", retain=True)
        device.publish("sensors/c", b"3", retain=True)
        device.acknowledged(device.publish("sensors/c", b"", qos=1, retain=True))
        self.assertEqual(self.metric("weft_mqtt_retained"), 2)
        late = self.device("late")
        late.subscribe("sensors/#")
        got = [late.message() for _ in range(2)]
        self.assertEqual(sorted((m.topic, m.payload, m.retain) for m in got),
                         [("sensors/a", b"1", 1), ("sensors/b", b"2", 1)])

    def test_a_session_is_kept_for_its_device(self):
        device = self.device("kept", clean=False)
        device.subscribe("sensors/a")
        device.disconnect()
        device.closed()
        other = self.device("b")
        other.acknowledged(other.publish("sensors/a", b"1", qos=1))
        again = mqtt_device.Device(self, self.gateway.ports["mqtt"])
        self.assertEqual(again.connect("kept", clean=False).body[0], 1)
        self.assertEqual(again.message().payload, b"1")

    def test_shared_subscriptions(self):
        devices = [self.device(name, V5) for name in ("a", "b")]
        for device in devices:
            self.assertEqual(device.subscribe("$share/g/sensors/#"), [1])
        other = self.device("c")
        for i in range(4):
            other.acknowledged(other.publish("sensors/x", str(i).encode(), qos=1))
        got = [device.message().payload for device in devices for _ in range(2)]
        self.assertEqual(sorted(got), [b"0", b"1", b"2", b"3"])


class Connections(mqtt_device.GatewayTest):
    def test_the_second_client_of_a_name_takes_over(self):
        first = self.device("same", V5)
        second = self.device("same", V5)
        self.assertEqual([p.body[0] for p in first.closed() if p.type == DISCONNECT], [0x8e])
        second.ping()

    def test_a_will_is_published_when_the_device_is_gone_and_only_then(self):
        watcher = self.device("w")
        watcher.subscribe("sensors/#")
        good = self.device("good", will=("sensors/good", "gone", 1, False))
        good.disconnect()
        good.closed()
        bad = self.device("bad", will=("sensors/bad", "gone", 1, False))
        bad.drop()
        came = watcher.message()
        self.assertEqual((came.topic, came.payload), ("sensors/bad", b"gone"))

    def test_a_silent_device_is_disconnected(self):
        device = self.device(version=V5, keep_alive=1)
        self.assertEqual([p.body[0] for p in device.closed()], [0x8d])

    def test_faults(self):
        device = mqtt_device.Device(self, self.gateway.ports["mqtt"])
        device.send(mqtt_device.packet(0xc0, b""))
        self.assertEqual(device.closed(), [])
        five = self.device(version=V5)
        five.send(mqtt_device.packet(0x36, mqtt_device.text("a") + b"\0\1\0"))  # QoS 3
        self.assertEqual([p.body[0] for p in five.closed()], [0x81])

    def test_the_router_goes_and_comes(self):
        device = self.device(version=V5)
        device.subscribe("sensors/a")
        port = self.node.port
        self.node.process.kill()
        self.node.process.wait()
        self.wait_for_metric("weft_mqtt_router_connected", 0)
        device.ping()
        refused = mqtt_device.Device(self, self.gateway.ports["mqtt"], V5)
        refused.connect("other", answer=0x88)
        self.assertIn("degraded", self.page("/healthz")[1])
        waiting = device.publish("sensors/a", b"1", qos=1)
        self.node.config["listeners"][0]["port"] = port
        self.node.config_file.write_text(harness.json.dumps(self.node.config))
        self.node.start()
        self.wait_for_metric("weft_mqtt_router_connected", 1)
        code = device.acknowledged(waiting)
        self.assertIn(code, (0, 0x10, 0x97))
        self.wait_until(lambda: device.acknowledged(device.publish("sensors/a", b"2", qos=1)) == 0,
                        "the subscription to stand again")
        self.assertIn(device.message().payload, (b"1", b"2"))

    def test_management(self):
        device = self.device("shown", V5)
        device.subscribe("sensors/a")
        rows = harness.json.loads(self.page("/api/mqttClient")[1])
        self.assertIn("shown", str(rows))
        rows = harness.json.loads(self.page("/api/mqttSubscription")[1])
        self.assertIn("sensors/a", str(rows))


class WebSockets(mqtt_device.GatewayTest):
    def test_a_device_publishes_and_subscribes(self):
        for listener in ("ws", "web"):
            for version in VERSIONS:
                with self.subTest(listener=listener, version=version):
                    device = mqtt_device.WebSocketDevice(self, self.gateway.ports[listener], version)
                    self.assertIn(b"101", device.head.split(b"\r\n")[0])
                    self.assertIn(b"Sec-WebSocket-Protocol: mqtt", device.head)
                    device.connect("ws")
                    device.subscribe("sensors/a")
                    sent = device.publish("sensors/a", b"x" * 1000, qos=1)
                    device.acknowledged(sent)
                    self.assertEqual(device.message().payload, b"x" * 1000)
                    device.disconnect()
                    device.closed()

    def test_another_sub_protocol_is_refused(self):
        device = mqtt_device.WebSocketDevice(self, self.gateway.ports["ws"], protocol="amqp")
        self.assertIn(b"400", device.head.split(b"\r\n")[0])

    def test_a_listener_for_websockets_has_no_pages(self):
        device = mqtt_device.Device(self, self.gateway.ports["ws"])
        device.send(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while not device.gone:
            device.fill()
        self.assertIn(b"404", device.buffer.split(b"\r\n")[0])


class Kept(mqtt_device.GatewayTest):
    """What the store has outlives the gateway."""

    def setUp(self):
        super().setUp()
        self.gateway = self.start_gateway(store={"path": "data"})

    def kill_and_start(self):
        self.gateway.process.kill()
        self.gateway.process.wait()
        self.start_again()

    def start_again(self):
        self.gateway.start()
        self.wait_for_metric("weft_mqtt_router_connected", 1)

    def test_a_queue_a_session_and_retained_messages(self):
        device = self.device("kept", clean=False)
        device.subscribe("sensors/a")
        device.disconnect()
        device.closed()
        other = self.device("b")
        for i in range(5):
            other.acknowledged(other.publish("sensors/a", str(i).encode(), qos=1))
        other.acknowledged(other.publish("sensors/r", b"r", qos=1, retain=True))
        self.kill_and_start()
        self.wait_for_metric("weft_mqtt_links", 1)
        late = self.device("late")
        late.subscribe("sensors/r")
        self.assertEqual(late.message().payload, b"r")
        late.acknowledged(late.publish("sensors/a", b"5", qos=1))
        again = mqtt_device.Device(self, self.gateway.ports["mqtt"])
        self.assertEqual(again.connect("kept", clean=False).body[0], 1)
        got = []
        for _ in range(6):
            came = again.message()
            got.append(came.payload)
            again.ack(came.id)
        self.assertEqual(got, [b"0", b"1", b"2", b"3", b"4", b"5"])
        again.ping()
        self.gateway.stop()
        self.start_again()
        third = mqtt_device.Device(self, self.gateway.ports["mqtt"])
        third.connect("kept", clean=False)
        third.ping()
        self.assertEqual(third.messages, [])

    def test_a_qos_2_publish_is_taken_once(self):
        receiver = self.receiver(self.connect(self.node), "jobs", credit=20, accepts=True)
        device = self.device("kept", clean=False)
        sent = device.publish("jobs", b"once", qos=2)
        self.wait_until(lambda: receiver.received, "the message")
        self.assertEqual(device.acknowledged(sent, PUBREC), 0)
        self.kill_and_start()
        again = mqtt_device.Device(self, self.gateway.ports["mqtt"])
        self.assertEqual(again.connect("kept", clean=False).body[0], 1)
        again.last_id = sent - 1
        again.publish("jobs", b"once", qos=2, dup=True)
        self.assertEqual(again.acknowledged(sent, PUBREC), 0)
        again.ack(sent, 0x62)
        again.acknowledged(sent, PUBCOMP)
        self.settle_down(receiver.peer)
        self.assertEqual(len(receiver.received), 1)

    def test_a_qos_2_message_to_a_device_goes_on_where_it_was(self):
        device = self.device("kept", clean=False)
        device.subscribe("sensors/a", qos=2)
        other = self.device("b")
        for payload in (b"1", b"2"):
            other.acknowledged(other.publish("sensors/a", payload, qos=2), PUBREC)
        first, second = device.message(), device.message()
        device.ack(first.id, 0x50)
        self.assertEqual(device.next(PUBREL).id, first.id)
        self.kill_and_start()
        again = mqtt_device.Device(self, self.gateway.ports["mqtt"])
        again.connect("kept", clean=False)
        self.assertEqual(again.next(PUBREL).id, first.id)
        came = again.message()
        self.assertEqual((came.payload, came.id, came.dup), (b"2", second.id, 1))

    def test_a_clean_start_forgets_it(self):
        device = self.device("kept", clean=False)
        device.subscribe("sensors/a")
        device.disconnect()
        device.closed()
        self.assertEqual(self.device("kept").version, V311)
        self.kill_and_start()
        self.wait_for_metric("weft_mqtt_sessions", 0)
        again = mqtt_device.Device(self, self.gateway.ports["mqtt"])
        self.assertEqual(again.connect("kept", clean=False).body[0], 0)


class Mosquitto(mqtt_device.GatewayTest):
    def test_pub_and_sub_of_all_versions(self):
        for version in ("31", "311", "5"):
            for qos in ("0", "1", "2"):
                with self.subTest(version=version, qos=qos):
                    before = self.metric("weft_mqtt_subscriptions")
                    sub = self.mosquitto("mosquitto_sub", "-t", "sensors/#", "-v", "-C", "1", "-q",
                                         qos, version=version)
                    self.wait_for_metric("weft_mqtt_subscriptions", before + 1)
                    pub = self.mosquitto("mosquitto_pub", "-t", "sensors/hall", "-m", "21.4", "-q",
                                         qos, version=version)
                    self.output(pub)
                    self.assertEqual(self.output(sub), "sensors/hall 21.4\n")
                    self.wait_for_metric("weft_mqtt_subscriptions", before)


if __name__ == "__main__":
    harness.main()
