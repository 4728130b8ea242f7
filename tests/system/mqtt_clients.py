"""MQTT clients that are not ours, behind one interface: MQTT.js in a process of node, Paho in ours.

A test runs all of them through `wait_until`, as its clients of AMQP. What one does is done when the
method returns: acknowledged, or answered.
"""
import json
import os
import select
import shutil
import subprocess

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

import harness
import mqtt_device
from mqtt_device import V31, V5

PATH = "/mqtt"


class Came:
    """A message. `properties` are MQTT 5's, by the names that MQTT.js has for them."""

    def __init__(self, topic, payload, qos, retain, properties, wire_topic=None):
        self.topic, self.payload, self.qos, self.retain = topic, payload, qos, retain
        self.properties, self.wire_topic = properties, wire_topic

    @property
    def identifiers(self):
        """Of the subscriptions that it came for."""
        found = self.properties.get("subscriptionIdentifier", [])
        return sorted(found if isinstance(found, list) else [found])

    def __repr__(self):
        return f"{self.topic} {self.payload} q{self.qos}{' retained' if self.retain else ''}"


class Client:
    """What MQTT.js and Paho have in common here. `told`: the reason of the gateway's DISCONNECT."""

    def __init__(self, test, port, version, websocket):
        self.test, self.port, self.version, self.websocket = test, port, version, websocket
        self.messages = []
        self.gone, self.told = False, None

    def wait(self, condition, what):
        self.test.wait_until(lambda: self.test.pump() or condition(), what)

    def message(self):
        self.wait(lambda: self.messages, "a message")
        return self.messages.pop(0)

    def closed(self):
        self.wait(lambda: self.gone, "the connection to end")
        return self.told


class NodeProcess:
    """mqtt_peer.js, running. It serves all clients of a test class."""

    def __init__(self):
        assert os.path.isdir(os.path.join(harness.npm_modules(), "mqtt")), \
            f"mqtt is not in {harness.npm_modules()}; set WEFT_NPM"
        self.process = subprocess.Popen(
            [shutil.which("node"), str(harness.HERE / "mqtt_peer.js")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**os.environ, "NODE_PATH": harness.npm_modules()})
        os.set_blocking(self.process.stdout.fileno(), False)
        self.buffer = b""
        self.clients, self.answers, self.last = {}, {}, 0

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.kill()
        self.process.wait()

    def ask(self, client, verb, **rest):
        self.last += 1
        line = json.dumps({"id": self.last, "client": client, "do": verb, **rest})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.last

    def pump(self):
        while data := self.process.stdout.read1(65536):
            self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\n")
        for line in lines:
            said = json.loads(line)
            if "id" in said:
                self.answers[said["id"]] = said
            else:
                self.clients[said["client"]].hear(said)


class NodeClient(Client):
    """One of MQTT.js."""

    process = None  # set by the test class
    number = 0

    def ask(self, verb, **rest):
        asked = self.process.ask(self.name, verb, **rest)
        self.wait(lambda: asked in self.process.answers, f"MQTT.js to {verb}")
        answer = self.process.answers.pop(asked)
        if "error" in answer and "code" not in answer:
            raise AssertionError(f"{verb}: {answer['error']}")
        return answer.get("result", answer)

    def hear(self, said):
        if said["event"] == "closed":
            self.gone = True
        elif said["event"] == "told":
            self.told = said["code"]
        else:
            self.messages.append(Came(said["topic"], said["payload"].encode("latin1"), said["qos"],
                                      bool(said["retain"]), said["properties"], said["wireTopic"]))

    def connect(self, name, clean=True, expiry=None, will=None, aliases=0):
        NodeClient.number += 1
        self.name = f"{name} {self.number}"
        self.process.clients[self.name] = self
        options = {"clientId": name, "clean": clean, "protocolVersion": self.version,
                   "protocolId": "MQIsdp" if self.version == V31 else "MQTT"}
        if self.version == V5:
            options["properties"] = {"sessionExpiryInterval": expiry or 0,
                                     "topicAliasMaximum": aliases}
        if will:
            topic, payload, qos = will
            will = {"topic": topic, "payload": payload, "qos": qos, "retain": False}
        url = f"{'ws' if self.websocket else 'mqtt'}://127.0.0.1:{self.port}" + \
            (PATH if self.websocket else "")
        return self.ask("connect", url=url, options=options, will=will)["present"]

    def publish(self, topic, payload=b"", qos=0, retain=False, **properties):
        """The reason code of its acknowledgement."""
        options = {"qos": qos, "retain": retain, "properties": properties}
        return self.ask("publish", topic=topic, payload=payload.decode("latin1"),
                        options=options)["code"]

    def subscribe(self, *filters, qos=2, identifier=None, no_local=False):
        options = {"qos": qos, "nl": no_local}
        if identifier:
            options["properties"] = {"subscriptionIdentifier": identifier}
        return self.ask("subscribe", filters=filters, options=options)["codes"]

    def unsubscribe(self, topic_filter):
        self.ask("unsubscribe", filter=topic_filter)

    def disconnect(self):
        self.ask("disconnect")

    def drop(self):
        self.ask("drop")


class PahoClient(Client):
    """One of Paho for Python. It does not tell reason codes of acknowledgements: all are 0."""

    NAMES = {"correlationData": "CorrelationData", "responseTopic": "ResponseTopic",
             "contentType": "ContentType", "messageExpiryInterval": "MessageExpiryInterval",
             "topicAlias": "TopicAlias", "subscriptionIdentifier": "SubscriptionIdentifier",
             "userProperties": "UserProperty"}

    def connect(self, name, clean=True, expiry=None, will=None, aliases=0):
        started = {} if self.version == V5 else {"clean_session": clean}
        self.paho = paho.Client(name, protocol=self.version,
                                transport="websockets" if self.websocket else "tcp", **started)
        if self.websocket:
            self.paho.ws_set_options(PATH)
        self.done = {}
        self.listen()
        if will:
            self.paho.will_set(*will)
        if self.version == V5:
            started = {"clean_start": clean, "properties": Properties(PacketTypes.CONNECT)}
            started["properties"].SessionExpiryInterval = expiry or 0
            if aliases:
                started["properties"].TopicAliasMaximum = aliases
            self.again = {**started, "clean_start": False}
        else:
            started = self.again = {}
        self.test.addCleanup(self.drop)
        return self.start(started)

    def resume(self, port):
        """Connects again, with all that it has of its session."""
        self.port, self.gone = port, False
        del self.done["connack"]
        return self.start(self.again)

    def start(self, started):
        self.paho.connect("127.0.0.1", self.port, **started)
        self.test.pahos.append(self)
        self.wait(lambda: "connack" in self.done or self.gone, "CONNACK")
        assert not self.gone, f"refused: {self.told}"
        return self.done["connack"]

    def listen(self):
        def connected(client, data, flags, code, properties=None):
            if code == 0:
                self.done["connack"] = bool(flags["session present"])

        def ended(client, data, code, properties=None):
            self.gone = True
            self.told = getattr(code, "value", None)

        def came(client, data, message):
            self.messages.append(Came(message.topic, message.payload, message.qos,
                                      bool(message.retain), self.shown(message)))

        def done(client, data, identifier, *codes):
            self.done[identifier] = [getattr(code, "value", code) for code in codes[0]] \
                if codes and isinstance(codes[0], (list, tuple)) else []
        self.paho.on_connect, self.paho.on_disconnect, self.paho.on_message = connected, ended, came
        self.paho.on_publish = self.paho.on_subscribe = self.paho.on_unsubscribe = done

    def shown(self, message):
        if self.version != V5:
            return {}
        found = {}
        for name, its in self.NAMES.items():
            if hasattr(message.properties, its):
                found[name] = getattr(message.properties, its)
        if "correlationData" in found:
            found["correlationData"] = found["correlationData"].decode("latin1")
        if "userProperties" in found:
            found["userProperties"] = dict(found["userProperties"])
        return found

    def properties(self, kind, given):
        if not given:
            return {}
        encoded = Properties(kind)
        for name, value in given.items():
            if name == "userProperties":
                value = list(value.items())
            elif name == "correlationData":
                value = value.encode("latin1")
            setattr(encoded, self.NAMES[name], value)
        return {"properties": encoded}

    def answer(self, identifier, what):
        self.wait(lambda: identifier in self.done or self.gone, what)
        assert identifier in self.done, f"closed instead of {what}"
        return self.done.pop(identifier)

    def publish(self, topic, payload=b"", qos=0, retain=False, **properties):
        sent = self.paho.publish(topic, payload, qos, retain,
                                 **self.properties(PacketTypes.PUBLISH, properties))
        self.answer(sent.mid, "the acknowledgement")
        return 0

    def subscribe(self, *filters, qos=2, identifier=None, no_local=False):
        if self.version == V5:
            how = SubscribeOptions(qos, noLocal=no_local)
            given = {"subscriptionIdentifier": identifier} if identifier else {}
            _, asked = self.paho.subscribe([(each, how) for each in filters],
                                           **self.properties(PacketTypes.SUBSCRIBE, given))
        else:
            _, asked = self.paho.subscribe([(each, qos) for each in filters])
        return self.answer(asked, "SUBACK")

    def unsubscribe(self, topic_filter):
        self.answer(self.paho.unsubscribe(topic_filter)[1], "UNSUBACK")

    def disconnect(self):
        self.paho.disconnect()
        self.wait(lambda: self.gone, "the end")

    def drop(self):
        """Without a DISCONNECT. This client is not run any more."""
        if self in self.test.pahos:
            self.test.pahos.remove(self)
            self.paho.socket().close()


class ClientsTest(mqtt_device.GatewayTest):
    """A gateway for clients of the kind `make`, of all versions and carriers."""

    ADDRESSES = mqtt_device.GatewayTest.ADDRESSES + [{"prefix": "answers", "type": "multicast"}]
    make = None
    process = None

    def setUp(self):
        self.pahos = []
        super().setUp()

    def client(self, turn, version, websocket, name, **options):
        """One that is connected as `name-turn`; `present`: it has found a session."""
        client = self.make(self, self.gateway.ports["ws" if websocket else "mqtt"], version,
                           websocket)
        client.present = client.connect(f"{name}-{turn}", **options)
        return client

    def pump(self):
        """Lets all clients read and write once."""
        for client in list(self.pahos):
            if client.paho.loop(0) != paho.MQTT_ERR_SUCCESS:
                self.pahos.remove(client)
        if self.process is not None:
            self.process.pump()

    def wait_until(self, condition, what):
        harness.wait_until(condition, what, self.pause)

    def pause(self):
        """Until a client has something to read, or harness.POLL is over."""
        self.net.pump(0)
        sockets = [client.paho.socket() for client in self.pahos]
        sockets += [peer.socket for peer in self.net.peers]
        if self.process is not None:
            sockets.append(self.process.process.stdout)
        select.select([each for each in sockets if each is not None], [], [], harness.POLL)
