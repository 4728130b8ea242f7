"""Certificates that were taken back: in handshakes, on connections that stand, at all doors."""
import pathlib
import subprocess
import tempfile
import threading
import time

import harness
import mqtt_device
from test_tls import TlsTest
from proton import ConnectionException
from proton.handlers import MessagingHandler
from proton.reactor import Container


class Standing(MessagingHandler):
    """A client of python-proton that waits for its connection's end."""

    def __init__(self, port, domain):
        super().__init__()
        self.port, self.domain = port, domain
        self.opened, self.condition, self.ended = False, None, False

    def on_start(self, event):
        self.connection = event.container.connect(
            f"amqps://localhost:{self.port}", ssl_domain=self.domain, reconnect=False)

    def on_connection_opened(self, event):
        self.opened = True

    def on_connection_error(self, event):
        self.condition = event.connection.remote_condition
        self.ended = True


class RevocationTest(TlsTest):
    def standing(self, router, name):
        """One that waits in a thread of its own."""
        peer = Standing(router.port, self.domain(shows=self.authority.issue(name)))
        thread = threading.Thread(target=Container(peer).run, daemon=True)
        thread.start()
        harness.wait_until(lambda: peer.opened, f"{name} to be open")
        return peer

    def let_go(self, peer):
        harness.wait_until(lambda: peer.ended, "the end of a revoked peer")

    def known_router(self, crl, **options):
        profile = self.authority.profile("node", uidFormat="n", crl=crl)
        return self.tls_router(profile, {"authenticatePeer": True}, **options)


class Amqp(RevocationTest):
    def test_a_revoked_peer_is_let_go_and_not_let_in_again(self):
        router = self.known_router(self.authority.crl())
        thief, friend = self.standing(router, "thief"), self.standing(router, "friend")
        self.authority.crl("thief")  # no signal: the file has changed
        self.log_of(router, "1 certificates are revoked")
        self.let_go(thief)
        self.assertEqual((thief.condition.name, thief.condition.description),
                         ("amqp:unauthorized-access", "the certificate was revoked (CN=thief)"))
        with self.assertRaises(ConnectionException):
            self.amqps(router.port, shows=(self.authority.path("thief", "pem"),
                                           self.authority.path("thief", "key")))
        self.log_of(router, "was not let in: TLS: the peer's certificate is refused: certificate "
                            "revoked (CN=thief)")
        users = [row["user"] for row in self.look(router, "connection") if row["isEncrypted"]]
        self.assertEqual(users, ["friend"])
        self.assertFalse(friend.ended)
        profile = self.look(router, "sslProfile", "node")
        self.assertEqual(profile["crlCertificates"], 1)
        self.assertGreater(profile["crlNextUpdate"], time.time())

    def test_lists_of_a_folder_in_either_form_and_a_bad_one(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        pathlib.Path(self.authority.crl(form="DER")).rename(folder / "first.crl")
        router = self.known_router(str(folder))
        peer = self.standing(router, "dev")
        (folder / "second.crl").write_text("-----BEGIN X509 CRL-----\nMIIB")
        self.log_of(router, "stays as it was, until what is wrong is put right: its crl ")
        self.amqps(router.port, shows=self.authority.issue("other"))
        pathlib.Path(self.authority.crl("dev")).rename(folder / "second.crl")
        self.let_go(peer)

    def test_a_bad_key_does_not_keep_a_revocation_out(self):
        router = self.known_router(self.authority.crl())
        peer = self.standing(router, "dev")
        pathlib.Path(self.authority.path("node", "key")).write_text("half wri")
        self.authority.crl("dev")
        self.let_go(peer)
        self.log_of(router, "what its other files say stays as it was")

    def test_who_has_an_issuer_without_a_list_stays_outside(self):
        both = pathlib.Path(self.folder) / "both.pem"
        both.write_text(pathlib.Path(self.authority.file).read_text() +
                        pathlib.Path(self.others.file).read_text())
        profile = {**self.authority.profile("node"), "crl": self.authority.crl(),
                   "caCertFile": str(both)}
        router = self.tls_router(profile, {"authenticatePeer": True})
        self.assertIn("crl: has no list of CN=others: peers whose certificates it signed itself "
                      "are refused", router.log())
        with self.assertRaises(ConnectionException):
            self.amqps(router.port, shows=self.others.issue("stranger"))
        self.log_of(router, "crl has no list of its issuer, which might have revoked it")

    def test_a_list_that_is_out_of_date_is_told_and_goes_on(self):
        self.authority.issue("thief")
        router = self.known_router(self.authority.crl("thief", until="20250101000000Z"))
        self.assertIn("crl: is out of date since ", router.log())
        with self.assertRaises(ConnectionException):
            self.amqps(router.port, shows=(self.authority.path("thief", "pem"),
                                           self.authority.path("thief", "key")))
        self.amqps(router.port, shows=self.authority.issue("friend"))


class Devices(mqtt_device.GatewayTest, RevocationTest):
    def flags(self, gateway, name):
        return ["-V", "5", "-h", "localhost", "-p", str(gateway.ports["mqtts"]), "-i", name,
                "--cafile", self.authority.file, "--cert", self.authority.path(name, "pem"),
                "--key", self.authority.path(name, "key"), "-t", "jobs"]

    def test_devices_of_mosquitto_are_told(self):
        profile = self.authority.profile("gw", crl=self.authority.crl())
        gateway = self.new_router(program="weft-mqtt-gateway", config={
            "gateway": {"id": "gw2"}, "sslProfiles": [profile], "addresses": self.ADDRESSES,
            "listeners": [{"name": "mqtts", "port": 0, "sslProfile": "gw", "requireSsl": True,
                           "authenticatePeer": True},
                          {"name": "web", "port": 0, "http": True}],
            "connectors": [{"name": "router", "port": self.node.port}]})
        gateway.start()
        self.addCleanup(self.end, gateway)

        def subscriber(name):
            self.authority.issue(name)
            return self.start_client(["mosquitto_sub", "-d", *self.flags(gateway, name)])
        thief, friend = subscriber("thief"), subscriber("friend")
        agreed, revoked = (f'weft_tls_handshakes_total{{listener="mqtts",end="{end}"}}'
                           for end in ("agreed", "revoked"))
        self.wait_for_metric(agreed, 2, gateway)
        self.authority.crl("thief")
        self.wait_for_metric('weft_tls_revoked_connections_total{listener="mqtts"}', 1, gateway)
        again = self.start_client(["mosquitto_pub", *self.flags(gateway, "thief"), "-m", "x"])
        harness.wait_until(lambda: again.poll() is not None, "the thief to be refused")
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("is let in no longer: the certificate was revoked (CN=thief)", gateway.log())
        self.assertEqual(self.metric(revoked, gateway), 1)
        self.assertEqual(self.metric('weft_crl_certificates{listener="mqtts"}', gateway), 1)
        self.assertIsNone(friend.poll())
        thief.kill()
        self.assertIn("Received DISCONNECT (152)", thief.stdout.read())


class Pki(RevocationTest):
    def weft(self, *arguments):
        return subprocess.run([harness.binary("weft"), *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=2 * harness.TIMEOUT)

    def test_revoke_takes_back_all_that_a_name_was_given(self):
        folder = tempfile.mkdtemp(dir=self.folder)
        self.weft("pki", "init", folder)
        old = pathlib.Path(folder) / "old.pem"
        self.weft("pki", "issue", folder, "dev")
        old.write_text((pathlib.Path(folder) / "dev.pem").read_text())
        self.weft("pki", "issue", folder, "dev", "--renew")
        self.weft("pki", "issue", folder, "other")
        made = self.weft("pki", "revoke", folder, "dev")
        self.assertIn("ca.crl has 2 certificates", made.stdout, made.stderr)
        self.assertIn("nothing was issued", self.weft("pki", "revoke", folder, "who").stderr)
        self.assertIn("has 2 certificates", self.weft("pki", "revoke", folder).stdout)

        def verified(path):
            return subprocess.run(
                ["openssl", "verify", "-crl_check", "-CAfile", f"{folder}/ca.pem", "-CRLfile",
                 f"{folder}/ca.crl", path], capture_output=True, text=True)
        for path in (old, f"{folder}/dev.pem"):
            self.assertIn("certificate revoked", verified(path).stderr)
        self.assertEqual(verified(f"{folder}/other.pem").returncode, 0)


if __name__ == "__main__":
    harness.main()
