"""Who peers are, as an authentication service says it: authServicePlugins."""
import paho.mqtt.client as paho
from proton import Delivery, Message

import auth_service
import gsasl
import harness
import management
import raw
from mqtt_device import GatewayTest
from users import weft

USERS = {"ann": "a-word", "bob": "b-word"}


class ServiceTest(harness.Test):
    GRANTS = None

    def setUp(self):
        super().setUp()
        self.service = auth_service.Service(USERS, grants=self.GRANTS)
        self.addCleanup(self.service.close)
        self.node = self.asking_router()

    def plugins(self, **options):
        return [{"name": "corp", "host": "127.0.0.1", "port": self.service.port, "realm": "mesh.example",
                 **options}]

    def asking_router(self, listener=None, **sections):
        return self.router(listeners=[{"name": "asked", "port": 0, "saslPlugin": "corp", "insecure": True,
                                       "authenticatePeer": True, **(listener or {})}],
                           **{"authServicePlugins": self.plugins(), **sections})

    def log_in(self, user, password, node=None, **options):
        peer = self.net.connect((node or self.node).ports["asked"], user=user, password=password, **options)
        self.wait_until(lambda: peer.opened or peer.gone, "the answer")
        return peer

    def user_of(self, peer, node=None):
        agent = management.Node((node or self.node).url, harness.TIMEOUT)
        self.addCleanup(agent.close)
        rows = agent.query("connection", ["container", "user", "sasl"])
        return next((row["user"], row["sasl"]) for row in rows if row["container"] == peer.connection.container)


class Identities(ServiceTest):
    def test_the_service_says_who_somebody_is(self):
        ann = self.log_in("ann", "a-word", container="ann-1")
        self.assertTrue(ann.opened, ann.gone)
        self.assertEqual(self.user_of(ann), ("ann", "PLAIN"))
        (asked,) = self.service.asked
        self.assertEqual(asked[:3], ("PLAIN", "mesh.example", "mesh.example"))
        self.assertIn("ADDRESS-AUTHZ", asked[3])
        receiver = self.receiver(ann, "orders", credit=1, accepts=True)
        sent = self.sender(ann, "orders").send(Message(body="x"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual((sent.state, receiver.count), (Delivery.ACCEPTED, 1))

    def test_whom_it_does_not_let_in_stays_outside(self):
        for user, password in (("ann", "b-word"), ("eve", "a-word"), ("ann", "")):
            self.assertFalse(self.log_in(user, password).opened)
        self.assertIn("the authentication service does not let it in", self.whole_log(self.node))

    def test_mechanisms_are_the_services_own(self):
        """GNU SASL speaks one that the router does not know, over three steps."""
        self.wait_until(lambda: self.offered() == ["SCRAM-SHA-1", "PLAIN"], "the service's mechanisms")
        for password, code in (("a-word", 0), ("b-word", 1)):
            peer = raw.Peer(self.node.ports["asked"], self.wait_until)
            self.addCleanup(peer.socket.close)
            self.assertEqual(gsasl.login(peer, "SCRAM-SHA-1", "ann", password), (code, code == 0))

    def offered(self, node=None):
        peer = raw.Peer((node or self.node).ports["asked"], self.wait_until)
        self.addCleanup(peer.socket.close)
        peer.write(raw.SASL_HEADER)
        peer.read_header()
        said = peer.expect(raw.MECHANISMS).field(0)
        return [str(each) for each in (said.elements if hasattr(said, "elements") else
                                       said if isinstance(said, list) else [said])]

    def test_what_is_not_to_be_offered_is_left_out(self):
        node = self.asking_router({"saslMechanisms": "PLAIN GSSAPI"})
        self.wait_until(lambda: self.offered(node) == ["PLAIN"], "the mechanisms of both")

    def test_what_proves_nothing_of_the_peer_is_not_passed_on(self):
        """By EXTERNAL the service would see the router's certificate; ANONYMOUS is no proof."""
        self.service.mechanisms[:] = ["EXTERNAL", "ANONYMOUS", "LOGIN", "PLAIN"]
        self.assertTrue(self.log_in("ann", "a-word").opened)  # so the service is heard
        self.wait_until(lambda: self.offered() == ["LOGIN", "PLAIN"], "the service's other mechanisms")
        peer = raw.Peer(self.node.ports["asked"], self.wait_until)
        self.addCleanup(peer.socket.close)
        peer.write(raw.SASL_HEADER)
        peer.read_header()
        peer.expect(raw.MECHANISMS)
        peer.send(raw.composite(raw.INIT, raw.symbol("EXTERNAL"), b""), kind=raw.SASL)
        self.assertEqual(int(peer.expect(raw.OUTCOME).field(0)), 1)

    def test_without_the_service_nobody_comes_in(self):
        self.service.close()
        peer = self.log_in("ann", "a-word")
        self.assertFalse(peer.opened)
        self.wait_until(lambda: "authentication service corp: " in self.node.log(), "the warning")
        self.assertTrue(self.connect(self.node).opened)  # others are not concerned

    def test_who_goes_meanwhile_leaves_nothing_behind(self):
        self.service.mute = True
        peer = self.net.connect(self.node.ports["asked"], user="ann", password="a-word")
        for _ in range(20):
            self.net.pump(0.01)
        peer.drop()
        self.wait_until(lambda: "authServicePlugin/corp" in self.node.log(), "the question")
        self.service.mute = False
        self.assertTrue(self.log_in("bob", "b-word").opened)


class Grants(ServiceTest):
    GRANTS = {"ann": {"orders": ["send"], "news*": ["recv"]}, "bob": {"orders": ["recv", "send"]}}

    def test_only_what_the_service_grants_may_be_used(self):
        ann, bob = self.log_in("ann", "a-word"), self.log_in("bob", "b-word")
        receiver = self.receiver(bob, "orders", credit=5, accepts=True)
        sent = self.sender(ann, "orders").send(Message(body="x"))
        self.wait_until(lambda: sent.settled and receiver.count == 1, "the message")
        for link in (ann.receiver("orders"), ann.sender("news.eu"), bob.receiver("news.eu")):
            self.assertEqual(self.refused(link), "amqp:unauthorized-access")
        self.receiver(ann, "news.eu", credit=1)
        self.receiver(ann, None, dynamic=True)
        anonymous = self.sender(ann, None)
        good, bad = (anonymous.send(Message(body="y", address=address)) for address in ("orders", "others"))
        self.wait_until(lambda: good.settled and bad.settled, "the outcomes")
        self.assertEqual((good.state, bad.state), (Delivery.ACCEPTED, Delivery.REJECTED))
        said = weft("why", "refused", "ann", "-b", f"127.0.0.1:{self.node.port}").stdout
        self.assertIn('by what the authentication service "corp" grants', said)

    def test_vhosts_hold_besides(self):
        node = self.asking_router(
            policy={"enableVhostPolicy": True, "defaultVhost": "$default"},
            vhosts=[{"hostname": "$default", "allowUnknownUser": True, "groups": {
                "$default": {"remoteHosts": "*", "sources": "orders", "targets": "*"}}}])
        ann, bob = self.log_in("ann", "a-word", node), self.log_in("bob", "b-word", node)
        self.assertEqual(self.refused(ann.receiver("news.eu")), "amqp:unauthorized-access")  # the vhost
        self.assertEqual(self.refused(ann.receiver("orders")), "amqp:unauthorized-access")  # the service
        self.receiver(bob, "orders", credit=1)


class Devices(GatewayTest):
    def test_devices_come_in_by_it_too(self):
        service = auth_service.Service(USERS)
        self.addCleanup(service.close)
        self.gateway = self.start_gateway(
            authServicePlugins=[{"name": "corp", "host": "127.0.0.1", "port": service.port}],
            listeners=[{"name": "mqtt", "port": 0, "saslPlugin": "corp", "insecure": True, "authenticatePeer": True},
                       {"name": "web", "port": 0, "http": True}])
        for user, password, code in (("ann", "a-word", 0), ("ann", "wrong", 134), ("eve", "a-word", 134)):
            codes = []
            client = paho.Client("d1", protocol=paho.MQTTv5)
            client.username_pw_set(user, password)
            client.on_connect = lambda _c, _u, _f, reason, _p: codes.append(reason.value)
            client.connect("127.0.0.1", self.gateway.ports["mqtt"])
            self.wait_until(lambda: client.loop(0.01) is None or codes, "the CONNACK")
            self.assertEqual(codes[0], code, user)
            client.disconnect()


if __name__ == "__main__":
    harness.main()
