"""The web console in a browser that we did not write: each page, as a person uses it."""
import collections
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

BROWSER = os.environ.get("WEFT_CHROMIUM", "/usr/bin/chromium")
SHOTS = pathlib.Path(os.environ.get("WEFT_SHOTS", tempfile.gettempdir()))
WIRE_MAX = 300 * 1024  # bytes of a first visit
HOSTILE = "<img src=x onerror=alert(1)>"


class Browser:
    """A person at the console of a node: a process that tells step by step what it does."""

    def __init__(self, test, node, scenario, *arguments):
        for needed in ("playwright-core", "axe-core"):
            assert os.path.isdir(os.path.join(harness.npm_modules(), needed)), \
                f"{needed} is not in {harness.npm_modules()}; set WEFT_NPM"
        assert os.path.exists(BROWSER), f"there is no {BROWSER}; set WEFT_CHROMIUM"
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.test = test
        self.output = node.folder / f"console-{scenario}.out"
        command = [shutil.which("node"), str(harness.HERE / "console_peer.js"), scenario,
                   str(SHOTS / f"console-{scenario}.png"),
                   f"http://127.0.0.1:{node.ports['web']}", *arguments]
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
        door.acknowledged(door.publish("sensors", b"open", qos=1, retain=True))
        Browser(self, self.gateway, "gateway").watch()


if __name__ == "__main__":
    harness.main()
