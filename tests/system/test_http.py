"""The HTTP listener: health, metrics, management as JSON. WebSocket clients: test_rhea.py."""
import http.client
import json
import re
import socket

from proton import Message

import harness

SAMPLE = re.compile(r'^([a-z_0-9]+)(\{[a-z_]+="(?:[^"\\]|\\.)*"(?:,[a-z_]+="(?:[^"\\]|\\.)*")*\})? '
                    r"(-?[0-9.e+-]+|\+Inf|NaN)$")


class Http(harness.Test):
    UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}

    def setUp(self):
        super().setUp()
        self.node = self.router()
        self.http = self.client(self.node)

    def client(self, node, listener="web"):
        client = http.client.HTTPConnection("127.0.0.1", node.ports[listener],
                                            timeout=harness.TIMEOUT)
        self.addCleanup(client.close)
        return client

    def ask(self, method, path, body=None, headers=None, client=None):
        """(status, headers, text) of one request; the connection is kept open."""
        client = client or self.http
        headers = dict(headers or {})
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        client.request(method, path, body, headers)
        response = client.getresponse()
        return response.status, response.headers, response.read().decode()

    def api(self, method, path, body=None, expected=200):
        status, headers, text = self.ask(method, path, body)
        self.assertEqual(status, expected, text)
        if not text:
            return None
        self.assertTrue(headers["Content-Type"].startswith("application/json"))
        return json.loads(text)

    def metrics(self):
        """{name: value} and {name{labels}: value}."""
        status, headers, text = self.ask("GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertTrue(headers["Content-Type"].startswith("text/plain"))
        values, typed = {}, set()
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                name = line.split()[2]
                self.assertNotIn(name, typed, "one TYPE line for each family")
                typed.add(name)
            elif not line.startswith("#"):
                self.assertRegex(line, SAMPLE)
                name, labels, value = SAMPLE.match(line).groups()
                self.assertTrue({name, re.sub("_(bucket|sum|count)$", "", name)} & typed, name)
                self.assertNotIn(name + (labels or ""), values, "one line for each series")
                values[name + (labels or "")] = float(value)
        return values

    def test_healthz(self):
        status, headers, text = self.ask("GET", "/healthz")
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(text)["router"], "r1")

    def test_several_requests_on_one_connection(self):
        for _ in range(3):
            self.assertEqual(self.ask("GET", "/healthz")[0], 200)
        self.assertEqual(self.ask("HEAD", "/metrics")[2], "")
        self.assertEqual(self.ask("GET", "/healthz")[0], 200)

    def test_metrics_follow_the_traffic(self):
        before = self.metrics()
        receiver = self.receiver(self.connect(self.node), "counted", credit=20, accepts=True)
        sender = self.sender(self.connect(self.node), "counted")
        sent = [sender.send(Message(body=i)) for i in range(10)]
        self.wait_until(lambda: all(s.settled for s in sent), "10 outcomes")
        after = self.metrics()
        self.assertEqual(receiver.count, 10)
        grown = {k: after[k] - before.get(k, 0) for k in after}
        self.assertEqual(grown["qdr_accepted_deliveries_total"], 10)
        self.assertEqual(grown["qdr_deliveries_ingress_total"], 10)
        self.assertEqual(grown["qdr_connections_total"], 2)
        self.assertEqual(grown["qdr_links_total"], 2)
        series = 'weft_address_deliveries_total{address="counted",direction="in"}'
        self.assertEqual(grown[series], 10)

    def test_metrics_keep_their_labels_few(self):
        def consumers(values):
            return [v for k, v in values.items() if k.startswith("weft_address_consumers{")]

        before = sum(consumers(self.metrics()))  # the router's own, in process
        peer = self.connect(self.node)
        receivers = [peer.receiver(f"many/{i}") for i in range(3000)]
        self.wait_until(lambda: all(r.attached for r in receivers), "3000 receivers")
        values = self.metrics()
        self.assertLess(len(consumers(values)), 1500)
        self.assertEqual(sum(consumers(values)) - before, 3000)
        self.assertGreater(values['weft_label_budget_exceeded{label="address"}'], 0)

    def test_an_address_with_quotes_does_not_break_them(self):
        self.receiver(self.connect(self.node), 'a"b\\c\nd', credit=1)
        self.metrics()

    def test_the_api_lists_and_reads(self):
        types = [t["type"] for t in self.api("GET", "/api")]
        self.assertIn("router.link", types)
        self.assertEqual(self.api("GET", "/api/router")[0]["id"], "r1")
        self.assertEqual(self.api("GET", "/api/listener/web")["boundPort"], self.node.ports["web"])
        self.assertIn("entityTypes", self.api("GET", "/api/schema"))
        picked = self.api("GET", "/api/listener?attributes=name,role")
        self.assertIn({"name": "clients", "role": "normal"}, picked)
        self.assertIn("error", self.api("GET", "/api/listener/nothing", expected=404))
        self.assertIn("error", self.api("GET", "/api/nonsense", expected=404))

    def test_the_api_creates_updates_and_deletes(self):
        body = {"name": "n1", "prefix": "news", "distribution": "multicast"}
        made = self.api("POST", "/api/router.config.address", body, expected=201)
        self.assertEqual((made["name"], made["prefix"]), ("n1", "news"))
        self.api("POST", "/api/router.config.address", body, expected=400)
        self.assertEqual(self.api("GET", "/api/router.config.address/n1"), made)
        self.api("DELETE", "/api/router.config.address/n1", expected=204)
        self.api("GET", "/api/router.config.address/n1", expected=404)
        changed = self.api("PATCH", "/api/log/log%2FSERVER", {"enable": "error+"})
        self.assertEqual(changed["enable"], "error+")

    def test_what_is_wrong_is_refused(self):
        path = "/api/router.config.address"
        self.assertEqual(self.ask("GET", "/nothing")[0], 404)
        status, headers, _ = self.ask("POST", "/healthz", body={})
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        self.assertEqual(self.ask("DELETE", path)[0], 405)
        self.assertEqual(self.ask("POST", path, "{")[0], 400)
        self.assertEqual(self.ask("POST", path, "[1]")[0], 400)
        self.assertEqual(self.ask("POST", path, "{}", {"Content-Type": "text/plain"})[0], 415)
        self.assertEqual(self.ask("GET", "/api/router", headers={"Host": "evil.example"})[0], 403)
        self.assertEqual(self.ask("GET", "/healthz", client=self.client(self.node))[0], 200)

    def test_a_body_that_is_too_large_is_refused(self):
        try:
            status = self.ask("POST", "/api/router.config.address", b" " * (8 << 20))[0]
        except ConnectionError:  # it need not read it all
            status = 413
        self.assertEqual(status, 413)
        self.assertTrue(self.node.alive())

    def test_what_is_not_http_ends_its_connection_only(self):
        for data in (b"AMQP\x00\x01\x00\x00", b"\x16\x03\x01\x00\xa5\x01", b"GET\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                     b"GET / HTTP/1.1\r\nX: " + b"a" * (1 << 20)):
            with self.subTest(data[:20]):
                peer = socket.create_connection(("127.0.0.1", self.node.ports["web"]))
                peer.settimeout(harness.TIMEOUT)
                answer = b""
                try:
                    peer.sendall(data)
                    peer.shutdown(socket.SHUT_WR)
                    while part := peer.recv(65536):
                        answer += part
                except ConnectionError:
                    pass
                peer.close()
                self.assertNotIn(b" 200 ", answer)
        self.assertEqual(self.ask("GET", "/healthz")[0], 200)

    def test_answers_are_made_as_they_are_read(self):
        before = self.node.resident_bytes()
        peer = socket.create_connection(("127.0.0.1", self.node.ports["web"]))
        self.addCleanup(peer.close)
        peer.settimeout(harness.TIMEOUT)
        peer.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 2000)
        self.assertEqual(self.ask("GET", "/healthz")[0], 200)
        most = 64 if harness.SANITIZED else 8  # freed memory is kept for a while
        self.assertLess(self.node.resident_bytes() - before, most * 1024 * 1024)
        answers, rest = 0, b""
        while answers < 2000:
            rest += peer.recv(1 << 20)
            answers += rest.count(b"HTTP/1.1 200")
            rest = rest[-11:]
        self.assertEqual(answers, 2000)

    def test_half_a_request_keeps_nobody_else_waiting(self):
        halves = []
        for _ in range(50):
            halves.append(socket.create_connection(("127.0.0.1", self.node.ports["web"])))
            self.addCleanup(halves[-1].close)
            halves[-1].sendall(b"GET /healthz HT")
        self.assertEqual(self.ask("GET", "/healthz")[0], 200)

    def test_amqp_and_http_do_not_mix(self):
        client = self.client(self.node, "clients")
        with self.assertRaises((http.client.HTTPException, OSError)):
            self.ask("GET", "/healthz", client=client)

    def test_what_is_switched_off_is_not_there(self):
        node = self.router(listeners=[{"name": "off", "port": 0, "http": True, "healthz": False,
                                       "metrics": False, "websockets": False}])
        for path in ("/healthz", "/metrics"):
            self.assertEqual(self.ask("GET", path, client=self.client(node, "off"))[0], 404)
        status = self.upgrade(node, "off", "amqp")
        self.assertNotEqual(status, 101)

    def upgrade(self, node, listener, protocol, origin=None):
        """The status that a WebSocket handshake gets."""
        headers = dict(self.UPGRADE)
        if protocol:
            headers["Sec-WebSocket-Protocol"] = protocol
        if origin:
            headers["Origin"] = origin
        client = self.client(node, listener)
        client.request("GET", "/", headers=headers)
        response = client.getresponse()
        if response.status == 101:
            accept = response.headers["Sec-WebSocket-Accept"]
            self.assertEqual(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            self.assertEqual(response.headers["Sec-WebSocket-Protocol"], protocol)
        return response.status

    def test_who_does_not_ask_in_time_is_dropped(self):
        node = self.router(listeners=[{"name": "brisk", "port": 0, "http": True,
                                       "initialHandshakeTimeoutSeconds": 0.5}])
        for said, heard in ((b"", b""), (b"GET /healthz HT", b"HTTP/1.1 408")):
            with socket.create_connection(("127.0.0.1", node.ports["brisk"]),
                                          harness.TIMEOUT) as peer:
                peer.sendall(said)
                got = b""
                while part := peer.recv(4096):
                    got += part
            self.assertEqual(got[:len(heard) or None], heard)

    def test_websockets_are_spread_over_the_loops(self):
        node = self.router(router={"workerThreads": 2})
        for _ in range(4):
            client = self.client(node)
            client.request("GET", "/", headers={**self.UPGRADE, "Sec-WebSocket-Protocol": "amqp"})
            self.assertEqual(client.getresponse().status, 101)
        web = self.client(node)

        def ids():
            rows = json.loads(self.ask("GET", "/api/connection", client=web)[2])
            return [int(row["identity"]) for row in rows if row["listener"] == "web"]
        self.wait_until(lambda: len(ids()) == 4, "four connections")
        self.assertEqual({number % 2 for number in ids()}, {0, 1})

    def test_management_and_connectors_have_descriptors_when_clients_took_the_rest(self):
        other = self.router()
        node = self.router(listener={"initialHandshakeTimeoutSeconds": 0})
        node.limit_open_files(128)  # eight are kept
        for _ in range(128):
            self.addCleanup(socket.create_connection(("127.0.0.1", node.port)).close)
        self.wait_until(lambda: "can't accept connections" in node.log(), "no descriptor left")
        web = self.client(node)
        self.assertEqual(self.ask("GET", "/healthz", client=web)[0], 200)
        made = {"name": "late", "host": "127.0.0.1", "port": str(other.port)}
        self.assertEqual(self.ask("POST", "/api/connector", made, client=web)[0], 201)

        def status():
            row = json.loads(self.ask("GET", "/api/connector/late", client=web)[2])
            return row["connectionStatus"]
        self.wait_until(lambda: status() == "SUCCESS", "the connection")
        self.assertEqual(self.upgrade(node, "web", "amqp"), 503)
        metrics = self.ask("GET", "/metrics", client=web)[2]
        self.assertIn('weft_accept_starved_total{listener="clients"} 1', metrics)

    def test_websockets_speak_amqp_only(self):
        self.assertEqual(self.upgrade(self.node, "web", "amqp"), 101)
        self.assertEqual(self.upgrade(self.node, "web", "binary"), 101)
        self.assertNotEqual(self.upgrade(self.node, "web", "mqtt"), 101)

    def test_a_page_elsewhere_may_not_use_a_browsers_reach(self):
        node = self.router(listeners=[{"name": "shop", "port": 0, "http": True,
                                       "allowedOrigins": ["https://shop.example"]}])
        port = node.ports["web"]
        self.assertEqual(self.upgrade(node, "web", "amqp", f"http://127.0.0.1:{port}"), 101)
        self.assertEqual(self.upgrade(node, "web", "amqp", "http://evil.example"), 403)
        self.assertEqual(self.upgrade(node, "web", "amqp", "null"), 403)
        self.assertEqual(self.upgrade(node, "shop", "amqp"), 101)  # no browser
        self.assertEqual(self.upgrade(node, "shop", "amqp", "https://shop.example"), 101)
        self.assertEqual(self.upgrade(node, "shop", "amqp", "https://evil.example"), 403)
        client = self.client(node)
        status, _, _ = self.ask("DELETE", "/api/listener/shop", client=client,
                                headers={"Origin": "http://evil.example"})
        self.assertEqual(status, 403)
        refused = re.findall(r'weft_refused_origins_total\{listener="(\w+)"\} (\d+)',
                             self.ask("GET", "/metrics", client=client)[2])
        self.assertEqual(dict(refused), {"clients": "0", "web": "3", "shop": "1"})
        self.assertIn("refused on shop: the page's origin is https://evil.example",
                      self.whole_log(node))


if __name__ == "__main__":
    harness.main()
