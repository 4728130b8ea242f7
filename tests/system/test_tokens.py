"""Tokens: signed by PyJWT, shown by rhea and mosquitto's client."""
import base64
import json
import pathlib
import tempfile
import time

import harness
import jwt
import mqtt_device
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from test_sasl import UsersTest

ISSUER = "https://id.example"


def number(value, size):
    return base64.urlsafe_b64encode(value.to_bytes(size, "big")).rstrip(b"=").decode()


class Keys:
    """Those of who signs tokens, and a file of their public halves."""

    def __init__(self, folder):
        self.rsa = rsa.generate_private_key(65537, 2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        self.file = pathlib.Path(folder) / "keys.json"
        self.write(self.rsa, self.ec)

    def write(self, rsa_key, ec_key):
        r, e = rsa_key.public_key().public_numbers(), ec_key.public_key().public_numbers()
        keys = [{"kty": "RSA", "kid": "r", "n": number(r.n, 256), "e": number(r.e, 3)},
                {"kty": "EC", "kid": "e", "crv": "P-256", "x": number(e.x, 32),
                 "y": number(e.y, 32)}]
        self.file.write_text(json.dumps({"keys": keys}))

    def token(self, algorithm="ES256", **claims):
        said = {"iss": ISSUER, "aud": "weft", "sub": "dev-7", "exp": time.time() + 600, **claims}
        key = {"ES256": self.ec, "RS256": self.rsa, "none": None}[algorithm]
        return jwt.encode(said, key, algorithm, headers={"kid": algorithm[0].lower()})


class TokensTest(UsersTest):
    LISTENER = {"authenticatePeer": True, "saslMechanisms": "OAUTHBEARER", "insecure": True}

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="weft-tokens-")
        self.addCleanup(folder.cleanup)
        self.keys = Keys(folder.name)
        self.section = {"jwks": str(self.keys.file), "issuer": ISSUER, "audience": "weft"}


class Amqp(TokensTest):
    def show(self, router, token):
        return harness.run_rhea("bearer", "tcp", router.port, token)

    def stranger(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return Keys(folder.name)

    def test_rhea(self):
        router = self.guarded("OAUTHBEARER", self.LISTENER, jwt=self.section)
        for algorithm in ("ES256", "RS256"):
            shown = self.show(router, self.keys.token(algorithm))
            self.assertEqual(shown, {"open": True, "told": None})
        for token in (self.keys.token("none"), self.keys.token(exp=time.time() - 120),
                      self.keys.token(aud="other"), self.keys.token(iss="x"), "no.token.",
                      self.stranger().token()):
            self.assertEqual(self.show(router, token),
                             {"open": False, "told": '{"status":"invalid_token"}'})
        self.assertEqual(self.failures(router), {
            ("OAUTHBEARER", "token"): 2, ("OAUTHBEARER", "expired"): 1,
            ("OAUTHBEARER", "claims"): 2, ("OAUTHBEARER", "malformed"): 1})
        self.assertIn("OAUTHBEARER: none of the keys has signed its token", router.log())

    def test_new_keys_are_read_when_the_file_changes(self):
        router = self.guarded("OAUTHBEARER", self.LISTENER, jwt=self.section)
        old = self.keys.token()
        self.keys.ec = ec.generate_private_key(ec.SECP256R1())
        self.keys.write(self.keys.rsa, self.keys.ec)
        harness.wait_until(lambda: "the keys of tokens were read anew: 2 of them" in router.log(),
                           "the new keys")
        self.assertTrue(self.show(router, self.keys.token())["open"])
        self.assertFalse(self.show(router, old)["open"])
        self.keys.file.write_text("{")
        harness.wait_until(lambda: "the keys of tokens stay as they were" in router.log(),
                           "a bad file")
        self.assertTrue(self.show(router, self.keys.token())["open"])

    def test_what_is_missing_is_told(self):
        for section, words in (({}, '"audience" and a key of "jwks"'),
                               ({"jwks": str(self.keys.file), "issuer": "x"}, "/jwt/audience"),
                               ({**self.section, "jwks": "/nonexistent"}, "/jwt/jwks")):
            node = self.new_router(listener=self.LISTENER, jwt={"issuer": "x", **section})
            node.arguments.append("--check")
            node.spawn()
            self.assertEqual(node.wait_for_exit(), 1)
            self.assertIn(words, node.log())
        node = self.new_router(listener=self.LISTENER)
        node.arguments.append("--check")
        node.spawn()
        self.assertEqual(node.wait_for_exit(), 1)
        self.assertIn('OAUTHBEARER needs the keys of who signs tokens', node.log())


class Devices(mqtt_device.GatewayTest, TokensTest):
    def publish(self, gateway, *more):
        process = self.start_client(
            ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(gateway.ports["mqtt"]), "-q", "1", "-t",
             "jobs", "-m", "tea", *more])
        self.wait_until(lambda: process.poll() is not None, "mosquitto_pub to end")
        return process.returncode

    def test_mosquitto_shows_a_token_for_a_password(self):
        gateway = self.start_gateway(
            gateway={"id": "gw2"}, users=self.users.section, jwt=self.section, listeners=[
                {"name": "mqtt", "port": 0, **self.LISTENER, "saslMechanisms": "OAUTHBEARER PLAIN"},
                {"name": "web", "port": 0, "http": True}])
        receiver = self.receiver(self.connect(self.node), "jobs", credit=20, accepts=True)
        token = self.keys.token()
        for version in ("311", "5"):
            said = ("-V", version, "-P", token)
            self.assertEqual(self.publish(gateway, *said, "-u", "dev-7"), 0)
            self.assertEqual(receiver.received.pop(0).message.user_id, b"dev-7")
            self.assertEqual(self.publish(gateway, *said, "-u", ""), 0)
            receiver.received.pop(0)
            self.assertNotEqual(self.publish(gateway, *said, "-u", "dev-8"), 0)
            bad = ("-V", version, "-u", "", "-P", self.keys.token("none"))
            self.assertNotEqual(self.publish(gateway, *bad), 0)
        self.assertEqual(self.publish(gateway, "-u", "bob", "-P", "b"), 0)
        self.assertEqual(self.failures(gateway), {("OAUTHBEARER", "identity"): 2,
                                                  ("OAUTHBEARER", "token"): 2})


if __name__ == "__main__":
    harness.main()
