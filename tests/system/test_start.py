"""Starting and not starting: the command line, the configuration, the ports."""
import json
import socket
import subprocess

import harness


class Start(harness.Test):
    def run_router(self, *arguments, config=None):
        """Runs `weft-router` to its end: the completed process."""
        node = self.new_router(config=config)
        return subprocess.run([harness.binary("weft-router"), *arguments, "-c", node.config_file],
                              capture_output=True, text=True, timeout=harness.TIMEOUT)

    def test_ready_is_logged_when_every_listener_is_bound(self):
        node = self.router()
        for port in node.ports.values():
            socket.create_connection(("127.0.0.1", port)).close()
        self.assertEqual(set(node.ports), {"clients", "web"})

    def test_it_stops_on_sigterm_without_clients(self):
        node = self.router()
        node.stop()
        self.assertEqual(node.process.returncode, 0)

    def test_a_port_in_use_ends_it_with_a_message(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        port = taken.getsockname()[1]
        result = self.run_router(config={"listeners": [{"name": "clients", "port": port}]})
        self.assertEqual(result.returncode, 1)
        self.assertIn(str(port), result.stderr)
        self.assertIn("in use", result.stderr.lower())
        self.assertNotIn("ready", result.stderr)

    def test_each_fault_of_a_config_is_one_line(self):
        result = self.run_router(config={
            "router": {"id": "r1", "modee": "interior", "shutdownSeconds": "soon"},
            "listeners": [{"name": "a", "port": 123456}],
            "addresses": [{"address": "x", "type": "anycasst"}],
            "lisseners": []})
        self.assertEqual(result.returncode, 1)
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 5, result.stderr)
        for pointer in ("/router/modee", "/router/shutdownSeconds", "/listeners/0/port",
                        "/addresses/0/type", "/lisseners"):
            self.assertEqual(sum(f"{pointer}:" in line for line in lines), 1, result.stderr)
        self.assertTrue(all("router.json:" in line for line in lines), result.stderr)
        self.assertIn('"mode"', result.stderr)

    def test_a_file_that_is_not_json_says_where(self):
        node = self.new_router()
        node.config_file.write_text('{ "router": {\n  "id": "r1" "mode": "interior" } }\n')
        node.spawn()
        self.assertEqual(node.wait_for_exit(), 1)
        self.assertIn("router.json:2", node.log())

    def test_a_missing_file_is_an_error(self):
        result = subprocess.run([harness.binary("weft-router"), "-c", "/nonexistent/r.json"],
                                capture_output=True, text=True, timeout=harness.TIMEOUT)
        self.assertEqual(result.returncode, 1)
        self.assertIn("/nonexistent/r.json", result.stderr)

    def test_check_opens_no_socket(self):
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        good = {"listeners": [{"name": "clients", "port": taken.getsockname()[1]}]}
        result = self.run_router("--check", config=good)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        bad = self.run_router("--check", config={"listeners": [{"prt": 1}]})
        self.assertEqual(bad.returncode, 1)
        self.assertEqual(len(bad.stderr.splitlines()), 1, bad.stderr)

    def test_a_value_can_be_set_on_the_command_line(self):
        node = self.router(arguments=["--set", "/router/id=other", "--set",
                                      "/listeners/0/linkCapacity=3"])
        peer = self.connect(node)
        self.assertEqual(peer.connection.remote_container, "other")
        self.receiver(peer, "q")
        self.assertEqual(self.sender(peer, "q").credit, 3)

    def test_the_log_can_be_json(self):
        node = self.router(arguments=["--log-format", "json"])
        node.stop()
        for line in node.log().splitlines():
            self.assertIsInstance(json.loads(line), dict, line)

    def test_an_original_configuration_starts(self):
        node = self.new_router()
        node.config_file.write_text("router {\n    id: old\n    mode: standalone\n}\n"
                                    "listener {\n    name: clients\n    host: 127.0.0.1\n"
                                    "    port: 0\n    authenticatePeer: no\n}\n"
                                    "address {\n    prefix: news\n    distribution: multicast\n}\n")
        node.start()
        self.addCleanup(self.end, node)
        peer = self.connect(node)
        self.assertEqual(peer.connection.remote_container, "old")

    def test_a_listener_that_strangers_can_reach_must_say_so(self):
        file = self.new_router().config_file
        needed = {"weft-broker": {"broker": {"id": "b"}, "store": {"path": "b"}},
                  "weft-mqtt-gateway": {"gateway": {"id": "g"},
                                        "connectors": [{"name": "r", "port": 1}]},
                  "weft-router": {}}
        for program, sections in needed.items():
            for key, status in (({}, 1), ({"insecure": True}, 0)):
                with self.subTest(program=program, key=key):
                    listener = {"name": "x", "port": 0, "host": "0.0.0.0", **key}
                    file.write_text(json.dumps({**sections, "listeners": [listener]}))
                    result = subprocess.run(
                        [harness.binary(program), "--config", file, "--check"],
                        capture_output=True, text=True, timeout=harness.TIMEOUT)
                    self.assertEqual(result.returncode, status, result.stderr)
                    open_to_all = "in without TLS and without authentication: set"
                    self.assertEqual(open_to_all in result.stderr, status == 1, result.stderr)

    def test_what_it_is_says_the_version(self):
        result = subprocess.run([harness.binary("weft-router"), "--version"], capture_output=True,
                                text=True, timeout=harness.TIMEOUT)
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"^weft-router \d+\.\d+\.\d+")


if __name__ == "__main__":
    harness.main()
