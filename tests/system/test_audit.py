"""The audit: who logged in, and who changed what, in a file, by management and by `weft audit`."""
import json
import subprocess

import harness
import management
import test_http
import users
from proton import ConnectionException
from proton.utils import BlockingConnection

ADDRESS = "router.config.address"


class AuditTest(harness.Test):
    """Base."""

    def lines(self, node, name="audit.log"):
        file = node.folder / name
        return [json.loads(line) for line in file.read_text().splitlines()]

    def events(self, node, action, name="audit.log"):
        return [line for line in self.lines(node, name) if line["action"] == action]

    def audit(self, node, *arguments):
        done = subprocess.run([harness.binary("weft"), "audit", "-b", f"127.0.0.1:{node.port}",
                               *arguments], capture_output=True, text=True,
                              timeout=2 * harness.TIMEOUT)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


class Routers(AuditTest):
    client, ask = test_http.Http.client, test_http.Http.ask
    api, metrics = test_http.Http.api, test_http.Http.metrics

    def setUp(self):
        super().setUp()
        self.node = self.router(audit={"file": "audit.log"})
        self.http = self.client(self.node)

    def test_changes_over_amqp(self):
        agent = management.Node(self.node.url, harness.TIMEOUT)
        self.addCleanup(agent.close)
        agent.call("CREATE", ADDRESS, name="one",
                   body={"prefix": "news", "distribution": "multicast"})
        agent.call("UPDATE", "log", identity="log/DEFAULT", body={"enable": "debug+"})
        agent.call("DELETE", ADDRESS, name="one")
        with self.assertRaises(management.Refused):
            agent.call("DELETE", ADDRESS, name="none")
        agent.query("listener")
        self.wait_until(lambda: len(self.lines(self.node)) >= 5, "five lines")
        started, made, changed, gone, failed = self.lines(self.node)
        self.assertEqual(started["action"], "started")
        self.assertEqual(started["subject"], "router r1")
        self.assertEqual((made["action"], made["subject"], made["outcome"]),
                         ("create", f"{ADDRESS}/one", "done"))
        self.assertEqual(made["after"]["prefix"], "news")
        self.assertEqual((made["user"], made["via"]), ("anonymous", "AMQP"))
        self.assertRegex(made["host"], r"^127\.0\.0\.1:\d+$")
        self.assertRegex(made["connection"], r"^\[C\d+\] of '.+'$")
        self.assertRegex(made["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual((changed["before"], changed["after"]),
                         ({"enable": "info+"}, {"enable": "debug+"}))
        self.assertEqual(gone["before"]["prefix"], "news")
        self.assertEqual((failed["subject"], failed["outcome"]), (f"{ADDRESS}/none", "refused"))
        self.assertIn("none", failed["reason"])

    def test_changes_over_http_and_by_the_tool(self):
        self.api("POST", f"/api/{ADDRESS}", {"name": "two", "prefix": "b"}, expected=201)
        self.api("GET", f"/api/{ADDRESS}/two")
        self.api("DELETE", f"/api/{ADDRESS}/two", expected=204)
        rows = self.api("GET", "/api/audit")
        self.assertEqual([row["action"] for row in rows], ["started", "create", "delete"])
        self.assertEqual(rows[1]["via"], "HTTP")
        self.assertEqual(rows[1]["after"]["prefix"], "b")
        page = self.api("GET", "/api/audit?offset=1&count=1&attributes=action,subject")
        self.assertEqual(page, [{"action": "create", "subject": f"{ADDRESS}/two"}])
        text = self.audit(self.node)
        self.assertRegex(text, rf"(?m)^[-0-9]+ [:0-9]+  create {ADDRESS}/two  by user anonymous, host "
                               r"127\.0\.0\.1:\d+, via HTTP -> \{")
        self.assertEqual(len(self.audit(self.node, "-n", "1").splitlines()), 1)
        shown = [json.loads(line) for line in
                 self.audit(self.node, "--action", "delete", "--json").splitlines()]
        self.assertEqual([row["subject"] for row in shown], [f"{ADDRESS}/two"])
        self.assertGreaterEqual(
            self.metrics()['weft_audit_events_total{kind="change",outcome="done"}'], 3)

    def test_a_file_that_can_not_be_opened_ends_the_start(self):
        node = self.new_router(audit={"file": "no/such/folder/audit.log"})
        node.spawn()
        self.assertEqual(node.wait_for_exit(), 1)
        self.assertIn("audit/file: ", node.log())
        self.assertIn("No such file", node.log())


class Logins(AuditTest):
    def test_who_comes_in_and_who_does_not(self):
        known = users.Users(alice="a")
        self.addCleanup(known.clean_up)
        node = self.router(
            users=known.section, audit={"file": "audit.log", "loginsFile": "logins.log"},
            listeners=[{"name": "known", "port": 0, "authenticatePeer": True, "insecure": True,
                        "saslMechanisms": "PLAIN"}])
        for user, password in (("alice", "b"), ("bob", "a")):
            with self.assertRaises(ConnectionException):
                BlockingConnection(f"amqp://127.0.0.1:{node.ports['known']}", user=user,
                                   password=password, timeout=harness.TIMEOUT,
                                   allow_insecure_mechs=True)
        BlockingConnection(f"amqp://127.0.0.1:{node.ports['known']}", user="alice", password="a",
                           timeout=harness.TIMEOUT, allow_insecure_mechs=True).close()
        self.wait_until(lambda: len(self.lines(node, "logins.log")) >= 3, "three lines")
        self.assertEqual(
            [(line["user"], line["outcome"], line.get("reason")) for line in
             self.lines(node, "logins.log")],
            [("alice", "refused", "the password is wrong"),
             ("bob", "refused", "there is no such user"), ("alice", "done", None)])
        line = self.lines(node, "logins.log")[0]
        self.assertEqual((line["action"], line["subject"], line["host"], line["arguments"]),
                         ("login", "listener/known", "127.0.0.1", {"mechanism": "PLAIN"}))
        known.change("add", "carl", "c")
        self.wait_until(lambda: self.events(node, "renewed"), "the users to be read anew")
        renewed = self.events(node, "renewed")[0]
        self.assertEqual((renewed["subject"], renewed["via"], renewed["after"]),
                         ("users", "file", {"count": 2}))


if __name__ == "__main__":
    harness.main()
