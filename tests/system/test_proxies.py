"""Listeners behind proxies: who a connection is of is what the header of the PROXY protocol says."""
import http.client
import ipaddress
import json
import shutil
import socket
import ssl
import struct
import tempfile
import threading

import certificates
import harness
import management
from mqtt_device import GatewayTest
from proton import Message

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
HERE = ["127.0.0.1"]
OPEN = {"remoteHosts": "192.0.2.7", "sources": "*", "targets": "*", "allowAnonymousSender": True}


def header(client):
    """Of "192.0.2.7:4711"; None: of a connection of the proxy's own."""
    if client is None:
        return SIGNATURE + b"\x20\0\0\0"
    host, port = client.rsplit(":", 1)
    address = ipaddress.ip_address(host.strip("[]"))
    zeros = bytes(len(address.packed))
    ports = struct.pack("!HH", int(port), 0)
    return (SIGNATURE + (b"\x21\x11\0\x0c" if address.version == 4 else b"\x21\x21\0\x24") +
            address.packed + zeros + ports)


class Proxy:
    """Connects to a port of a daemon for others, all of whom it says are `client`."""

    def __init__(self, port, client):
        self.to, self.header = port, header(client)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.sockets = [self.server]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                near = self.server.accept()[0]
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.to))
            far.sendall(self.header)
            self.sockets += [near, far]
            for ends in ((near, far), (far, near)):
                threading.Thread(target=self.pass_on, args=ends, daemon=True).start()

    @staticmethod
    def pass_on(source, to):
        try:
            while data := source.recv(65536):
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        for each in self.sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()


class ProxyTest(harness.Test):
    """Base."""

    def proxy(self, port, client):
        proxy = Proxy(port, client)
        self.addCleanup(proxy.close)
        return proxy

    def through(self, port, client):
        """A client of AMQP behind a proxy."""
        peer = self.net.connect(self.proxy(port, client).port)
        self.wait_until(lambda: peer.opened or peer.gone, "the connection to open")
        return peer

    def ends(self, node, end):
        client = http.client.HTTPConnection("127.0.0.1", node.ports["web"], timeout=harness.TIMEOUT)
        self.addCleanup(client.close)
        client.request("GET", "/metrics")
        text = client.getresponse().read().decode()
        name = f'weft_proxied_connections_total{{listener="behind",end="{end}"}} '
        return next(int(line[len(name):]) for line in text.splitlines() if line.startswith(name))

    def refused_by(self, port, data):
        """What is sent is answered by the end alone."""
        with socket.create_connection(("127.0.0.1", port), timeout=harness.TIMEOUT) as stream:
            stream.sendall(data)
            try:
                self.assertEqual(stream.recv(1), b"")
            except ConnectionResetError:
                pass


class Routers(ProxyTest):
    def behind(self, proxies=None, **sections):
        return self.router(listeners=[{"name": "behind", "port": 0, "proxyAddresses": proxies or HERE,
                                       **sections.pop("behind", {})},
                                      *sections.pop("listeners", [])], **sections)

    def test_a_client_behind_a_proxy_is_seen_as_itself(self):
        node = self.behind()
        one = self.through(node.ports["behind"], "192.0.2.7:4711")
        other = self.through(node.ports["behind"], "[2001:db8::7]:4712")
        own = self.through(node.ports["behind"], None)
        self.assertTrue(one.opened and other.opened and own.opened)
        receiver = self.receiver(other, "a", credit=1, accepts=True)
        sent = self.sender(one, "a").send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(receiver.bodies, ["x"])
        agent = management.Node(node.url, harness.TIMEOUT)
        self.addCleanup(agent.close)
        hosts = [row["host"] for row in agent.query("connection")]
        self.assertIn("192.0.2.7:4711", hosts)
        self.assertIn("[2001:db8::7]:4712", hosts)
        row = agent.call("READ", "listener", "behind")
        self.assertEqual((row["proxyAddresses"], row["proxyFailures"]), (HERE, 0))
        self.assertEqual(self.ends(node, "passed"), 3)

    def test_policies_ask_for_the_clients_address(self):
        node = self.behind(policy={"enableVhostPolicy": True}, vhosts=[
            {"hostname": "$default", "allowUnknownUser": True, "groups": {"$default": OPEN}}])
        self.assertTrue(self.through(node.ports["behind"], "192.0.2.7:4711").opened)
        stranger = self.through(node.ports["behind"], "192.0.2.8:4711")
        self.wait_until(lambda: stranger.closed_by_router, "who may not come from there")
        self.assertEqual(stranger.condition.name, "amqp:resource-limit-exceeded")

    def test_who_sends_no_header_is_not_let_in(self):
        node = self.behind()
        self.refused_by(node.ports["behind"], b"AMQP\x00\x01\x00\x00" + bytes(8))
        self.refused_by(node.ports["behind"], b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 5672\r\n")
        harness.wait_until(lambda: self.ends(node, "malformed") == 2, "the refusals")
        harness.wait_until(lambda: "is version 1; let the proxy speak version 2" in node.log(),
                           "the log")

    def test_who_is_no_proxy_is_not_let_in(self):
        node = self.behind(proxies=["192.0.2.0/24"])
        self.refused_by(node.ports["behind"], header("192.0.2.7:4711"))
        self.assertEqual(self.ends(node, "stranger"), 1)

    def test_http_behind_a_proxy(self):
        node = self.behind(behind={"http": True})
        client = http.client.HTTPConnection(
            "127.0.0.1", self.proxy(node.ports["behind"], "192.0.2.7:4711").port,
            timeout=harness.TIMEOUT)
        self.addCleanup(client.close)
        client.request("GET", "/healthz")
        self.assertEqual(client.getresponse().status, 200)

    def test_tls_comes_behind_the_header(self):
        folder = tempfile.mkdtemp(prefix="weft-proxies-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        authority = certificates.Authority(folder)
        profile = authority.profile("node")
        node = self.behind(behind={"sslProfile": profile["name"], "requireSsl": True},
                           sslProfiles=[profile])
        context = ssl.create_default_context(cafile=authority.file)
        proxy = self.proxy(node.ports["behind"], "192.0.2.7:4711")
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=harness.TIMEOUT) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as stream:
                stream.sendall(b"AMQP\x03\x01\x00\x00")
                self.assertEqual(stream.recv(8), b"AMQP\x03\x01\x00\x00")


class Gateways(GatewayTest, ProxyTest):
    def test_devices_behind_a_proxy_are_seen_as_themselves(self):
        gateway = self.start_gateway(listeners=[{"name": "mqtt", "port": 0, "proxyAddresses": HERE},
                                                {"name": "web", "port": 0, "http": True}])
        port = str(self.proxy(gateway.ports["mqtt"], "192.0.2.7:4711").port)
        to = ("-h", "127.0.0.1", "-p", port, "-t", "sensors/hall", "-q", "1")
        sub = self.start_client(["mosquitto_sub", *to, "-C", "1"])
        self.wait_for_metric("weft_mqtt_subscriptions", 1, gateway)
        rows = json.loads(self.page("/api/mqttClient", gateway)[1])
        self.assertEqual([row["host"] for row in rows], ["192.0.2.7:4711"])
        self.output(self.start_client(["mosquitto_pub", *to, "-m", "21.4"]))
        self.assertEqual(self.output(sub).strip(), "21.4")


if __name__ == "__main__":
    harness.main()
