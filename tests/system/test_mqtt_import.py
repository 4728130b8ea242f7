"""weft config import of a mosquitto.conf: the gateway does what mosquitto did, for mosquitto's clients."""
import json
import pathlib
import re
import tempfile

import harness
import users
from mqtt_device import GatewayTest

CONF = """# a house
listener 1883 127.0.0.1
allow_anonymous false
password_file passwords
acl_file rules
max_keepalive 600
persistence true
bridge_of_ours yes
"""
RULES = """user alice
topic write rooms/#
user bob
topic read rooms/+/t
"""


class Imported(GatewayTest):
    def setUp(self):
        harness.Test.setUp(self)
        self.node = self.router(addresses=[{"address": "#", "type": "multicast"}])

    def imported(self):
        folder = tempfile.TemporaryDirectory(prefix="weft-mosquitto-")
        self.addCleanup(folder.cleanup)
        place = pathlib.Path(folder.name)
        for name, text in (("mosquitto.conf", CONF), ("rules", RULES), ("passwords", "alice:$7$\nbob:$7$\n")):
            (place / name).write_text(text)
        done = users.weft("config", "import", "mosquitto.conf", "gateway.json", folder=place)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("LEFT OUT: mosquitto.conf:8: bridge_of_ours yes: nothing here is like it", done.stderr)
        self.assertIn("'weft user add users.json NAME' for each of alice, bob", done.stderr)
        text = (place / "gateway.json").read_text()
        self.assertIn("// NOT CARRIED OVER: mosquitto.conf:8", text)
        return json.loads(re.sub(r"^//.*$", "", text, flags=re.M))

    def client(self, user, program, *arguments):
        return self.mosquitto(program, "-i", user, "-u", user, "-P", user[0], *arguments, version="311")

    def test_users_and_rules_are_what_they_were(self):
        known = users.Users(alice="a", bob="b")
        self.addCleanup(known.clean_up)
        config = self.imported()
        self.assertEqual(config["listeners"][0]["host"], "127.0.0.1")
        config["listeners"][0].update(name="mqtt", port=0)
        config["listeners"].append({"name": "web", "port": 0, "http": True})
        config["connectors"][0]["port"] = self.node.port
        config["store"]["path"] = "store"
        config["users"] = known.section
        self.gateway = self.router(config=config, program="weft-mqtt-gateway")
        self.wait_for_metric("weft_mqtt_router_connected", 1)
        got = self.client("bob", "mosquitto_sub", "-t", "rooms/+/t", "-C", "1", "-v")
        self.wait_for_metric("weft_mqtt_subscriptions", 1)
        sent = self.client("alice", "mosquitto_pub", "-t", "rooms/hall/t", "-m", "21", "-q", "1")
        self.wait_until(lambda: got.poll() is not None and sent.poll() is not None, "the message")
        self.assertEqual((sent.returncode, got.stdout.read()), (0, "rooms/hall/t 21\n"))
        other = self.client("bob", "mosquitto_pub", "-t", "rooms/hall/t", "-m", "99", "-q", "1")
        self.wait_until(lambda: other.poll() is not None, "the refusal")
        self.assertNotEqual(other.returncode, 0)


if __name__ == "__main__":
    harness.main()
