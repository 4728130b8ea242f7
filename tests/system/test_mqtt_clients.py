"""MQTT.js, Paho for Python and Paho for C behind a gateway: all versions, TCP and WebSocket."""
import collections
import functools
import os
import select
import signal

import harness
import mesh
import mqtt_device
from mqtt_clients import ClientsTest, NodeClient, NodeProcess, PahoClient
from mqtt_device import V31, V311, V5
from proton import Message, int32, symbol, ubyte

VERSIONS = (V31, V311, V5)


def each(*versions):
    """Runs a scenario with each of those versions, over TCP and over a WebSocket. It is given a
    word that no other turn has, and what makes a client of the turn's kind and of that word."""
    def decorated(scenario):
        @functools.wraps(scenario)
        def run(self):
            for version in versions:
                for websocket in (False, True):
                    turn = f"{version}{'w' if websocket else 't'}"
                    client = functools.partial(self.client, turn, version, websocket)
                    with self.subTest(version=version, websocket=websocket):
                        scenario(self, turn, client)
        return run
    return decorated


class Scenarios:
    """What each library does, as a mixin of a ClientsTest with `make`."""

    @functools.cached_property
    def peer(self):
        """A client of AMQP."""
        return self.connect(self.node)

    @functools.cached_property
    def worker(self):
        """The one consumer of an anycast address."""
        return self.receiver(self.peer, "jobs", credit=1000, accepts=True)

    def expect(self, client, *wanted):
        """Those (topic, payload) come next, in that order."""
        self.assertEqual([(m.topic, m.payload) for m in (client.message() for _ in wanted)],
                         list(wanted))

    def nothing_more(self, client, sender, topic):
        """What came on that topic before came once: a marker is the next message."""
        sender.publish(topic, b"marker", qos=1)
        self.expect(client, (topic, b"marker"))

    # --- messages ---------------------------------------------------------------------------------

    @each(*VERSIONS)
    def test_each_qos_between_devices_and_amqp(self, turn, client):
        worker, source = self.worker, self.sender(self.peer, "sensors", credit=False)
        topic = f"sensors/{turn}/t"
        reader, writer = client("reader"), client("writer")
        self.assertEqual(reader.subscribe(topic), [2])
        for qos in (0, 1, 2):
            writer.publish("jobs", b"up", qos)
            self.wait_until(lambda: worker.received, "the message")
            up = worker.received.pop(0).message
            self.assertEqual((up.body, up.durable, up.annotations[symbol("x-opt-mqtt-qos")]),
                             (b"up", qos > 0, qos))
            writer.publish(topic, b"across", qos)
            across = reader.message()
            source.send(Message(b"down", subject=f"{turn}/t",
                                annotations={symbol("x-opt-mqtt-qos"): ubyte(qos)}))
            down = reader.message()
            self.assertEqual([(m.topic, m.payload, m.qos, m.retain) for m in (across, down)],
                             [(topic, b"across", qos, False), (topic, b"down", qos, False)])
        reader.subscribe(f"sensors/{turn}/end")
        reader.unsubscribe(topic)
        writer.publish(topic, b"unheard", 1)
        self.nothing_more(reader, writer, f"sensors/{turn}/end")

    @each(*VERSIONS)
    def test_retained_messages(self, turn, client):
        writer, reader, late = client("writer"), client("reader"), client("late")
        for qos in (0, 1, 2):
            writer.publish(f"sensors/{turn}/{qos}", b"kept", qos, retain=True)
        writer.publish(f"sensors/{turn}/2", b"", 1, retain=True)
        reader.subscribe(f"sensors/{turn}/+")
        came = sorted((m.topic, m.payload, m.qos, m.retain)
                      for m in (reader.message(), reader.message()))
        self.assertEqual(came, [(f"sensors/{turn}/{qos}", b"kept", qos, True)
                                for qos in (0, 1)])
        self.nothing_more(reader, writer, f"sensors/{turn}/9")
        for qos in (0, 1):
            writer.publish(f"sensors/{turn}/{qos}", b"", 1, retain=True)
        late.subscribe(f"sensors/{turn}/+")
        self.nothing_more(late, writer, f"sensors/{turn}/9")

    @each(V5)
    def test_properties_from_device_to_device(self, turn, client):
        reader, writer = client("reader"), client("writer")
        reader.subscribe(f"sensors/{turn}")
        sent = {"contentType": "text/plain", "messageExpiryInterval": 60,
                "responseTopic": "answers/x", "correlationData": "\x00\xff",
                "userProperties": {"a": "1", "b": "2"}}
        writer.publish(f"sensors/{turn}", b"x", 1, **sent)
        came = dict(reader.message().properties)
        came["userProperties"] = dict(came["userProperties"])
        self.assertIn(came.pop("messageExpiryInterval"), (59, 60))
        self.assertEqual(came, {k: v for k, v in sent.items() if k != "messageExpiryInterval"})

    @each(V5)
    def test_a_service_of_amqp_answers_requests(self, turn, client):
        service, device = self.worker, client("device")
        device.subscribe(f"answers/{turn}/a", qos=1)
        device.publish("jobs", b"6*7", 1, responseTopic=f"answers/{turn}/a",
                       correlationData="\x01\xfe")
        self.wait_until(lambda: service.received, "the request")
        asked = service.received.pop(0).message
        self.assertEqual((asked.body, asked.reply_to, asked.correlation_id),
                         (b"6*7", f"answers/{turn}/a", b"\x01\xfe"))
        self.sender(self.peer, asked.reply_to).send(
            Message(b"42", correlation_id=asked.correlation_id, durable=True,
                    properties={"steps": int32(1)}))
        answer = device.message()
        self.assertEqual((answer.topic, answer.payload, answer.qos),
                         (f"answers/{turn}/a", b"42", 1))
        self.assertEqual(answer.properties["correlationData"], "\x01\xfe")
        self.assertEqual(dict(answer.properties["userProperties"]), {"steps": "1"})

    @each(V5)
    def test_topic_aliases_of_a_device(self, turn, client):
        reader, writer = client("reader"), client("writer")
        reader.subscribe(f"sensors/{turn}")
        writer.publish(f"sensors/{turn}", b"1", 1, topicAlias=1)
        writer.publish("", b"2", 1, topicAlias=1)
        self.expect(reader, *((f"sensors/{turn}", payload) for payload in (b"1", b"2")))

    # --- subscriptions ----------------------------------------------------------------------------

    @each(V5)
    def test_filters_that_overlap_bring_one_message_with_their_identifiers(self, turn, client):
        reader, writer = client("reader"), client("writer")
        reader.subscribe(f"sensors/{turn}/#", qos=0, identifier=7)
        reader.subscribe(f"sensors/{turn}/+/t", qos=1, identifier=300)
        writer.publish(f"sensors/{turn}/a/t", b"both", 2)
        writer.publish(f"sensors/{turn}/a/u", b"one", 2)
        both, one = reader.message(), reader.message()
        self.assertEqual([(m.payload, m.qos, m.identifiers) for m in (both, one)],
                         [(b"both", 1, [7, 300]), (b"one", 0, [7])])

    @each(V5)
    def test_no_local(self, turn, client):
        one, other = client("one"), client("other")
        one.subscribe(f"sensors/{turn}", no_local=True)
        one.publish(f"sensors/{turn}", b"own", 1)
        other.publish(f"sensors/{turn}", b"other's", 1)
        self.expect(one, (f"sensors/{turn}", b"other's"))

    @each(V311, V5)
    def test_shared_subscriptions(self, turn, client):
        members, writer = [client("a"), client("b")], client("writer")
        for member in members:
            self.assertEqual(member.subscribe(f"$share/g/sensors/{turn}/#"), [2])
        sent = [str(i).encode() for i in range(6)]
        for i, payload in enumerate(sent):
            writer.publish(f"sensors/{turn}/x", payload, qos=i % 3)
        self.wait_until(lambda: self.pump() or sum(len(m.messages) for m in members) >= 6,
                        "all messages")
        self.assertEqual(sorted(m.payload for member in members for m in member.messages), sent)
        self.assertTrue(all(member.messages for member in members))

    # --- connections ------------------------------------------------------------------------------

    @each(*VERSIONS)
    def test_wills(self, turn, client):
        watcher, writer = client("watcher"), client("writer")
        watcher.subscribe(f"sensors/{turn}/+")
        for qos in (0, 1, 2):
            well = client("well", will=(f"sensors/{turn}/well", "no", qos))
            well.disconnect()
            ill = client("ill", will=(f"sensors/{turn}/ill", "gone", qos))
            ill.drop()
            came = watcher.message()
            self.assertEqual((came.topic, came.payload, came.qos),
                             (f"sensors/{turn}/ill", b"gone", qos))
        self.nothing_more(watcher, writer, f"sensors/{turn}/end")

    @each(*VERSIONS)
    def test_a_session_goes_on_when_its_device_comes_back(self, turn, client):
        topic, stays = f"sensors/{turn}", {"clean": False, "expiry": 100}
        first, writer = client("kept", **stays), client("writer")
        self.assertFalse(first.present)
        first.subscribe(topic)
        for end in (type(first).disconnect, type(first).drop):
            end(first)
            for qos in (1, 2):
                writer.publish(topic, b"%d" % qos, qos)
            first = client("kept", **stays)
            if first.version != V31:  # its CONNACK does not say it
                self.assertTrue(first.present)
            self.expect(first, (topic, b"1"), (topic, b"2"))
            self.nothing_more(first, writer, topic)
        first.disconnect()
        self.assertFalse(client("kept", clean=True).present)

    @each(*VERSIONS)
    def test_the_second_of_a_name_takes_over(self, turn, client):
        watcher = client("watcher")
        watcher.subscribe(f"sensors/{turn}")
        first = client("same", will=(f"sensors/{turn}", "taken over", 1))
        second = client("same")
        told = first.closed()
        if first.version == V5:
            self.assertEqual(told, 0x8e)
        self.expect(watcher, (f"sensors/{turn}", b"taken over"))
        second.publish(f"sensors/{turn}", b"here", 2)
        self.expect(watcher, (f"sensors/{turn}", b"here"))


class MqttJs(Scenarios, ClientsTest):
    make = NodeClient

    @classmethod
    def setUpClass(cls):
        cls.process = NodeClient.process = NodeProcess()
        cls.addClassCleanup(cls.process.close)

    @each(V5)
    def test_reason_codes(self, turn, client):
        device = client("device")
        self.assertEqual(device.publish("elsewhere", b"x", 1), 0x90)
        self.assertEqual(device.publish("legacy/x", b"x", 1), 0x10)
        self.assertEqual(device.subscribe("elsewhere"), [0x80])
        self.assertEqual(device.subscribe("jobs/#", f"sensors/{turn}"), [0xa2, 2])

    @each(V5)
    def test_topic_aliases_to_a_device(self, turn, client):
        reader, writer = client("reader", aliases=2), client("writer")
        topics = [f"sensors/{turn}/{name}" for name in ("a", "b", "a", "b")]
        reader.subscribe(f"sensors/{turn}/#")
        for topic in topics:
            writer.publish(topic, b"x", 1)
        came = [reader.message() for _ in topics]
        self.assertEqual([m.topic for m in came], topics)
        self.assertEqual([m.wire_topic for m in came], [*topics[:2], "", ""])


class PahoPython(Scenarios, ClientsTest):
    make = PahoClient


class Killed(ClientsTest):
    """kill -9 of a gateway with a store, again and again, under load."""

    make = PahoClient
    KILLS = int(os.environ.get("WEFT_KILLS", "3"))
    STAYS = {"clean": False, "expiry": 1000}

    def setUp(self):
        super().setUp()
        self.gateway = self.start_gateway(store={"path": "data"})

    def stay(self, name, version, **options):
        return self.client("kept", version, False, name, **self.STAYS, **options)

    def kill(self, *clients):
        """Those clients come back to the next one."""
        self.gateway.process.kill()
        self.gateway.process.wait()
        self.wait_until(lambda: self.pump() or all(client.gone for client in clients), "the end")
        self.gateway.start()
        self.wait_for_metric("weft_mqtt_router_connected", 1)
        for client in clients:
            client.resume(self.gateway.ports["mqtt"])

    def test_each_qos_2_message_and_each_will_comes_once(self):
        readers = [self.stay(f"reader{version}", version) for version in (V311, V5)]
        writers = [self.stay(f"writer{version}", version) for version in (V311, V5)]
        for reader in readers:
            self.assertEqual(reader.subscribe("sensors/#"), [2])
        wanted, sent = collections.Counter(), []
        for kill in range(self.KILLS):
            for i in range(4):
                will = f"will {kill} {i}".encode()
                wanted[will] = 1
                self.stay(f"ill{kill}{i}", (V311, V5)[i % 2], will=("sensors/will", will, 2))
            before = len(readers[0].messages)
            for i in range(20):
                for number, writer in enumerate(writers):
                    payload = f"{kill} {number} {i}".encode()
                    wanted[payload] = 1
                    sent.append((writer, writer.paho.publish("sensors/x", payload, 2).mid))
            self.wait_until(lambda: self.pump() or len(readers[0].messages) > before + 5 * (kill % 3),
                            "some of them")
            self.kill(*readers, *writers)
        self.wait_until(lambda: self.pump() or all(mid in writer.done for writer, mid in sent),
                        "all to be acknowledged")
        for reader in readers:
            self.wait_until(lambda: self.pump() or len(reader.messages) >= len(wanted), "all")
        writers[0].publish("sensors/x", b"marker", 2)
        for reader in readers:
            self.wait_until(lambda: self.pump() or reader.messages[-1].payload == b"marker",
                            "the marker")
            got = collections.Counter(m.payload for m in reader.messages)
            self.assertEqual(got - collections.Counter([b"marker"]), wanted)


class PahoC(mqtt_device.GatewayTest):
    """The programs of Debian's paho.mqtt.c-examples."""

    def start_paho(self, program, version, websocket, *arguments):
        port = self.gateway.ports["ws" if websocket else "mqtt"]
        where = f"ws://127.0.0.1:{port}/mqtt" if websocket else f"tcp://127.0.0.1:{port}"
        return self.start_client(["stdbuf", "-oL", program, "-c", where, "-V", version, *arguments])

    def test_pub_and_sub_of_all_versions(self):
        """All at once, for each of them takes its time to begin and to end."""
        turns = [(version, websocket) for version in ("31", "311", "5")
                 for websocket in (False, True)]
        subs = [self.start_paho("paho_c_sub", *turn, "-t", f"sensors/{i}/#", "-q", "2", "-i",
                                f"sub{i}") for i, turn in enumerate(turns)]
        self.wait_for_metric("weft_mqtt_subscriptions", len(turns))
        pubs = [self.start_paho("paho_c_pub", *turn, "-t", f"sensors/{i}/{qos}", "-m", "hello",
                                "-q", qos, "-i", f"pub{i}{qos}")
                for i, turn in enumerate(turns) for qos in ("0", "1", "2")]
        for pub in pubs:
            self.output(pub)
        for i, sub in enumerate(subs):
            self.wait_for_lines(sub, [f"5 sensors/{i}/{qos}\thello\n" for qos in (0, 1, 2)])
            sub.send_signal(signal.SIGINT)
        for sub in subs:
            self.output(sub)
        self.wait_for_metric("weft_mqtt_subscriptions", 0)

    def wait_for_lines(self, process, lines):
        """What it prints, in any order, but for what it says of its connection."""
        said = [b""]

        def messages():
            if select.select([process.stdout], [], [], 0)[0]:
                said[0] += os.read(process.stdout.fileno(), 65536)
            return [line for line in said[0].decode().splitlines(True)
                    if not line.startswith(("URL is", "Subscribing to"))]
        self.wait_until(lambda: len(messages()) >= len(lines), f"{lines}")
        self.assertEqual(sorted(messages()), lines)


class TwoRouters(ClientsTest, mesh.MeshTest):
    """A gateway at each of two routers; an MQTT.js client at one, a Paho client at the other."""

    @classmethod
    def setUpClass(cls):
        cls.process = NodeClient.process = NodeProcess()
        cls.addClassCleanup(cls.process.close)

    def setUp(self):
        self.pahos = []
        harness.Test.setUp(self)
        self.nodes = self.mesh({"r1": {}, "r2": {"r1": 1}}, addresses=self.ADDRESSES)
        self.gateways = []
        for name, node in self.nodes.items():
            self.gateways.append(self.start_gateway(router=node, gateway={"id": f"gw-{name}"}))

    def at(self, number, name, version):
        """A client at the gateway of that router."""
        kind = (NodeClient, PahoClient)[number]
        client = kind(self, self.gateways[number].ports["mqtt"], version, False)
        client.connect(name)
        return client

    def reaches(self, writer, reader, topic):
        """Whether messages get to a reader, that other routers may not know of yet."""
        writer.publish(topic, b"probe", 1)
        self.pump()
        return reader.messages

    def messages(self, reader, count):
        """The next that are no probes."""
        came = []
        while len(came) < count:
            message = reader.message()
            if message.payload != b"probe":
                came.append((message.topic, message.payload))
        return sorted(came)

    def test_wildcards_reach_over_the_mesh(self):
        source = self.sender(self.connect(self.nodes["r2"]), "sensors", credit=False)
        for version in VERSIONS:
            with self.subTest(version=version):
                for here, there in ((0, 1), (1, 0)):
                    turn = f"{version}{here}"
                    reader, writer = self.at(here, "reader", version), self.at(there, "w", version)
                    self.assertEqual(reader.subscribe(f"sensors/{turn}/+/t", f"sensors/{turn}/b/#"),
                                     [2, 2])
                    sent = [f"sensors/{turn}/{rest}"
                            for rest in ("a/t", "a/u", "b", "b/c/d", "c/t")]
                    self.wait_until(lambda: self.reaches(writer, reader, f"sensors/{turn}/b/c"),
                                    "the routers to know of the subscription")
                    for topic in sent:
                        writer.publish(topic, topic.encode(), 1)
                    source.send(Message(b"amqp", subject=f"{turn}/x/t"))
                    wanted = [(topic, topic.encode()) for topic in sent if topic[-1] != "u"]
                    wanted.append((f"sensors/{turn}/x/t", b"amqp"))
                    self.assertEqual(self.messages(reader, len(wanted)), sorted(wanted))
                    reader.disconnect()
                    writer.disconnect()


if __name__ == "__main__":
    harness.main()
