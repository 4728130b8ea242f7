"""Who may what over HTTP and AMQP: viewers, operators, admins, by the section `management`."""
import base64
import http.client
import json
import tempfile

import harness
import management
import users
from test_tokens import ISSUER, Keys

ADDRESS = "router.config.address"
PASSWORDS = {"vera": "v", "otto": "o", "anna": "a", "nemo": "n"}


class WebAccess(harness.Test):
    def setUp(self):
        super().setUp()
        known = users.Users(**PASSWORDS)
        self.addCleanup(known.clean_up)
        folder = tempfile.TemporaryDirectory(prefix="weft-web-")
        self.addCleanup(folder.cleanup)
        self.keys = Keys(folder.name)
        closed = {"authenticatePeer": True, "insecure": True}
        self.node = self.router(
            users=known.section, audit={"file": "audit.log"},
            jwt={"jwks": str(self.keys.file), "issuer": ISSUER, "audience": "weft"},
            management={"admins": ["anna"], "operators": ["ot*"], "viewers": ["vera", "dev-7"]},
            listeners=[{"name": "closed", "port": 0, "http": True, **closed,
                        "saslMechanisms": "PLAIN OAUTHBEARER"},
                       {"name": "known", "port": 0, **closed, "saslMechanisms": "PLAIN"}])

    def ask(self, user, method, path, body=None, listener="closed", headers=None):
        """(status, what the JSON says, headers)."""
        client = http.client.HTTPConnection("127.0.0.1", self.node.ports[listener],
                                            timeout=harness.TIMEOUT)
        self.addCleanup(client.close)
        headers = dict(headers or {})
        if user is not None:
            pair = f"{user}:{PASSWORDS.get(user, 'x')}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        client.request(method, path, None if body is None else json.dumps(body), headers)
        answer = client.getresponse()
        text = answer.read().decode()
        is_json = (answer.headers["Content-Type"] or "").startswith("application/json")
        return answer.status, json.loads(text) if is_json and text else text, answer.headers

    def status(self, *arguments, **options):
        return self.ask(*arguments, **options)[0]

    def test_who_logs_in_with_a_password(self):
        status, body, headers = self.ask(None, "GET", "/api/listener")
        self.assertEqual((status, body["logins"]), (401, ["password", "token"]))
        self.assertIn('Basic realm="Weft"', headers["WWW-Authenticate"])
        self.assertEqual(self.status("mallory", "GET", "/api/listener"), 401)
        self.assertEqual(self.status("nemo", "GET", "/api/listener"), 403)
        self.assertEqual(self.ask("nemo", "GET", "/api/me")[1]["access"], "none")
        for user, access in (("vera", "viewer"), ("otto", "operator"), ("anna", "admin")):
            me = self.ask(user, "GET", "/api/me")[1]
            self.assertEqual((me["user"], me["access"]), (user, access))
            self.assertEqual("listener" in me["operations"], user == "anna")
            self.assertEqual(ADDRESS in me["operations"], user != "vera")
            self.assertEqual(self.status(user, "GET", "/api/listener"), 200)
            self.assertEqual(self.status(user, "GET", "/metrics"), 200)
        for path in ("/metrics", "/api", "/api/schema", "/api/me"):
            self.assertEqual(self.status(None, "GET", path), 401)
        self.assertEqual(self.status("nemo", "GET", "/metrics"), 403)
        self.assertEqual(self.status(None, "GET", "/healthz"), 200)

    def test_what_each_may_change(self):
        one = {"name": "one", "prefix": "one"}
        self.assertEqual(self.status("vera", "POST", f"/api/{ADDRESS}", one), 403)
        self.assertEqual(self.status("otto", "POST", f"/api/{ADDRESS}", one), 201)
        self.assertEqual(self.status("vera", "DELETE", f"/api/{ADDRESS}/one"), 403)
        self.assertEqual(self.status("otto", "DELETE", "/api/listener/known"), 403)
        self.assertEqual(self.status("otto", "PUT", "/api/log/log%2FDEFAULT",
                                     {"enable": "debug+"}), 403)
        self.assertEqual(self.status("anna", "PUT", "/api/log/log%2FDEFAULT",
                                     {"enable": "debug+"}), 200)
        self.assertEqual(self.status("otto", "DELETE", f"/api/{ADDRESS}/one"), 204)
        self.wait_until(lambda: len(self.audit("delete")) == 3, "the audit's lines")
        self.assertEqual([(line["user"], line["outcome"]) for line in self.audit("create")],
                         [("vera", "refused"), ("otto", "done")])
        self.assertIn("takes an operator", self.audit("create")[0]["reason"])
        self.assertEqual([line["user"] for line in self.audit("login")
                          if line["outcome"] == "done"], ["vera", "otto", "anna"])

    def audit(self, action):
        file = self.node.folder / "audit.log"
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        return [line for line in lines if line["action"] == action]

    def test_a_token(self):
        def bearer(token):
            return {"Authorization": f"Bearer {token}"}
        status, me, _ = self.ask(None, "GET", "/api/me", headers=bearer(self.keys.token()))
        self.assertEqual((status, me["user"], me["access"]), (200, "dev-7", "viewer"))
        self.assertEqual(self.status(None, "GET", "/api/me",
                                     headers=bearer(self.keys.token(aud="x"))), 401)
        self.assertEqual(self.status(None, "GET", "/api/me", headers=bearer("a.b.c")), 401)

    def test_pages_elsewhere_are_still_refused(self):
        self.assertEqual(self.status("anna", "GET", "/api/me",
                                     headers={"Origin": "https://evil.example"}), 403)

    def test_an_open_listener_has_what_anonymous_has(self):
        self.assertEqual(self.status(None, "GET", "/api/listener", listener="web"), 403)
        self.assertEqual(self.ask(None, "GET", "/api/me", listener="web")[1]["user"], "anonymous")
        self.assertEqual(self.status(None, "GET", "/metrics", listener="web"), 403)

    def test_amqp(self):
        def node(user):
            address = f"amqp://{user}:{PASSWORDS[user]}@127.0.0.1:{self.node.ports['known']}"
            made = management.Node(address, harness.TIMEOUT, allowed_mechs="PLAIN",
                                   allow_insecure_mechs=True)
            self.addCleanup(made.close)
            return made
        vera, otto = node("vera"), node("otto")
        self.assertTrue(vera.query("listener"))
        with self.assertRaises(management.Refused) as refused:
            vera.call("CREATE", ADDRESS, name="two", body={"prefix": "two"})
        self.assertEqual(refused.exception.status, 403)
        otto.call("CREATE", ADDRESS, name="two", body={"prefix": "two"})
        with self.assertRaises(management.Refused) as refused:
            otto.call("DELETE", "listener", name="known")
        self.assertEqual(refused.exception.status, 403)
        stranger = management.Node(self.node.url, harness.TIMEOUT)
        self.addCleanup(stranger.close)
        with self.assertRaises(management.Refused) as refused:
            stranger.query("listener")
        self.assertEqual(refused.exception.status, 403)


if __name__ == "__main__":
    harness.main()
