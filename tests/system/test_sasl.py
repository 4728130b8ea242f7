"""Users with passwords: who comes in at listeners, by which mechanism, and as whom connectors do."""
import http.client
import json
import os
import pathlib
import signal
import socket
import stat
import subprocess

import broker_daemon
import certificates
import gsasl
import harness
import management
import mqtt_device
import raw
import users
from proton import ConnectionException, SSLDomain
from proton.utils import BlockingConnection

PASSWORD = "pencil sharpener"


class UsersTest(harness.Test):
    """Base: users in a file; a router whose listener "clients" wants to know who its peers are."""

    def setUp(self):
        super().setUp()
        self.users = users.Users(alice=PASSWORD, bob="b")
        self.addCleanup(self.users.clean_up)

    def guarded(self, mechanisms="SCRAM-SHA-256 SCRAM-SHA-512", listener=None, **sections):
        """ "plain" is a listener to look at it."""
        return self.router(
            users=self.users.section,
            listener={"authenticatePeer": True, "saslMechanisms": mechanisms, **(listener or {})},
            listeners=[{"name": "plain", "port": 0}] + sections.pop("listeners", []), **sections)

    def login(self, port, user="alice", password=PASSWORD, mechanisms=None, **options):
        connection = BlockingConnection(
            f"{options.pop('scheme', 'amqp')}://localhost:{port}", timeout=harness.TIMEOUT,
            user=user, password=password, allowed_mechs=mechanisms, allow_insecure_mechs=True,
            sasl_enabled=True, **options)
        self.addCleanup(connection.close)
        return connection

    def refused(self, port, *arguments, **options):
        with self.assertRaises(ConnectionException) as refused:
            self.login(port, *arguments, **options)
        return str(refused.exception)

    def rows(self, router, kind="connection", listener="plain"):
        node = management.Node(f"amqp://127.0.0.1:{router.ports[listener]}", harness.TIMEOUT)
        try:
            return node.query(kind)
        finally:
            node.close()

    def known(self, router):
        """(user, mechanism) of those who said who they are."""
        return {(row["user"], row["sasl"]) for row in self.rows(router)
                if row["sasl"] not in (None, "ANONYMOUS")}

    def failures(self, router):
        """{(mechanism, reason): count} of those that are not 0."""
        client = http.client.HTTPConnection("127.0.0.1", router.ports["web"])
        client.request("GET", "/metrics")
        page = client.getresponse().read().decode()
        client.close()
        found = {}
        for line in page.splitlines():
            if line.startswith("weft_auth_failures_total{") and not line.endswith(" 0"):
                labels, count = line.split(" ")
                mechanism, reason = labels.split('"')[1::2]
                found[mechanism, reason] = int(count)
        return found

    def log_of(self, router, words):
        harness.wait_until(lambda: words in router.log(), f"the log to say {words}")


class Scram(UsersTest):
    """By GNU SASL, which has no SHA-512: `weft`'s own is tested below."""

    def prove(self, router, user="alice", password=PASSWORD, port="clients"):
        """(code of the outcome, whether the server proved itself, the connection)."""
        peer = raw.Peer(router.ports[port], self.wait_until)
        self.addCleanup(peer.drop)
        return *gsasl.login(peer, "SCRAM-SHA-256", user, password), peer

    def test_a_client_comes_in_and_management_says_who(self):
        router = self.guarded()
        code, proved, peer = self.prove(router)
        self.assertEqual((code, proved), (0, True))
        peer.handshake()
        rows = [row for row in self.rows(router) if row["sasl"] == "SCRAM-SHA-256"]
        self.assertEqual([(row["user"], row["isAuthenticated"]) for row in rows],
                         [("alice", True)])
        self.assertEqual(self.failures(router), {})

    def test_who_does_not_know_the_password_hears_no_more_than_who_is_no_user(self):
        router = self.guarded()
        for user, password in (("alice", "wrong"), ("carol", "x")):
            code, proved, peer = self.prove(router, user, password)
            self.assertEqual((code, proved), (1, False))
            self.assertTrue(peer.at_end())
        self.assertEqual(self.failures(router), {("SCRAM-SHA-256", "password"): 1,
                                                 ("SCRAM-SHA-256", "user"): 1})
        self.log_of(router, 'was not let in by clients: SCRAM-SHA-256 of "carol": there is no')
        self.log_of(router, 'SCRAM-SHA-256 of "alice": the password is wrong')

    def test_guesses_are_limited(self):
        router = self.guarded()
        for _ in range(10):
            self.assertEqual(self.prove(router, "alice", "wrong")[0], 1)
        self.assertEqual(self.prove(router)[0], 1)
        self.assertEqual(self.failures(router), {("SCRAM-SHA-256", "password"): 10,
                                                 ("SCRAM-SHA-256", "limited"): 1})
        self.assertEqual(self.prove(router, "bob", "b")[0], 0)

    def test_who_says_nothing_stays_outside(self):
        router = self.guarded()
        for options in ({"sasl_enabled": False}, {"allowed_mechs": "ANONYMOUS"},
                        {"allowed_mechs": "PLAIN", "user": "alice", "password": PASSWORD,
                         "allow_insecure_mechs": True}):
            with self.subTest(options), self.assertRaises(ConnectionException):
                BlockingConnection(router.url, timeout=harness.TIMEOUT, **options)


class Plain(UsersTest):
    def test_over_tls_alone(self):
        authority = certificates.Authority(self.users.folder.name)
        router = self.guarded("PLAIN", {"sslProfile": "node"},
                              sslProfiles=[authority.profile("node")])
        domain = SSLDomain(SSLDomain.MODE_CLIENT)
        domain.set_trusted_ca_db(authority.file)
        domain.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME)
        for _ in range(2):  # the second time it is known
            self.login(router.port, mechanisms="PLAIN", scheme="amqps", ssl_domain=domain)
        self.assertEqual(self.known(router), {("alice", "PLAIN")})
        self.refused(router.port, password="x", scheme="amqps", ssl_domain=domain)
        self.refused(router.port, mechanisms="PLAIN")  # without TLS it is not offered
        self.assertEqual(self.failures(router), {("PLAIN", "password"): 1})

    def test_without_tls_where_that_is_said(self):
        router = self.guarded("PLAIN", {"insecure": True})
        self.login(router.port, mechanisms="PLAIN")
        for user, password in (("alice", "x"), ("carol", "x"), ("alice", PASSWORD + "x")):
            self.refused(router.port, user, password, mechanisms="PLAIN")
        self.assertEqual(self.failures(router), {("PLAIN", "password"): 2, ("PLAIN", "user"): 1})

    def test_many_at_once(self):
        router = self.guarded("PLAIN", {"insecure": True})
        peers = [raw.Peer(router.port, self.wait_until) for _ in range(50)]
        said = raw.composite(raw.INIT, raw.symbol("PLAIN"), f"\0alice\0{PASSWORD}".encode())
        for peer in peers:
            self.addCleanup(peer.drop)
            peer.write(raw.SASL_HEADER + raw.frame(said, kind=raw.SASL))
        for peer in peers:
            peer.read_header()
            self.assertEqual(peer.expect(raw.OUTCOME).field(0), 0)

    def test_rhea(self):
        router = self.guarded("PLAIN", {"insecure": True})
        self.assertEqual(harness.run_rhea("login", "tcp", router.port, "alice", PASSWORD),
                         {"open": True})
        self.assertEqual(harness.run_rhea("login", "tcp", router.port, "alice", "x"),
                         {"open": False})


class File(UsersTest):
    def test_users_are_read_anew_on_sighup(self):
        router = self.guarded("PLAIN", {"insecure": True})
        standing = self.login(router.port, "bob", "b")
        self.users.change("add", "carol", "c")
        self.users.change("passwd", "alice", "new")
        self.users.change("delete", "bob")
        self.refused(router.port, "carol", "c")
        router.process.send_signal(signal.SIGHUP)
        self.log_of(router, "the users were read anew: 2 of them")
        self.login(router.port, "carol", "c")
        self.login(router.port, "alice", "new")
        self.refused(router.port, "alice", PASSWORD)
        self.refused(router.port, "bob", "b")
        standing.create_sender("a").close()  # who is in stays in

    def test_a_file_that_was_cut_changes_nothing(self):
        router = self.guarded("PLAIN", {"insecure": True})
        text = self.users.file.read_text()
        self.users.file.write_text(text[:-4])
        router.process.send_signal(signal.SIGHUP)
        self.log_of(router, "the users stay as they were")
        self.log_of(router, "users\" line 4 is missing: the last line must be 'end'")
        self.login(router.port)

    def test_what_is_wrong_is_told_before_anything_starts(self):
        self.users.file.write_text("alice:secret\n")
        router = self.new_router(users=self.users.section)
        router.arguments.append("--check")
        router.spawn()
        self.assertEqual(router.wait_for_exit(), 1)
        self.assertIn("/users/file: ", router.log())
        self.assertIn("line 1 must be 'weft-users 1 ", router.log())

    def test_weft_user(self):
        folder, file = self.users.folder.name, self.users.file
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertNotIn(PASSWORD, file.read_text())
        listed = users.weft("user", "list", file)
        self.assertEqual(listed.stdout, "alice\nbob\n")
        rows = json.loads(users.weft("user", "list", file, "--json").stdout)
        self.assertEqual(rows[0], {"name": "alice", "iterations": 4096})
        file.chmod(0o640)
        secret = pathlib.Path(folder) / "secret"
        secret.write_text("from a file\n")
        changed = users.weft("user", "passwd", file, "bob", "--password-file", secret)
        self.assertEqual(changed.returncode, 0, changed.stderr)
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o640)
        self.assertEqual(sorted(os.listdir(folder)), ["secret", "users"])
        for arguments, text, words in (
                (("add", file, "alice"), "x", "there is a user alice already"),
                (("passwd", file, "carol"), "x", "there is no user carol"),
                (("delete", file, "carol"), "", "there is no user carol"),
                (("add", file, "a b"), "x", "NAME has a space"),
                (("add", file, "carol"), "", "the password is empty"),
                (("add", file, "carol", "--iterations", "1"), "x", "must be from 4096"),
                (("list", file, "--iterations", "5000"), "", "has no meaning"),
                (("list", secret), "", "secret:1: must be 'weft-users 1"),
                (("frob", file), "", "say 'add FILE NAME'")):
            with self.subTest(arguments):
                done = users.weft("user", *arguments, text=text + "\n")
                self.assertEqual(done.returncode, 1)
                self.assertIn(words, done.stderr)
        self.assertEqual(users.weft("user", "list", file).stdout, "alice\nbob\n")


class Clients(UsersTest):
    """Programs of ours that say who they are."""

    def connector(self, router, **keys):
        """Another router that dials the first one."""
        return self.router(connectors=[{"name": "out", "host": "localhost", "port": router.port,
                                        "saslUsername": "bob", **keys}])

    def test_connectors(self):
        secret = pathlib.Path(self.users.folder.name) / "bob"
        secret.write_text("b\n")
        for mechanisms, password in (("SCRAM-SHA-256", f"file:{secret}"), ("SCRAM-SHA-512", "b"),
                                     ("PLAIN", "pass:b")):
            with self.subTest(mechanisms):
                router = self.guarded(mechanisms, {"insecure": True})
                self.connector(router, saslPassword=password, insecure=True)
                harness.wait_until(lambda: ("bob", mechanisms) in self.known(router),
                                   "the connector to be in")
                shown = self.rows(self.routers[-1], "connector", "clients")[0]
                self.assertEqual((shown["saslUsername"], shown["connectionStatus"]),
                                 ("bob", "SUCCESS"))
                self.assertNotIn("'b'", str(shown.get("saslPassword")))

    def test_a_connector_that_is_refused_says_so(self):
        router = self.guarded()
        other = self.connector(router, saslPassword="wrong")
        harness.wait_until(
            lambda: "SASL failed" in (self.rows(other, "connector", "clients")[0]["connectionMsg"]
                                      or ""), "the connector to say why")

    def test_the_command_line(self):
        router = self.guarded()
        secret = pathlib.Path(self.users.folder.name) / "bob"
        secret.write_text("b\n")
        flags = ["-b", f"localhost:{router.port}", "--sasl-username", "bob"]
        shown = users.weft("stat", "-c", *flags, "--sasl-password-file", secret)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertRegex(shown.stdout, r"bob\(SCRAM-SHA-512\)")
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            shown = users.weft("stat", "-c", *flags, "--sasl-password-file", secret,
                               "--sasl-mechanisms", mechanism)
            self.assertIn(f"bob({mechanism})", shown.stdout, shown.stderr)
        refused = users.weft("stat", "-c", *flags, "--sasl-password", "x")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("check --sasl-mechanisms, --sasl-username and --sasl-password",
                      refused.stderr)

    def challenge(self, server, iterations):
        """A server that asks for so many by SCRAM."""
        peer = raw.Peer(None, self.wait_until, accepted=server.accept()[0])
        self.addCleanup(peer.drop)
        self.assertEqual(peer.read_header(), raw.SASL_HEADER)
        peer.write(raw.SASL_HEADER)
        peer.send(raw.composite(raw.MECHANISMS, raw.symbol("SCRAM-SHA-256")), kind=raw.SASL)
        first = bytes(peer.expect(raw.INIT).field(1)).decode()
        nonce = first.split("r=")[1]
        peer.send(raw.composite(gsasl.CHALLENGE,
                                f"r={nonce}x,s=QSXCR+Q6sek8bf92,i={iterations}".encode()),
                  kind=raw.SASL)
        return peer

    def impostor(self, server, data):
        """A server that consents to all by SCRAM, and says `data` with it; what it hears then."""
        peer = self.challenge(server, 4096)
        peer.expect(gsasl.RESPONSE)
        peer.send(raw.composite(raw.OUTCOME, raw.ubyte(0), data), kind=raw.SASL)
        return peer.read_header()

    def test_a_server_that_does_not_know_the_user_is_found_out(self):
        for data in (None, b"v=" + b"A" * 43 + b"="):
            with self.subTest(data), socket.create_server(("127.0.0.1", 0)) as server:
                port = server.getsockname()[1]
                process = subprocess.Popen(
                    [harness.binary("weft"), "stat", "-c", "-b", f"127.0.0.1:{port}",
                     "--sasl-username", "bob", "--sasl-password", "b"],
                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                self.addCleanup(process.stderr.close)
                self.addCleanup(process.wait)
                self.assertIsNone(self.impostor(server, data))
                self.assertEqual(process.wait(harness.TIMEOUT), 1)
                self.assertIn("did not prove", process.stderr.read())
                router = self.router(connectors=[{
                    "name": "out", "host": "127.0.0.1", "port": port, "saslUsername": "bob",
                    "saslPassword": "b"}])
                self.assertIsNone(self.impostor(server, data))
                harness.wait_until(lambda: "did not prove by SASL" in (
                    self.rows(router, "connector", "clients")[0]["connectionMsg"] or ""),
                    "the connector to say why")

    def test_a_connector_does_not_as_many_iterations_as_a_server_likes(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            router = self.router(connectors=[{"name": "out", "host": "127.0.0.1", "port": port,
                                              "saslUsername": "bob", "saslPassword": "b"}])
            self.assertIsNone(self.challenge(server, 100001).read_header())
            said = lambda: self.rows(router, "connector", "clients")[0]["connectionMsg"] or ""
            harness.wait_until(lambda: "asks for 100001 " in said(), "the connector to say why")
            self.assertIn("no more than 100000 ", said())
            self.challenge(server, 100000).expect(gsasl.RESPONSE)  # of the next try

    def test_bench(self):
        router = self.guarded()
        ran = users.weft("bench", "-b", f"amqp://bob:b@localhost:{router.port}", "--duration", "1")
        self.assertEqual(ran.returncode, 0, ran.stderr)


class Brokers(UsersTest, broker_daemon.BrokerTest):
    def test_a_broker_knows_its_users(self):
        node = self.broker(users=self.users.section, listeners=[
            {"name": "clients", "port": 0, "authenticatePeer": True, "insecure": True,
             "saslMechanisms": "SCRAM-SHA-256 PLAIN"},
            {"name": "plain", "port": 0}, {"name": "web", "port": 0, "http": True}])
        self.login(node.port)
        self.refused(node.port, password="x")
        self.assertEqual({user for user, _ in self.known(node)}, {"alice"})
        self.assertEqual(sum(self.failures(node).values()), 1)


class Devices(mqtt_device.GatewayTest, UsersTest):
    """User names and passwords of MQTT, with mosquitto's client."""

    def publish(self, gateway, listener, *more):
        """The status of mosquitto_pub, and what it said."""
        process = subprocess.Popen(
            ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(gateway.ports[listener]), "-q", "1",
             "-t", "jobs", "-m", "tea", *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.wait_until(lambda: process.poll() is not None, "mosquitto_pub to end")
        return process.returncode, process.stdout.read()

    def test_mosquitto(self):
        plain = {"saslMechanisms": "PLAIN", "insecure": True}
        gateway = self.start_gateway(gateway={"id": "gw2"}, users=self.users.section, listeners=[
            {"name": "known", "port": 0, "authenticatePeer": True, **plain},
            {"name": "open", "port": 0, **plain},
            {"name": "clear", "port": 0, **plain, "sslProfile": "gw", "insecure": False},
            {"name": "web", "port": 0, "http": True}],
            sslProfiles=[certificates.Authority(self.users.folder.name).profile("gw")])
        receiver = self.receiver(self.connect(self.node), "jobs", credit=50, accepts=True)
        alice, wrong = ("-u", "alice", "-P", PASSWORD), ("-u", "alice", "-P", "x")
        for version in ("mqttv31", "mqttv311", "5"):
            with self.subTest(version):
                said = ("-V", version)
                for listener in ("known", "open"):
                    self.assertEqual(self.publish(gateway, listener, *said, *alice)[0], 0)
                    self.assertEqual(receiver.received.pop(0).message.user_id, b"alice")
                    status, text = self.publish(gateway, listener, *said, *wrong)
                    self.assertNotEqual(status, 0)
                    self.assertRegex(text.lower(), "bad user ?name or password")
                self.assertEqual(self.publish(gateway, "open", *said)[0], 0)
                self.assertFalse(receiver.received.pop(0).message.user_id)
                for listener, *more in (("known",), ("clear", *alice)):
                    status, text = self.publish(gateway, listener, *said, *more)
                    self.assertNotEqual(status, 0)
                    self.assertIn("not authori", text.lower())
        self.assertEqual(self.failures(gateway), {("PLAIN", "password"): 6})

    def test_a_will_goes_out_as_its_own_user_whoever_ends_the_session(self):
        plain = {"saslMechanisms": "PLAIN", "insecure": True, "authenticatePeer": True}
        gateway = self.start_gateway(gateway={"id": "gw2"}, users=self.users.section, listeners=[
            {"name": "mqtt", "port": 0, **plain}, {"name": "web", "port": 0, "http": True}])
        receiver = self.receiver(self.connect(self.node), "jobs", credit=50, accepts=True)

        def connect(user, password, **options):
            device = mqtt_device.Device(self, gateway.ports["mqtt"], mqtt_device.V5)
            device.connect("d", user=user, password=password, **options)
            return device

        hour = b"\x11\x00\x00\x0e\x10"
        connect("alice", PASSWORD, will=("jobs", "gone", 1, False), properties=hour,
                will_properties=b"\x18\x00\x00\x0e\x10").drop()
        connect("bob", "b")
        self.wait_until(lambda: receiver.received, "the will")
        self.assertEqual(receiver.received[0].message.user_id, b"alice")

    def test_scram_is_refused_at_start(self):
        gateway = self.new_gateway(users=self.users.section, listeners=[
            {"name": "mqtt", "port": 0, "saslMechanisms": "SCRAM-SHA-256"}])
        gateway.arguments.append("--check")
        gateway.spawn()
        self.assertEqual(gateway.wait_for_exit(), 1)
        self.assertIn("/listeners/0/saslMechanisms: MQTT has no SCRAM", gateway.log())


if __name__ == "__main__":
    harness.main()
