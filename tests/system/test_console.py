"""The web console in a browser that we did not write: each page, as a person uses it."""
import base64
import collections
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from proton import Delivery, Message

import broker_daemon
import harness
import management
import mesh
import mqtt_device
import users

BROWSER = os.environ.get("WEFT_CHROMIUM", "/usr/bin/chromium")
SHOTS = pathlib.Path(os.environ.get("WEFT_SHOTS", tempfile.gettempdir()))
WIRE_MAX = 150 * 1024  # bytes of a first visit
CROWD = 1000  # connections, and
ADDRESSES = 10_000  # that they have receivers of
PICTURE = harness.HERE.parents[1] / "docs/console.png"  # README shows it
PICTURE_MAX = 200 * 1024  # bytes
HOSTILE = "<img src=x onerror=alert(1)>"


class Browser:
    """A person at the console of a node: a process that tells step by step what it does."""

    def __init__(self, test, node, scenario, *arguments, listener="web"):
        for needed in ("playwright-core", "axe-core"):
            assert os.path.isdir(os.path.join(harness.npm_modules(), needed)), \
                f"{needed} is not in {harness.npm_modules()}; set WEFT_NPM"
        assert os.path.exists(BROWSER), f"there is no {BROWSER}; set WEFT_CHROMIUM"
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.test = test
        self.output = node.folder / f"console-{scenario}.out"
        command = [shutil.which("node"), str(harness.HERE / "console_peer.js"), scenario,
                   str(SHOTS / f"console-{scenario}.png"),
                   f"http://127.0.0.1:{node.ports[listener]}", *arguments]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command, env={**os.environ, "NODE_PATH": harness.npm_modules()},
                stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        test.addCleanup(self.leave)

    def leave(self):
        if self.process.poll() is None:
            self.process.terminate()  # it closes the browser
            self.process.wait()

    def lines(self):
        return self.output.read_text().splitlines()

    def over(self):
        return self.process.poll() is not None

    def wait_for(self, line):
        self.test.wait_until(lambda: line in self.lines() or self.over(), f"the line {line}")

    def watch(self):
        """What it saw, once it has ended well; each step has the time of a test."""
        while not self.over():
            done = len(self.lines())
            self.test.wait_until(lambda: len(self.lines()) > done or self.over(),
                                 f"the step after {self.lines()[-1:]}")
        self.test.assertEqual(self.process.returncode, 0, "\n".join(self.lines()))
        seen = json.loads(self.lines()[-1])
        self.test.assertEqual(seen["faults"], [])
        return seen


class RouterConsole(harness.Test):
    def use(self, node):
        worker = self.connect(node, container="worker-7")
        self.receiver(worker, "orders/new", credit=10, accepts=True)
        self.receiver(worker, HOSTILE, credit=10)
        sender = self.sender(self.connect(node), "orders/new")
        sent = [sender.send(Message(body=i)) for i in range(3)]
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")

    def test_a_person_looks_around(self):
        node = self.router()
        self.use(node)
        seen = Browser(self, node, "router").watch()
        self.assertLess(seen["bytes"], WIRE_MAX)
        self.assertGreater(seen["told"], 0)
        self.assertEqual(seen["lists"], 0)  # the stream told them
        self.assertEqual((seen["hostile"], seen["images"]), (HOSTILE, 0))

    def test_a_person_makes_an_address_and_deletes_it(self):
        node = self.router()
        Browser(self, node, "address").watch()
        self.assertNotIn("news", self.rules(node))

    def rules(self, node):
        agent = management.Node(node.url, harness.TIMEOUT)
        try:
            return [row["address"] for row in agent.query("router.config.address")]
        finally:
            agent.close()

    def test_a_console_without_a_stream_asks(self):
        node = self.router()
        self.use(node)
        Browser(self, node, "streamless").watch()

    def test_a_person_changes_several_rules_and_takes_it_back(self):
        node = self.router()
        agent = management.Node(node.url, harness.TIMEOUT)
        for name in ("one", "two", "stays"):
            agent.call("CREATE", "router.config.address", name,
                       body={"address": name, "distribution": "closest"})
        agent.close()
        Browser(self, node, "bulk").watch()
        self.assertEqual(set(self.rules(node)), {"one", "two", "stays"})

    def test_a_person_keeps_other_consoles(self):
        node = self.router()
        seen = Browser(self, node, "nodes").watch()
        self.assertEqual(seen["link"], "http://10.0.0.7:8672/console/")

    def test_a_viewer_is_offered_no_change_and_goes_when_he_is_no_user_any_more(self):
        known = users.Users(vera="v", anna="a")
        self.addCleanup(known.clean_up)
        node = self.router(
            users=known.section, management={"viewers": ["vera"], "admins": ["anna"]},
            listeners=[{"name": "closed", "port": 0, "http": True, "authenticatePeer": True,
                        "insecure": True, "saslMechanisms": "PLAIN"}])
        self.make_rule(node, "anna:a", "kept")
        person = Browser(self, node, "viewer", "vera", "v", listener="closed")
        person.wait_for("looking")
        known.change("delete", "vera")
        seen = person.watch()
        self.assertEqual((seen["buttons"], seen["creates"], seen["byHand"]), (0, 0, 403))
        self.assertNotIn("weft.login", seen["outlives"])

    def test_long_lists_stay_fluid(self):
        node = self.router()
        for name in range(CROWD):
            peer = self.connect(node, container=f"crowd-{name}")
            for i in range(ADDRESSES // CROWD):
                peer.receiver(f"addr/{name}/{i}")
        self.wait_until(lambda: self.known(node) >= ADDRESSES, "the addresses")
        seen = Browser(self, node, "large", str(ADDRESSES)).watch()
        print(f"the slowest frames while scrolling took {seen['worstFrames']} ms")

    def make_rule(self, node, login, name):
        client = http.client.HTTPConnection("127.0.0.1", node.ports["closed"],
                                            timeout=harness.TIMEOUT)
        self.addCleanup(client.close)
        client.request("POST", "/api/router.config.address",
                       json.dumps({"name": name, "address": name, "distribution": "closest"}),
                       {"Authorization": "Basic " + base64.b64encode(login.encode()).decode(),
                        "Content-Type": "application/json"})
        self.assertEqual(client.getresponse().status, 201)

    def known(self, node):
        """How many addresses it has."""
        agent = management.Node(node.url, harness.TIMEOUT)
        try:
            return agent.query("router", ("addrCount",))[0]["addrCount"]
        finally:
            agent.close()

    def test_a_person_closes_a_connection(self):
        node = self.router()
        worker = self.connect(node, container="worker-7")
        Browser(self, node, "connection").watch()
        self.wait_until(lambda: worker.gone, "the connection to be closed")

    def test_a_person_sees_what_was_refused(self):
        node = self.router(policy={"enableVhostPolicy": True}, vhosts=[
            {"hostname": "$default", "allowUnknownUser": True, "groups": {
                "$default": {"remoteHosts": "*", "sources": "open", "targets": ""}}}])
        self.assertIsNotNone(self.refused(self.connect(node).receiver("orders/secret")))
        Browser(self, node, "security").watch()

    def test_the_node_is_killed_while_somebody_looks(self):
        node = self.new_router().start()
        self.addCleanup(node.clean_up)
        self.use(node)
        person = Browser(self, node, "gone")
        person.wait_for("looking")
        node.process.send_signal(signal.SIGKILL)
        node.process.wait()
        person.watch()


class MeshConsole(mesh.MeshTest):
    def test_a_router_is_killed_while_somebody_looks_at_the_map(self):
        routers = self.mesh({"a": {}, "b": {"a": 1}})
        lost = self.new_router(
            router={"id": "c", "mode": "interior"},
            connectors=[{"name": "to-b", "port": routers["b"].ports["mesh"],
                         "role": "inter-router"}]).start()
        self.addCleanup(lost.clean_up)
        self.wait_for_routers(routers["a"], {"a", "b", "c"})
        person = Browser(self, routers["a"], "mesh")
        person.wait_for("looking")
        self.kill(lost)
        self.assertEqual(person.watch()["links"], 2)


    def test_a_person_follows_an_address_and_asks_what_if_a_router_fails(self):
        routers = self.mesh({"a": {}, "b": {"a": 1}, "c": {"b": 2}, "d": {"a": 1, "b": 1},
                              "e": {"b": 1, "d": 3}},
                            more=[{"name": "brokers", "port": 0, "role": "route-container"}])
        keeper = self.net.connect(routers["a"].ports["brokers"], container="broker-1")
        self.wait_until(lambda: keeper.opened, "the container to be there")
        taker = self.receiver(self.connect(routers["c"]), "orders", credit=1000, accepts=True)
        sender = self.sender(self.connect(routers["a"], container="shop"), "orders")
        sent = [sender.send(Message(body=i)) for i in range(20)]
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        person = Browser(self, routers["a"], "ways")
        seen = person.watch()
        self.assertLess(seen["picture"], PICTURE_MAX)
        self.assertFalse(taker.detached)
        if os.environ.get("WEFT_WRITE"):
            shutil.copy(SHOTS / "console-ways.png", PICTURE)


class BrokerConsole(broker_daemon.BrokerTest):
    def test_a_person_looks_at_queues(self):
        node = self.broker(broker={"autoCreate": True})
        self.put(self.sender(self.connect(node), "orders"), Message(body="tea"))
        Browser(self, node, "broker").watch()


    def test_a_person_moves_purges_and_replays_messages(self):
        node = self.broker(broker={"autoCreate": True})
        sender = self.sender(self.connect(node), "orders")
        self.put(sender, Message(body="rotten"))
        receiver = self.receiver(self.connect(node), "orders", credit=1)
        self.take(receiver, 1)[0].settle(Delivery.REJECTED)
        self.wait_until(lambda: self.depths(node)["$dlq"] == 1, "a dead letter")
        receiver.close()
        self.put(sender, Message(body='{"tea": 2}', subject="subject-of-tea"), Message(body="water"))
        self.sender(self.connect(node), "spare")
        seen = Browser(self, node, "messages").watch()
        self.assertEqual(seen["words"], ["1 message was moved.", "1 message was removed.",
                                         "1 message was replayed."])
        self.assertEqual(self.depths(node), {"orders": 1, "spare": 1, "$dlq": 0})

    def depths(self, node):
        agent = management.Node(node.url, harness.TIMEOUT)
        try:
            return collections.Counter({q["name"]: q["messages"] for q in agent.query("queue")})
        finally:
            agent.close()


class GatewayConsole(mqtt_device.GatewayTest):
    def test_a_person_looks_at_devices(self):
        lamp = self.device("lamp-1")
        lamp.subscribe("sensors", qos=1)
        door = self.device("door-1")
        self.device("door-2")
        door.acknowledged(door.publish("sensors", b"open", qos=1, retain=True))
        Browser(self, self.gateway, "gateway").watch()


if __name__ == "__main__":
    harness.main()
