"""Which topics devices may use: the rules of `acl`, with mosquitto's clients and Paho."""
import json
import shutil
import tempfile

import harness
import paho.mqtt.client as paho
import users
from mqtt_device import V5, GatewayTest, text
from paho.mqtt.subscribeoptions import SubscribeOptions

NOT_AUTHORIZED = 0x87


class AccessTest(GatewayTest):
    """Base: a gateway with users alice and bob, a store, and rules."""

    ACL = [{"users": ["*"], "publish": ["sensors/%c/#"], "subscribe": ["sensors/%c/+"]},
           {"users": ["alice"], "publish": ["jobs", "all/%u"], "subscribe": ["sensors/#"]}]

    @classmethod
    def setUpClass(cls):
        cls.users = users.Users(alice="a", bob="b")

    @classmethod
    def tearDownClass(cls):
        cls.users.clean_up()

    def start_gateway(self, **options):
        self.folder = getattr(self, "folder", None) or tempfile.mkdtemp(prefix="weft-mqtt-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        return super().start_gateway(**{
            "users": self.users.section, "acl": self.ACL, "store": {"path": self.folder + "/store"},
            "listeners": [{"name": "mqtt", "port": 0, "saslMechanisms": "PLAIN", "insecure": True},
                          {"name": "web", "port": 0, "http": True}], **options})

    def as_user(self, name, client):
        return ("-i", client, "-u", name, "-P", name[0])

    def run_client(self, program, *arguments, version="5"):
        """The status and what it said."""
        process = self.mosquitto(program, *arguments, version=version)
        self.wait_until(lambda: process.poll() is not None, f"{program} to end")
        return process.returncode, process.stdout.read()

    def denied(self, what):
        return self.metric(f"weft_mqtt_denied_{what}_total")


class Rules(AccessTest):
    def publish(self, user, client, topic, *more, version="5"):
        return self.run_client("mosquitto_pub", *self.as_user(user, client), "-t", topic, "-m", "x",
                               "-q", "1", *more, version=version)

    def test_publishes_that_no_rule_allows_are_refused(self):
        receiver = self.receiver(self.connect(self.node), "sensors", credit=50, accepts=True)
        self.assertEqual(self.publish("bob", "d1", "sensors/d1/t")[0], 0)
        for user, client, topic in (("bob", "d1", "sensors/d2/t"), ("bob", "d1", "jobs"),
                                    ("alice", "d1", "all/bob"), ("bob", "d1/x", "sensors/d1/x/t")):
            self.assertIn("Not authorized", self.publish(user, client, topic)[1])
        self.assertNotEqual(self.publish("bob", "d1", "sensors/d2/t", version="311")[0], 0)
        self.assertEqual(self.publish("bob", "d1", "sensors/d2/t", "-q", "0")[0], 0)
        self.wait_until(lambda: self.denied("publishes") == 6, "all to be counted")
        self.assertEqual(self.metric('weft_mqtt_dropped_total{reason="not-allowed"}'), 1)
        self.assertEqual(receiver.count, 1)
        self.assertIn("client d1 (user bob) may not publish to sensors/d2/t: no rule of acl allows "
                      "it", self.gateway.log())

    def test_subscriptions_are_allowed_if_all_is_that_they_bring(self):
        client = paho.Client("d1", protocol=paho.MQTTv5)
        client.username_pw_set("bob", "b")
        granted = {}
        client.on_subscribe = lambda c, u, mid, codes, properties: granted.update(
            {mid: [code.value for code in codes]})
        client.connect("127.0.0.1", self.gateway.ports["mqtt"])
        _, asked = client.subscribe([("sensors/d1/+", SubscribeOptions(qos=1)),
                                     ("sensors/d1/#", SubscribeOptions(qos=1)),
                                     ("sensors/#", SubscribeOptions(qos=1)),
                                     ("sensors/+/t", SubscribeOptions(qos=1)),
                                     ("$share/g/sensors/d1/t", SubscribeOptions(qos=1)),
                                     ("all/x", SubscribeOptions(qos=1))])
        self.wait_until(lambda: client.loop(0.01) or granted, "the SUBACK")
        self.assertEqual(granted[asked], [1] + 3 * [NOT_AUTHORIZED] + [1, NOT_AUTHORIZED])
        client.disconnect()
        self.assertEqual(self.denied("subscriptions"), 4)
        said = self.run_client("mosquitto_sub", *self.as_user("bob", "d2"), "-t", "all/#", "-W", "5",
                               version="311")[1]
        self.assertIn("denied", said)

    def test_a_will_that_may_not_be_published_may_not_be_left(self):
        will = ("--will-topic", "all/x", "--will-payload", "gone")
        for version in ("5", "311"):
            status, said = self.publish("bob", "d1", "sensors/d1/t", *will, version=version)
            self.assertNotEqual(status, 0)
            self.assertRegex(said, "(?i)not authori[sz]ed")
        self.assertEqual(self.denied("wills"), 2)

    def filters(self):
        return {row["filter"] for row in json.loads(self.page("/api/mqttSubscription")[1])}

    def sub(self, user, *topics):
        """Comes for the session of d1, and subscribes; what it printed."""
        status, said = self.run_client(
            "mosquitto_sub", *self.as_user(user, "d1"), "-c", "-q", "1", "-E",
            *(part for topic in topics for part in ("-t", topic)), version="311")
        self.assertEqual(status, 0, said)
        return said

    def test_who_may_have_less_than_a_session_has_begins_anew(self):
        self.sub("alice", "sensors/#", "sensors/d1/+")
        self.assertEqual(self.filters(), {"sensors/#", "sensors/d1/+"})
        self.publish("bob", "d2", "sensors/d2/secret")
        self.sub("bob", "sensors/d1/t")
        self.assertEqual(self.filters(), {"sensors/d1/t"})
        self.assertEqual(json.loads(self.page("/api/mqttSession")[1])[0]["queuedMessages"], 0)
        self.sub("alice", "sensors/x")  # who may have more goes on with it
        self.assertEqual(self.filters(), {"sensors/d1/t", "sensors/x"})

    def test_by_new_rules_a_session_that_has_more_begins_anew(self):
        self.sub("bob", "sensors/d1/+", "sensors/d1/t")
        self.gateway.stop()
        acl = [{"users": ["bob"], "subscribe": ["sensors/d1/t", "sensors/x"]}]
        self.gateway = self.start_gateway(acl=acl)
        self.assertEqual(self.filters(), {"sensors/d1/+", "sensors/d1/t"})
        self.sub("bob", "sensors/x")
        self.assertEqual(self.filters(), {"sensors/x"})

    def test_rules_that_make_no_sense_are_told(self):
        gateway = self.new_gateway(acl=[{"users": ["a"], "publish": ["a#"]}])
        gateway.arguments.append("--check")
        gateway.spawn()
        self.assertEqual(gateway.wait_for_exit(), 1)
        self.assertIn('/acl/0: "a#" is no topic filter', gateway.log())


class AllTopics(GatewayTest):
    """Each topic is an address: none is one of the router's own."""

    ADDRESSES = [{"address": "#", "type": "multicast"}]

    def setUp(self):
        harness.Test.setUp(self)
        self.node = self.router(addresses=self.ADDRESSES)
        self.gateway = self.new_gateway(mqtt={"map": []})
        self.gateway.start()
        self.wait_for_metric("weft_mqtt_router_connected", 1)

    def test_management_is_no_topic(self):
        device = self.device("d1", version=V5)
        request = b"".join(b"\x26" + text(key) + text(value) for key, value in (
            ("operation", "DELETE"), ("type", "listener"), ("name", "clients")))
        for topic in ("amqp:/$management", "_local/$management", "_topo/0/r1/$management", "a."):
            self.assertEqual(device.acknowledged(device.publish(topic, b"", 1, properties=request)), 0x90, topic)
        self.assertTrue(self.connect(self.node).opened)


if __name__ == "__main__":
    harness.main()
