"""`weft why refused`: what daemons did not let peers have, and why."""
import json
import subprocess

import harness
import users
from mqtt_device import GatewayTest
from proton import ConnectionException, Message
from proton.utils import BlockingConnection

OPEN = {"remoteHosts": "*", "sources": "*", "targets": "*", "allowAnonymousSender": True,
        "allowDynamicSource": True}


class RefusalTest(harness.Test):
    """Base."""

    def why(self, port, *arguments):
        """(exit status, text) of `weft why refused …`, beside this test's clients."""
        process = subprocess.Popen([harness.binary("weft"), "why", "refused", *arguments,
                                    "-b", f"127.0.0.1:{port}"], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_until(lambda: process.poll() is not None, "the tool to end")
        return process.returncode, process.stdout.read()

    def rows(self, port, *arguments):
        return json.loads(self.why(port, *arguments, "--json")[1])


class Routers(RefusalTest):
    def policed(self, **group):
        rules = {"hostname": "$default", "allowUnknownUser": True,
                 "groups": {"$default": {**OPEN, **group}}}
        return self.router(policy={"enableVhostPolicy": True},
                           vhosts=[rules, {**rules, "hostname": "admin", "groups": {
                               "$default": OPEN}}],
                           listeners=[{"name": "admin", "port": 0, "policyVhost": "admin"}])

    def test_nothing_was_refused(self):
        node = self.router()
        self.assertEqual(self.why(node.port), (
            0, "Nothing was refused, as far as this daemon remembers.\n"))

    def test_links_and_messages_that_rules_refuse(self):
        node = self.policed(sources="news", targets="orders")
        admin = node.ports["admin"]
        one = self.connect(node, container="shop-1")
        other = self.connect(node, container="shop-2")
        for _ in range(3):
            self.refused(one.receiver("secret"))
        self.refused(other.sender("news"))
        sent = self.sender(one, None).send(Message(address="secret", body=1))
        self.wait_until(lambda: sent.settled, "the outcome")
        status, text = self.why(admin, "shop-1")
        self.assertEqual(status, 2)
        self.assertRegex(text, r"(?m)^[-0-9]+ [:0-9]+  link secret  \(3 times\)$")
        self.assertIn('its source is none that the group may receive from (vhost "$default", group '
                      '"$default")', text)
        self.assertRegex(text, r"(?m)^[-0-9]+ [:0-9]+  message secret$")
        self.assertIn("client shop-1", text)
        self.assertIn("Remedy: let the group have it by sources", text)
        self.assertNotIn("shop-2", text)
        rows = self.rows(admin)
        self.assertEqual({(row["what"], row["client"], row["subject"]) for row in rows},
                         {("link", "shop-1", "secret"), ("message", "shop-1", "secret"),
                          ("link", "shop-2", "news")})
        self.assertEqual(len(self.rows(admin, "127.0.0.1")), 3)
        self.assertEqual(self.why(admin, "127.0.0.2")[0], 0)

    def test_connections_and_logins(self):
        known = users.Users(alice="a")
        self.addCleanup(known.clean_up)
        node = self.router(users=known.section, listeners=[
            {"name": "known", "port": 0, "authenticatePeer": True, "insecure": True,
             "saslMechanisms": "PLAIN"}])
        for user in ("alice", "bob"):
            with self.assertRaises(ConnectionException):
                BlockingConnection(f"amqp://{user}:x@127.0.0.1:{node.ports['known']}",
                                   timeout=harness.TIMEOUT, allowed_mechs="PLAIN",
                                   allow_insecure_mechs=True)
        self.assertEqual({(row["user"], row["what"], row["subject"], row["reason"])
                          for row in self.rows(node.port)},
                         {("alice", "login", "listener known", "PLAIN: the password is wrong"),
                          ("bob", "login", "listener known", "PLAIN: there is no such user")})
        self.assertIn("Remedy: put the client's password right", self.why(node.port, "alice")[1])

    def test_an_attach_that_leads_nowhere(self):
        node = self.router(addresses=[{"address": "closed", "distribution": "unavailable"}])
        self.refused(self.connect(node, container="c").receiver("closed"))
        row = self.rows(node.port, "c")[0]
        self.assertEqual((row["what"], row["subject"]), ("link", "closed"))
        self.assertIn("amqp:not-found", row["reason"])


class Gateways(GatewayTest, RefusalTest):
    def test_topics_that_no_rule_allows(self):
        gateway = self.start_gateway(gateway={"id": "gw2"}, acl=[{"users": ["*"], "publish": ["all"]}])
        device = self.device("d1", port=gateway.ports["mqtt"])
        self.assertEqual(device.subscribe("all"), [0x80])
        row = self.rows(gateway.ports["amqp"], "d1")[0]
        self.assertEqual((row["what"], row["subject"], row["user"]), ("subscription", "all", "anonymous"))


if __name__ == "__main__":
    harness.main()
