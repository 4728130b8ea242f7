"""weft-toy: what common/daemon gives a daemon that is no router, and what it can do in a mesh."""
import http.client
import json
import subprocess

from proton import Delivery, Message
from proton.utils import ConnectionClosed

import harness
import management

ECHO = {"toy": {"id": "t1"}}


class Toy(harness.Test):
    def toy(self, arguments=(), **sections):
        """A running toy; ended as routers are."""
        config = {**ECHO, "listeners": [{"name": "clients", "port": 0},
                                        {"name": "web", "port": 0, "http": True}], **sections}
        return self.router(program="weft-toy", config=config, arguments=arguments)

    def run_toy(self, *arguments, config):
        """Runs it to its end: the completed process."""
        toy = self.new_router(program="weft-toy", config=config)
        return subprocess.run([harness.binary("weft-toy"), *arguments, "-c", toy.config_file],
                              capture_output=True, text=True, timeout=harness.TIMEOUT)

    def echoed(self, sender, receiver, message):
        """Sends a message and returns what comes back."""
        sent = sender.send(message)
        self.wait_until(lambda: sent.settled and receiver.received, "the echo")
        self.assertEqual(sent.state, Delivery.ACCEPTED)
        return receiver.received.pop(0).message

    def ask(self, toy, method, path, body=None):
        """(status, text) of one request to its web site."""
        client = http.client.HTTPConnection("127.0.0.1", toy.ports["web"], timeout=harness.TIMEOUT)
        self.addCleanup(client.close)
        client.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        response = client.getresponse()
        return response.status, response.read().decode()

    def node(self, toy):
        node = management.Node(toy.url, harness.TIMEOUT)
        self.addCleanup(node.close)
        return node

    def test_what_a_client_sends_comes_back_to_it(self):
        peer = self.connect(self.toy())
        self.assertEqual(peer.connection.remote_container, "t1")
        receiver = self.receiver(peer, "anything", credit=10)
        sender = self.sender(peer, "anything")
        for body in ("hello", "x" * 200_000):
            message = self.echoed(sender, receiver, Message(body=body, properties={"n": 1}))
            self.assertEqual((message.body, message.properties), (body, {"n": 1}))

    def test_without_a_link_back_messages_are_released(self):
        peer = self.connect(self.toy())
        sent = self.sender(peer, "anything").send(Message(body="lost"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.RELEASED)

    def test_through_a_router_it_serves_an_address_of_the_mesh(self):
        router = self.router()
        toy = self.toy(connectors=[{"name": "to-mesh", "port": router.port}])
        peer = self.connect(router)
        receiver = self.receiver(peer, "echo/back", credit=10)
        sender = self.sender(peer, "echo")
        self.assertEqual(self.echoed(sender, receiver, Message(body="far")).body, "far")
        connector, = self.node(toy).query("connector")
        self.assertEqual((connector["name"], connector["connectionStatus"]), ("to-mesh", "SUCCESS"))

    def test_a_connector_dials_again_when_the_router_is_back(self):
        router = self.router()
        toy = self.toy(connectors=[{"name": "to-mesh", "port": router.port}])
        node = self.node(toy)

        def status():
            return node.query("connector")[0]["connectionStatus"]

        self.wait_until(lambda: status() == "SUCCESS", "the connection")
        router.stop()
        self.wait_until(lambda: status() == "CONNECTING", "the loss")
        self.router(config={"listeners": [{"name": "clients", "port": router.port}]})
        self.wait_until(lambda: status() == "SUCCESS", "the connection again")

    def test_management_shows_connections_and_the_log(self):
        toy = self.toy()
        node = self.node(toy)
        peer = self.connect(toy, container="shown")
        rows = {row["container"]: row for row in node.query("connection")}
        self.assertEqual((rows["shown"]["dir"], rows["shown"]["listener"], rows["shown"]["sasl"]),
                         ("in", "clients", "ANONYMOUS"))
        modules = [row["module"] for row in node.query("log")]
        self.assertEqual(modules, ["ECHO", "SERVER", "AGENT", "HTTP", "CONN_MGR", "PROTOCOL",
                                   "DEFAULT"])
        self.assertEqual({row["name"] for row in node.query("listener")}, {"clients", "web"})
        self.assertIn("log", {name.split(".")[-1] for name in node.node_call("GET-TYPES")})

        node.call("UPDATE", "log", identity="log/ECHO", body={"enable": "debug+"})
        self.receiver(peer, "a", credit=1)
        self.sender(peer, "a").send(Message(body="logged"))
        self.wait_until(lambda: "ECHO (debug)" in toy.log(), "the line in the log")
        counts = {row["name"]: row for row in node.query("logStats")}
        self.assertEqual(counts["ECHO"]["debugCount"], 1)

        node.call("UPDATE", "connection", identity=rows["shown"]["identity"],
                  body={"adminStatus": "deleted"})
        self.wait_until(lambda: peer.gone, "the connection to be closed")
        self.assertEqual(peer.condition.name, "amqp:connection:forced")

        own, = node.query("connection")
        with self.assertRaises(ConnectionClosed):
            node.call("UPDATE", "connection", identity=own["identity"],
                      body={"adminStatus": "deleted"})

    def test_the_web_site_tells_health_numbers_and_entities(self):
        toy = self.toy()
        status, text = self.ask(toy, "GET", "/healthz")
        self.assertEqual(status, 200)
        health = json.loads(text)
        self.assertEqual((health["status"], health["toy"]), ("ok", "t1"))
        status, text = self.ask(toy, "GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertIn('\nweft_accepted_connections_total{listener="web"} ', text)
        status, text = self.ask(toy, "GET", "/api/log")
        self.assertEqual(json.loads(text)[0]["module"], "ECHO")
        self.assertEqual(self.ask(toy, "DELETE", "/api/listener/clients")[0], 204)
        self.assertIn(self.ask(toy, "POST", "/api/listener", '{"port": "0"}')[0], (405, 501))

    def test_each_fault_of_a_config_is_one_line(self):
        result = self.run_toy("--check", config={"toy": {"idd": "x"}, "listeners": [{"port": 123456}],
                                                 "log": [{"module": "ROUTER"}], "router": {}})
        self.assertEqual(result.returncode, 1)
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 4, result.stderr)
        for pointer in ("/toy/idd", "/listeners/0/port", "/log/0/module", "/router"):
            self.assertEqual(sum(f"{pointer}:" in line for line in lines), 1, result.stderr)
        good = self.run_toy("--check", config=ECHO)
        self.assertEqual((good.returncode, good.stderr), (0, ""))

    def test_it_stops_on_sigterm_with_clients(self):
        toy = self.toy()
        peer = self.connect(toy)
        toy.terminate()
        self.wait_until(lambda: peer.closed_by_router, "the close")
        self.assertEqual(toy.wait_for_exit(), 0)


if __name__ == "__main__":
    harness.main()
