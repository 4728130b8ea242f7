"""MQTT devices that a test drives by hand, packet by packet, and the gateway that they talk to."""
import http.client
import re
import select
import socket
import struct
import subprocess

import harness

CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 2, 3, 4, 5, 6, 7
SUBACK, UNSUBACK, PINGRESP, DISCONNECT = 9, 11, 13, 14
V31, V311, V5 = 3, 4, 5


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(data)) + data


def varint(value):
    out = b""
    while True:
        value, low = value >> 7, value & 127
        out += bytes([low | (128 if value else 0)])
        if not value:
            return out


def packet(first, body):
    return bytes([first]) + varint(len(body)) + body


class Packet:
    """One that came: its type, flags and body."""

    def __init__(self, first, body):
        self.type, self.flags, self.body = first >> 4, first & 15, body

    @property
    def id(self):
        return struct.unpack(">H", self.body[:2])[0]

    def __repr__(self):
        return f"Packet({self.type}, {self.flags}, {self.body!r})"


class Message:
    """A PUBLISH that came."""

    def __init__(self, device, came):
        size = struct.unpack(">H", came.body[:2])[0]
        self.topic, rest = came.body[2:2 + size].decode(), came.body[2 + size:]
        self.qos, self.retain, self.dup = came.flags >> 1 & 3, came.flags & 1, came.flags >> 3 & 1
        self.id = 0
        if self.qos:
            self.id, rest = struct.unpack(">H", rest[:2])[0], rest[2:]
        self.properties = b""
        if device.version == V5:
            length, used = 0, 0
            while True:
                length |= (rest[used] & 127) << 7 * used
                used += 1
                if rest[used - 1] < 128:
                    break
            self.properties, rest = rest[used:used + length], rest[used + length:]
        self.payload = rest


class Device:
    """A connection to the gateway. `gone`: it was closed by the gateway."""

    def __init__(self, test, port, version=V311):
        self.test = test
        self.version = version
        self.socket = socket.create_connection(("127.0.0.1", port), harness.TIMEOUT)
        self.buffer = b""
        self.gone = False
        self.messages = []
        self.last_id = 0
        test.addCleanup(self.drop)

    def drop(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    # --- in -----------------------------------------------------------------------------------

    def receive(self):
        """What comes next; the test's clients of AMQP run meanwhile. Empty: the end."""
        self.test.wait_until(lambda: select.select([self.socket], [], [], 0)[0],
                             "the gateway to say something")
        try:
            return self.socket.recv(65536)
        except ConnectionResetError:
            return b""

    def fill(self):
        data = self.receive()
        self.gone = self.gone or not data
        self.buffer += data

    def whole(self):
        """The next packet that is there as a whole, or None."""
        length, used = 0, 1
        while True:
            if len(self.buffer) <= used:
                return None
            length |= (self.buffer[used] & 127) << 7 * (used - 1)
            used += 1
            if self.buffer[used - 1] < 128:
                break
        if len(self.buffer) < used + length:
            return None
        came = Packet(self.buffer[0], self.buffer[used:used + length])
        self.buffer = self.buffer[used + length:]
        return came

    def next(self, *types):
        """The next packet, of one of those types; PUBLISH packets on the way are kept."""
        while True:
            came = self.whole()
            if came is None:
                self.test.assertFalse(self.gone, f"closed instead of a packet of types {types}")
                self.fill()
            elif came.type == PUBLISH and PUBLISH not in types:
                self.messages.append(Message(self, came))
            else:
                self.test.assertIn(came.type, types or range(16))
                return came

    def message(self):
        """The next PUBLISH."""
        if self.messages:
            return self.messages.pop(0)
        return Message(self, self.next(PUBLISH))

    def closed(self):
        """Waits for the end; the packets before it."""
        packets = []
        while True:
            came = self.whole()
            if came is not None:
                packets.append(came)
            elif self.gone:
                return packets
            else:
                self.fill()

    # --- out ----------------------------------------------------------------------------------

    def new_id(self):
        self.last_id += 1
        return self.last_id

    def properties(self, encoded=b""):
        return varint(len(encoded)) + encoded if self.version == V5 else b""

    def connect(self, client="d1", clean=True, keep_alive=60, will=None, properties=b"",
                answer=0, will_properties=b"", user=None, password=None):
        """`will`: (topic, payload, qos, retain). Returns the CONNACK, whose code is `answer`."""
        flags = (2 if clean else 0)
        payload = text(client)
        if will is not None:
            topic, message, qos, retain = will
            flags |= 4 | qos << 3 | (32 if retain else 0)
            payload += self.properties(will_properties) + text(topic) + text(message)
        if user is not None:
            flags |= 0xC0
            payload += text(user) + text(password)
        name = text("MQIsdp" if self.version == V31 else "MQTT")
        self.send(packet(0x10, name + bytes([self.version, flags]) + struct.pack(">H", keep_alive) +
                         self.properties(properties) + payload))
        connack = self.next(CONNACK)
        self.test.assertEqual(connack.body[1], answer, "CONNACK")
        return connack

    def subscribe(self, *filters, qos=1, options=0):
        """The codes of the SUBACK."""
        identifier = self.new_id()
        entries = b"".join(text(f) + bytes([qos | options]) for f in filters)
        self.send(packet(0x82, struct.pack(">H", identifier) + self.properties() + entries))
        suback = self.next(SUBACK)
        self.test.assertEqual(suback.id, identifier)
        return list(suback.body[-len(filters):])

    def unsubscribe(self, *filters):
        identifier = self.new_id()
        self.send(packet(0xa2, struct.pack(">H", identifier) + self.properties() +
                         b"".join(text(f) for f in filters)))
        return self.next(UNSUBACK)

    def publish(self, topic, payload=b"", qos=0, retain=False, properties=b"", dup=False):
        """Its packet id."""
        identifier = self.new_id() if qos else 0
        self.send(packet(0x30 | (8 if dup else 0) | qos << 1 | (1 if retain else 0),
                         text(topic) + (struct.pack(">H", identifier) if qos else b"") +
                         self.properties(properties) + payload))
        return identifier

    def acknowledged(self, identifier, kind=PUBACK):
        """Waits for PUBACK or another; its reason code."""
        ack = self.next(kind)
        self.test.assertEqual(ack.id, identifier)
        return ack.body[2] if len(ack.body) > 2 else 0

    def ack(self, identifier, first=0x40):
        self.send(packet(first, struct.pack(">H", identifier)))

    def ping(self):
        self.send(packet(0xc0, b""))
        return self.next(PINGRESP)

    def disconnect(self):
        self.send(packet(0xe0, b""))


class WebSocketDevice(Device):
    """The same over a WebSocket."""

    def __init__(self, test, port, version=V311, protocol="mqtt"):
        super().__init__(test, port, version)
        self.raw = b""
        self.socket.sendall(
            f"GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            f"Sec-WebSocket-Protocol: {protocol}\r\n\r\n".encode())
        while b"\r\n\r\n" not in self.raw:
            self.raw += self.socket.recv(4096)
        self.head, self.raw = self.raw.split(b"\r\n\r\n", 1)

    def send(self, data):
        size = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        self.socket.sendall(b"\x82" + size + bytes(4) + data)  # the mask is 0

    def fill(self):
        self.raw += self.receive() or self.end()
        while len(self.raw) >= 2:
            size, start = self.raw[1] & 127, 2
            if size == 126:
                size, start = struct.unpack(">H", self.raw[2:4].rjust(2))[0], 4
            if len(self.raw) < start + size:
                return
            if self.raw[0] & 15 == 8:
                self.end()
            elif self.raw[0] & 15 in (0, 2):
                self.buffer += self.raw[start:start + size]
            self.raw = self.raw[start + size:]

    def end(self):
        self.gone = True
        return b""


class GatewayTest(harness.Test):
    """A router with multicast and anycast addresses, and a gateway over it."""

    ADDRESSES = [{"address": "sensors", "type": "multicast"}, {"address": "jobs", "type": "anycast"},
                 {"address": "all", "type": "multicast"}]

    def setUp(self):
        super().setUp()
        self.node = self.router(addresses=self.ADDRESSES)
        self.gateway = self.start_gateway()

    def new_gateway(self, router=None, mqtt=None, **sections):
        router = router or self.node
        return self.new_router(program="weft-mqtt-gateway", config={
            "gateway": {"id": "gw1"},
            "mqtt": {"map": [{"topic": "legacy/#", "address": "all"}], "publishTimeoutSeconds": 2,
                     "shareMulticast": True, **(mqtt or {})},
            "listeners": [{"name": "mqtt", "port": 0},
                          {"name": "ws", "port": 0, "websockets": True},
                          {"name": "web", "port": 0, "http": True},
                          {"name": "amqp", "port": 0, "protocol": "amqp"}],
            "connectors": [{"name": "router", "host": "127.0.0.1", "port": router.port}],
            "addresses": self.ADDRESSES, **sections})

    def start_gateway(self, **options):
        gateway = self.new_gateway(**options).start()
        self.addCleanup(self.end, gateway)
        self.wait_for_metric("weft_mqtt_router_connected", 1, gateway)
        return gateway

    def page(self, path, gateway=None):
        client = http.client.HTTPConnection("127.0.0.1", (gateway or self.gateway).ports["web"],
                                            timeout=harness.TIMEOUT)
        self.addCleanup(client.close)
        client.request("GET", path)
        answer = client.getresponse()
        return answer.status, answer.read().decode()

    def metric(self, name, gateway=None):
        found = re.search(rf"^{re.escape(name)} (\d+)$", self.page("/metrics", gateway)[1], re.M)
        return int(found[1]) if found else None

    def wait_for_metric(self, name, value, gateway=None):
        self.wait_until(lambda: self.metric(name, gateway) == value, f"{name} to be {value}")

    def device(self, client="d1", version=V311, port=None, **options):
        device = Device(self, port or self.gateway.ports["mqtt"], version)
        device.connect(client, **options)
        return device

    def mosquitto(self, program, *arguments, version="311"):
        """mosquitto_pub or mosquitto_sub, running."""
        command = [program, "-h", "127.0.0.1", "-p", str(self.gateway.ports["mqtt"]), "-V",
                   {"31": "mqttv31", "311": "mqttv311", "5": "mqttv5"}[version], *arguments]
        return self.start_client(command)

    def start_client(self, command):
        """A program that is another's, running."""
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        self.addCleanup(self.end_process, process)
        return process

    @staticmethod
    def end_process(process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def output(self, process):
        """What it printed; it ends with status 0."""
        out, _ = process.communicate(timeout=harness.TIMEOUT)
        self.assertEqual(process.returncode, 0, out)
        return out
