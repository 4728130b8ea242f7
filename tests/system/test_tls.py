"""TLS at all doors: listeners, connectors, HTTP, WebSocket's HTTP, MQTT; and who its peers are."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

import certificates
import harness
import management
import mesh
import mqtt_device
from proton import ConnectionException, Message, SSLDomain
from proton.reactor import AtMostOnce
from proton.utils import BlockingConnection


class TlsTest(harness.Test):
    """Base: an authority, and other people's."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="weft-tls-")
        cls.authority = certificates.Authority(cls.folder)
        cls.others = certificates.Authority(cls.folder, "others")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder, ignore_errors=True)

    def tls_router(self, profile=None, listener=None, **sections):
        """A router with a listener "clients" that speaks TLS, and "plain" to look at it."""
        profile = profile or self.authority.profile("node")
        return self.router(
            sslProfiles=[profile],
            listener={"sslProfile": profile["name"], "requireSsl": True, **(listener or {})},
            listeners=[{"name": "plain", "port": 0}] + sections.pop("listeners", []), **sections)

    def domain(self, trusts=None, shows=None, names=True):
        """What a client of python-proton trusts and shows."""
        domain = SSLDomain(SSLDomain.MODE_CLIENT)
        domain.set_trusted_ca_db((trusts or self.authority).file)
        domain.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME if names
                                       else SSLDomain.VERIFY_PEER)
        if shows:
            domain.set_credentials(*shows, None)
        return domain

    def amqps(self, port, host="localhost", mechanisms=None, **options):
        connection = BlockingConnection(f"amqps://{host}:{port}", timeout=harness.TIMEOUT,
                                        ssl_domain=self.domain(**options),
                                        allowed_mechs=mechanisms)
        self.addCleanup(connection.close)
        return connection

    def through(self, connection, address="tls"):
        """A message goes to the router and back."""
        receiver = connection.create_receiver(address, credit=1)
        sender = connection.create_sender(address, options=AtMostOnce())
        sender.send(Message(body="x" * 100_000))
        self.assertEqual(len(receiver.receive().body), 100_000)
        sender.close()
        receiver.close()

    def look(self, router, kind, name=None):
        node = management.Node(f"amqp://127.0.0.1:{router.ports['plain']}", harness.TIMEOUT)
        try:
            rows = node.query(kind)
        finally:
            node.close()
        return next(r for r in rows if r["name"] == name) if name else rows

    def failures(self, router, listener="clients"):
        return self.look(router, "listener", listener)["tlsFailures"]

    def log_of(self, router, words):
        harness.wait_until(lambda: words in router.log(), f"the log to say {words}")


class Amqps(TlsTest):
    def test_messages_and_what_management_shows(self):
        router = self.tls_router()
        self.through(self.amqps(router.port))
        self.amqps(router.port)
        row = next(r for r in self.look(router, "connection") if r["isEncrypted"])
        self.assertEqual(row["sslProto"], "TLSv1.3")
        self.assertRegex(row["sslCipher"], "^TLS_AES")
        self.assertGreaterEqual(row["sslSsf"], 128)
        self.assertEqual((row["ssl"], row["sasl"], row["user"]), (True, "ANONYMOUS", "anonymous"))
        profile = self.look(router, "sslProfile", "node")
        self.assertEqual(profile["certSubject"], "CN=node")
        self.assertNotIn("PRIVATE", str(profile))
        listener = self.look(router, "listener", "clients")
        self.assertEqual((listener["sslProfile"], listener["requireSsl"]), ("node", True))
        self.assertEqual((listener["tlsHandshakes"], listener["tlsFailures"]), (2, 0))

    def test_version_1_2_alone(self):
        profile = self.authority.profile("old", protocols="TLSv1.2",
                                         ciphers="ECDHE-ECDSA-AES128-GCM-SHA256")
        router = self.tls_router(profile)
        self.amqps(router.port)
        row = next(r for r in self.look(router, "connection") if r["isEncrypted"])
        self.assertEqual((row["sslProto"], row["sslCipher"], row["sslSsf"]),
                         ("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256", 128))

    def test_pem_from_the_environment_and_a_password(self):
        profile = self.authority.profile("locked", password="sesame", passwordFile="pw")
        os.environ["WEFT_TEST_KEY"] = pathlib.Path(profile["privateKeyFile"]).read_text()
        profile["privateKeyFile"] = "env:WEFT_TEST_KEY"
        router = self.new_router(
            sslProfiles=[profile], listener={"sslProfile": "locked", "requireSsl": True})
        (router.folder / "pw").write_text("sesame\n")
        router.start()
        self.addCleanup(self.end, router)
        self.through(self.amqps(router.port))

    def test_clients_refuse_what_they_do_not_trust(self):
        router = self.tls_router(self.authority.profile("node", hosts=("127.0.0.1",)))
        for what, options in (("another authority", {"trusts": self.others, "host": "127.0.0.1"}),
                              ("another name", {})):
            with self.subTest(what), self.assertRaises(ConnectionException):
                self.amqps(router.port, **options)
        self.amqps(router.port, names=False)
        harness.wait_until(lambda: self.failures(router) == 2, "the failures to be counted")

    def test_plain_bytes_are_refused_where_tls_is_required(self):
        router = self.tls_router()
        for begin in (b"AMQP\0\1\0\0", b"AMQP\2\1\0\0", b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100):
            with socket.create_connection(("127.0.0.1", router.port), harness.TIMEOUT) as plain:
                plain.sendall(begin)
                while plain.recv(100):
                    pass
        self.assertEqual(self.failures(router), 4)
        self.log_of(router, "what the peer sends is no TLS")
        self.amqps(router.port)

    def test_half_a_handshake_ends(self):
        router = self.tls_router(listener={"initialHandshakeTimeoutSeconds": 0.5})
        with socket.create_connection(("127.0.0.1", router.port), harness.TIMEOUT) as half:
            half.sendall(b"\x16\x03\x01\x02\x00\x01")
            self.assertEqual(half.recv(100), b"")
        harness.wait_until(lambda: self.failures(router) == 1, "the failure to be counted")

    def test_where_tls_is_not_required_both_come_in(self):
        router = self.tls_router(listener={"requireSsl": False})
        self.through(self.amqps(router.port))
        plain = BlockingConnection(f"amqp://localhost:{router.port}", timeout=harness.TIMEOUT)
        self.through(plain)
        plain.close()

    def test_a_header_of_amqp_that_asks_for_tls_is_refused_clearly(self):
        router = self.router()
        with socket.create_connection(("127.0.0.1", router.port), harness.TIMEOUT) as peer:
            peer.sendall(b"AMQP\2\1\0\0")
            self.assertEqual(peer.recv(8), b"AMQP\3\1\0\0")  # what is spoken instead
        self.log_of(router, "the peer wants to begin TLS by a header of AMQP")

    def test_many_connections_at_once_and_no_leak(self):
        router = self.tls_router(router={"workerThreads": 2})
        context = ssl.create_default_context(cafile=self.authority.file)
        before = router.open_files()
        for _ in range(3):
            peers = [context.wrap_socket(socket.create_connection(("localhost", router.port)),
                                         server_hostname="localhost") for _ in range(50)]
            for peer in peers:
                peer.sendall(b"AMQP\0\1\0\0")
            for peer in peers:
                self.assertEqual(peer.recv(8), b"AMQP\0\1\0\0")
                peer.close()
        harness.wait_until(lambda: router.open_files() <= before + 2, "the sockets to be closed")


class Who(TlsTest):
    """EXTERNAL: the certificate says who a peer is."""

    def known(self, **listener):
        return self.tls_router(self.authority.profile("node", uidFormat="on"),
                               {"authenticatePeer": True, **listener})

    def test_a_client_is_who_its_certificate_says(self):
        router = self.known()
        shows = self.authority.issue("dev", "/O=Acme/CN=dev-7")
        self.through(self.amqps(router.port, shows=shows))
        self.amqps(router.port, shows=shows)
        row = next(r for r in self.look(router, "connection") if r["isEncrypted"])
        self.assertEqual((row["sasl"], row["user"]), ("EXTERNAL", "Acme;dev-7"))
        self.assertEqual(row["sslPeerSubject"], "CN=dev-7,O=Acme")
        self.assertTrue(row["isAuthenticated"])

    def test_who_shows_none_or_a_bad_one_stays_outside(self):
        router = self.known()
        for what, shows in (("none", None),
                            ("another authority's", self.others.issue("stranger")),
                            ("an expired one", self.authority.issue("late", days=-1))):
            with self.subTest(what), self.assertRaises(ConnectionException):
                self.amqps(router.port, shows=shows)
        self.log_of(router, "the peer shows no certificate, and must")
        self.log_of(router, "certificate has expired (CN=late)")
        self.log_of(router, "(CN=stranger)")
        self.assertGreaterEqual(self.failures(router), 3)

    def test_a_user_may_have_another_name(self):
        names = pathlib.Path(self.folder) / "names.json"
        names.write_text('{"dev-7": "pump 7"}')
        profile = self.authority.profile("node", uidFormat="n", uidNameMappingFile=str(names))
        router = self.tls_router(profile, {"authenticatePeer": True})
        for user in ("dev-7", "dev-8"):
            self.amqps(router.port, shows=self.authority.issue(user))
        users = {row["user"] for row in self.look(router, "connection") if row["isEncrypted"]}
        self.assertEqual(users, {"pump 7", "dev-8"})
        names.write_text('{"dev-8": "pump 8"}')
        self.log_of(router, "sslProfile node was read anew")
        self.amqps(router.port, shows=self.authority.issue("dev-8"))
        users = {row["user"] for row in self.look(router, "connection") if row["isEncrypted"]}
        self.assertEqual(users, {"pump 7", "dev-8", "pump 8"})

    def test_one_whose_name_has_not_what_the_format_wants_is_nobody(self):
        router = self.known()
        with self.assertRaises(ConnectionException):
            self.amqps(router.port, shows=self.authority.issue("nameless", "/CN=x"))

    def test_where_both_are_offered_a_certificate_may_be_shown(self):
        router = self.tls_router(self.authority.profile("node"),
                                 {"saslMechanisms": "EXTERNAL ANONYMOUS"})
        self.amqps(router.port)
        self.amqps(router.port, shows=self.authority.issue("dev"))
        users = sorted(r["user"] for r in self.look(router, "connection") if r["isEncrypted"])
        self.assertEqual(users, ["CN=dev", "anonymous"])


class Between(mesh.MeshTest, TlsTest):
    """Routers, a broker and a gateway dial by TLS, and know each other."""

    def node(self, name, dials, **profile):
        routers = [{"name": f"to-{other.config['router']['id']}", "host": "localhost",
                    "port": other.ports["mesh"], "role": "inter-router", "sslProfile": name}
                   for other in dials]
        return self.router(
            router={"id": name, "mode": "interior"},
            sslProfiles=[(profile.pop("by", self.authority)).profile(name, **profile)],
            listeners=[{"name": "mesh", "port": 0, "role": "inter-router", "sslProfile": name,
                        "requireSsl": True, "authenticatePeer": True},
                       {"name": "plain", "port": 0}],
            connectors=routers)

    def test_a_mesh_of_mutual_tls(self):
        a = self.node("a", [])
        b = self.node("b", [a])
        self.wait_for_routers(a, {"a", "b"})
        self.wait_for_routers(b, {"a", "b"})
        receiver = self.receiver(self.connect(b), "far", credit=10)
        sender = self.sender(self.connect(a), "far")
        sender.send("over TLS")
        self.wait_until(lambda: receiver.received, "the message")
        rows = [r for r in self.look(a, "connection") if r["role"] == "inter-router"]
        self.assertEqual([(r["user"], r["sasl"], r["sslProto"]) for r in rows],
                         [("CN=b", "EXTERNAL", "TLSv1.3")])
        self.assertNotIn("lets any router join", a.log())

    def test_strangers_do_not_join_and_hear_why(self):
        a = self.node("a", [])
        b = self.node("b", [a], by=self.others)
        row = self.look(b, "connector", "to-a")
        harness.wait_until(lambda: "certificate is refused" in
                           str(self.look(b, "connector", "to-a")["connectionMsg"]), "the reason")
        self.assertEqual(row["sslProfile"], "b")
        self.assertEqual(self.reachable_from(a), {"a"})

    def test_a_connector_looks_at_the_host(self):
        a = self.node("a", [], hosts=("example.org",))
        b = self.node("b", [a])
        harness.wait_until(lambda: "it is for example.org and not for localhost" in
                           str(self.look(b, "connector", "to-a")["connectionMsg"]), "the reason")

    def test_a_broker_and_its_client(self):
        profile = self.authority.profile("store")
        broker = self.new_router(program="weft-broker", config={
            "broker": {"id": "b1", "autoCreate": True}, "store": {"path": "data"},
            "sslProfiles": [profile],
            "listeners": [{"name": "clients", "port": 0, "sslProfile": "store",
                           "requireSsl": True}]})
        broker.start()
        self.addCleanup(self.end, broker)
        connection = self.amqps(broker.port)
        connection.create_sender("q").send(Message(body="kept"))
        receiver = connection.create_receiver("q", credit=1)
        self.assertEqual(receiver.receive().body, "kept")
        receiver.accept()


class Web(TlsTest):
    def test_https(self):
        router = self.tls_router(listeners=[{"name": "https", "port": 0, "http": True,
                                             "sslProfile": "node", "requireSsl": True}])
        context = ssl.create_default_context(cafile=self.authority.file)
        context.set_alpn_protocols(["h2", "http/1.1"])
        web = http.client.HTTPSConnection("localhost", router.ports["https"], context=context,
                                          timeout=harness.TIMEOUT)
        web.request("GET", "/healthz")
        answer = web.getresponse()
        self.assertEqual((answer.status, json.loads(answer.read())["status"]), (200, "ok"))
        self.assertEqual(web.sock.selected_alpn_protocol(), "http/1.1")
        web.request("GET", "/metrics")
        page = web.getresponse().read().decode()
        self.assertIn('weft_tls_handshakes_total{listener="https",end="agreed"} 1\n', page)
        self.assertIn('weft_certificate_not_after_seconds{listener="https"} ', page)
        web.close()
        context.set_alpn_protocols(["h2"])
        with self.assertRaises(ssl.SSLError):
            context.wrap_socket(socket.create_connection(("localhost", router.ports["https"])),
                                server_hostname="localhost")


class Devices(mqtt_device.GatewayTest, TlsTest):
    def test_mosquitto_over_tls(self):
        profile = self.authority.profile("gw")
        gateway = self.new_router(program="weft-mqtt-gateway", config={
            "gateway": {"id": "gw2"}, "sslProfiles": [profile], "addresses": self.ADDRESSES,
            "listeners": [{"name": "mqtts", "port": 0, "sslProfile": "gw", "requireSsl": True},
                          {"name": "known", "port": 0, "sslProfile": "gw", "requireSsl": True,
                           "authenticatePeer": True}],
            "connectors": [{"name": "router", "port": self.node.port}]})
        gateway.start()
        self.addCleanup(self.end, gateway)
        receiver = self.receiver(self.connect(self.node), "jobs", credit=20, accepts=True)

        def publish(listener, *more):
            command = ["mosquitto_pub", "-h", "localhost", "-p", str(gateway.ports[listener]),
                       "--cafile", self.authority.file, "-q", "1", "-t", "jobs", "-m", "tea", *more]
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            self.addCleanup(process.wait)
            self.wait_until(lambda: process.poll() is not None, "mosquitto_pub to end")
            return process.returncode

        harness.wait_until(lambda: publish("mqtts") == 0, "a publish to be acknowledged")
        self.assertEqual(receiver.received.pop(0).body, b"tea")
        certificate, key = self.authority.issue("dev")
        self.assertNotEqual(publish("known"), 0)
        self.assertEqual(publish("known", "--cert", certificate, "--key", key), 0)


class Renewal(TlsTest):
    """New certificates, without a connection lost."""

    def serial(self, port):
        context = ssl.create_default_context(cafile=self.authority.file)
        with context.wrap_socket(socket.create_connection(("localhost", port)),
                                 server_hostname="localhost") as peer:
            return peer.getpeercert()["serialNumber"]

    def renew(self, router, words):
        router.process.send_signal(signal.SIGHUP)
        self.log_of(router, words)

    def test_sighup(self):
        profile = self.authority.profile("node")
        router = self.tls_router(profile)
        standing = self.amqps(router.port)
        before = self.serial(router.port)
        self.authority.issue("node")
        self.renew(router, "sslProfile node was read anew; its certificate holds until ")
        after = self.serial(router.port)
        self.assertNotEqual(after, before)
        self.through(standing)
        pathlib.Path(profile["privateKeyFile"]).write_text("half wri")
        self.renew(router, "sslProfile node stays as it was")
        self.assertEqual(self.serial(router.port), after)
        self.through(standing)
        self.assertEqual(self.look(router, "listener", "clients")["tlsHandshakes"], 4)


class Tools(TlsTest):
    """`weft` with the flags of the original tools."""

    def weft(self, *arguments):
        return subprocess.run([harness.binary("weft"), *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=2 * harness.TIMEOUT)

    def test_stat_and_send(self):
        router = self.tls_router(listener={"authenticatePeer": True})
        certificate, key = self.authority.issue("operator")
        flags = ["-b", f"amqps://localhost:{router.port}", "--ssl-trustfile", self.authority.file,
                 "--ssl-certificate", certificate, "--ssl-key", key]
        shown = self.weft("stat", "-c", *flags)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertRegex(shown.stdout, r"TLSv1\.3\(TLS_AES\S+ +CN=operator\(x\.509\)")
        self.assertNotEqual(self.weft("stat", "-c", *flags[:4]).returncode, 0)
        flags[3] = self.others.file
        refused = self.weft("stat", "-c", *flags)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--ssl flags", refused.stderr)


    def test_pki(self):
        folder = tempfile.mkdtemp(dir=self.folder)
        self.assertEqual(self.weft("pki", "init", folder).returncode, 0)
        self.assertIn("is there already", self.weft("pki", "init", folder).stderr)
        issued = self.weft("pki", "issue", folder, "node", "--host", "localhost")
        self.assertEqual(issued.returncode, 0, issued.stderr)
        profile = json.loads(issued.stdout)
        self.assertEqual(os.stat(profile["privateKeyFile"]).st_mode & 0o777, 0o600)
        router = self.tls_router(profile, {"authenticatePeer": True})
        self.weft("pki", "issue", folder, "me")
        shown = self.weft("stat", "-c", "-b", f"amqps://localhost:{router.port}",
                          "--ssl-trustfile", f"{folder}/ca.pem", "--ssl-certificate",
                          f"{folder}/me.pem", "--ssl-key", f"{folder}/me.key")
        self.assertIn("CN=me(x.509)", shown.stdout, shown.stderr)
        before = pathlib.Path(profile["certFile"]).read_text()
        self.weft("pki", "issue", folder, "node", "--host", "localhost", "--renew")
        self.assertNotEqual(pathlib.Path(profile["certFile"]).read_text(), before)
        router.process.send_signal(signal.SIGHUP)
        self.log_of(router, "sslProfile node was read anew")


class Checks(TlsTest):
    """What is wrong is told before anything starts, with the file and what would be right."""

    def faults(self, profile, **listener):
        router = self.new_router(
            arguments=["--check"], sslProfiles=[profile],
            listener={"sslProfile": profile["name"], "requireSsl": True, **listener})
        router.spawn()
        return router.wait_for_exit(), router.log()

    def test_faults_of_profiles(self):
        good = self.authority.profile("good")
        other = self.authority.issue("other")
        locked = self.authority.profile("locked", password="sesame")
        for change, words in (
                ({"certFile": "/nowhere.pem"}, 'certFile: "/nowhere.pem" cannot be opened'),
                ({"certFile": "env:WEFT_NO_SUCH"}, 'the environment has no "WEFT_NO_SUCH"'),
                ({"privateKeyFile": other[1]}, "is not that of the certificate, CN=good"),
                ({"privateKeyFile": good["certFile"]}, "has no private key in PEM"),
                ({"privateKeyFile": locked["privateKeyFile"]}, "is encrypted: give its password"),
                ({"privateKeyFile": locked["privateKeyFile"], "password": "x"},
                 "password: does not open the private key"),
                ({"protocols": "TLSv1"}, '"TLSv1" is not spoken'),
                ({"ciphers": "ROT13"}, "names no cipher that is known")):
            with self.subTest(change):
                status, log = self.faults({**good, **change})
                self.assertEqual(status, 1)
                self.assertIn(words, log)
        self.assertEqual(self.faults(good), (0, ""))
        self.assertEqual(self.faults({**locked, "password": "sesame"}), (0, ""))

    def test_an_expired_certificate_is_a_warning(self):
        status, log = self.faults(self.authority.profile("old", days=-1))
        self.assertEqual(status, 0)
        self.assertIn("warning: /sslProfiles/0/certFile: expired on ", log)

    def test_listeners_that_contradict_themselves(self):
        good = self.authority.profile("good")
        for listener, words in (
                ({"sslProfile": "nobody"}, "names none of the sslProfiles, which are good"),
                ({"sslProfile": ""}, 'needs an "sslProfile", else nobody could connect'),
                ({"saslMechanisms": "ANONYMOUS", "authenticatePeer": True}, "add EXTERNAL"),
                ({"saslMechanisms": "PLAIN"}, "PLAIN needs users")):
            with self.subTest(listener):
                status, log = self.faults(good, **listener)
                self.assertEqual(status, 1)
                self.assertIn(words, log)

    def test_a_qdrouterd_conf(self):
        node = self.authority.profile("node")
        router = self.new_router()
        router.config_file.write_text(f"""router {{
    id: r1
}}
sslProfile {{
    name: tls
    certDb: {self.authority.file}
    certFile: {node['certFile']}
    keyFile: {node['privateKeyFile']}
    protocols: TLSv1.1 TLSv1.2
    uidFormat: n
}}
listener {{
    name: clients
    host: 127.0.0.1
    port: 0
    sslProfile: tls
    requireSsl: yes
    authenticatePeer: yes
    saslMechanisms: EXTERNAL
}}
listener {{
    name: plain
    host: 127.0.0.1
    port: 0
    authenticatePeer: no
}}
""")
        router.start()
        self.addCleanup(self.end, router)
        self.assertIn("TLSv1 and TLSv1.1 are not spoken; TLSv1.2 is", router.log())
        self.amqps(router.port, shows=self.authority.issue("dev"))
        row = next(r for r in self.look(router, "connection") if r["isEncrypted"])
        self.assertEqual((row["user"], row["sslProto"]), ("dev", "TLSv1.2"))


if __name__ == "__main__":
    harness.main()
