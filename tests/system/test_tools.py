"""The command line `weft`, built on Qpid Proton C++, against a router and other clients."""
import json
import signal
import subprocess

from proton import Delivery, Message

import harness


class Tools(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router()

    def start(self, command, *arguments):
        """`weft COMMAND …` in the background."""
        process = subprocess.Popen(
            [harness.binary("weft"), command, *arguments, "-b", f"127.0.0.1:{self.node.port}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for stream in (process.stdin, process.stdout, process.stderr):
            self.addCleanup(stream.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def finish(self, process, text=None):
        """(exit status, output, errors) of a process of `start`, run beside this test's clients."""
        if text is not None:
            process.stdin.write(text)
        process.stdin.close()
        self.wait_until(lambda: process.poll() is not None, "the tool to end")
        return process.returncode, process.stdout.read(), process.stderr.read()

    def run_tool(self, command, *arguments, text=None):
        return self.finish(self.start(command, *arguments), text)

    def test_send_to_a_client_that_is_not_ours(self):
        receiver = self.receiver(self.connect(self.node), "q", credit=10, accepts=True)
        status, output, _ = self.run_tool("send", "q", "one", "two", "--property", "k=7",
                                          "--subject", "s", "--ttl", "60", "--durable")
        self.assertEqual(status, 0)
        self.assertIn("accepted 2", output)
        messages = [r.message for r in receiver.received]
        self.assertEqual([m.body for m in messages], ["one", "two"])
        self.assertEqual((messages[0].properties, messages[0].subject, messages[0].durable,
                          messages[0].ttl), ({"k": 7}, "s", True, 60.0))

    def test_watch_tells_what_is_new_and_what_is_gone(self):
        process = self.start("watch", "connection", "container", "--where", "container=box*",
                             "--seconds", "0.1")
        first = self.connect(self.node, container="box-1")
        self.assertTrue(process.stdout.readline().endswith("container=box-1\n"))
        second = self.connect(self.node, container="box-2")
        line = process.stdout.readline()
        self.assertTrue(line.startswith("new ") and line.endswith("container=box-2\n"), line)
        second.drop()
        self.assertEqual(process.stdout.readline(), f"gone {line.split()[1]}\n")
        self.assertFalse(first.gone)
        process.send_signal(signal.SIGINT)
        self.assertEqual(self.finish(process)[0], 0)

    def test_send_reads_lines(self):
        receiver = self.receiver(self.connect(self.node), "q", credit=10, accepts=True)
        status, output, _ = self.run_tool("send", "q", text="first\nsecond\n")
        self.assertEqual((status, receiver.bodies), (0, ["first", "second"]))

    def test_send_fails_unless_all_is_accepted(self):
        receiver = self.receiver(self.connect(self.node), "q", credit=3)
        process = self.start("send", "q", "a", "b", "c")
        self.wait_until(lambda: receiver.count == 3, "three messages")
        for received, outcome in zip(receiver.received,
                                     (Delivery.ACCEPTED, Delivery.REJECTED, Delivery.RELEASED)):
            received.settle(outcome)
        status, output, _ = self.finish(process)
        self.assertEqual(status, 1)
        self.assertEqual(output.strip(), "sent 3, accepted 1, rejected 1, released 1, modified 0")

    def test_send_to_nobody_ends_with_one_line(self):
        status, _, errors = self.run_tool("send", "nobody", "x", "--timeout", "1")
        self.assertEqual((status, len(errors.splitlines())), (1, 1), errors)

    def test_recv_from_a_client_that_is_not_ours(self):
        process = self.start("recv", "q", "--count", "3", "--json")
        sender = self.sender(self.connect(self.node), "q")
        sent = [sender.send(Message(body=body, properties={"n": i}))
                for i, body in enumerate(("text", {"a": [1, None]}, b"\xff\x00"))]
        status, output, _ = self.finish(process)
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual(status, 0)
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})
        messages = [json.loads(line) for line in output.splitlines()]
        self.assertEqual([m["application-properties"]["n"] for m in messages], [0, 1, 2])
        self.assertEqual([m["body"] for m in messages[:2]], ["text", {"a": [1, None]}])

    def test_recv_gives_up(self):
        status, output, errors = self.run_tool("recv", "q", "--count", "1", "--timeout", "1")
        self.assertEqual((status, output, len(errors.splitlines())), (1, "", 1), errors)

    def test_send_and_recv_with_many_messages(self):
        receiver = self.start("recv", "q", "--count", "5000")
        status, output, errors = self.run_tool("send", "q", "x", "--count", "5000",
                                               "--timeout", "30")
        self.assertEqual((status, errors), (0, ""))
        self.assertIn("accepted 5000", output)
        status, output, _ = self.finish(receiver)
        self.assertEqual((status, output), (0, "x\n" * 5000))

    def test_stat_shows_clients(self):
        self.receiver(self.connect(self.node, container="watched"), "observed", credit=3)
        for flag, text in (("-g", "Router Statistics"), ("-c", "watched"), ("-l", "observed"),
                           ("-a", "observed"), ("-n", "Router is Standalone"), ("-m", "delivery"),
                           ("-p", "Policy"), ("--log", "ready")):
            with self.subTest(flag):
                status, output, errors = self.run_tool("stat", flag)
                self.assertEqual((status, errors), (0, ""))
                self.assertIn(text, output)
        status, output, _ = self.run_tool("stat", "-a", "--json")
        self.assertIn("M0observed", [row["key"] for row in json.loads(output)])

    def test_manage_makes_and_takes_away(self):
        kind = ("--type", "address", "--name", "n")
        status, output, _ = self.run_tool("manage", "CREATE", *kind, "prefix=news",
                                          "distribution=multicast")
        self.assertEqual((status, json.loads(output)["distribution"]), (0, "multicast"))
        status, output, _ = self.run_tool("manage", "QUERY", "--type", "address")
        self.assertEqual([row["name"] for row in json.loads(output)], ["n"])
        self.assertEqual(self.run_tool("manage", "DELETE", *kind)[0], 0)
        status, _, errors = self.run_tool("manage", "READ", *kind)
        self.assertEqual((status, len(errors.splitlines())), (1, 1), errors)

    def test_a_router_that_is_not_there(self):
        self.net.close()
        self.node.stop()
        for command in (("stat",), ("send", "q", "x"), ("recv", "q", "--count", "1")):
            with self.subTest(command):
                status, _, errors = self.run_tool(*command)
                self.assertEqual((status, len(errors.splitlines())), (1, 1), errors)

    def test_a_qdrouterd_conf_becomes_json_with_which_a_router_does_the_same(self):
        folder = self.node.folder
        conf, made = folder / "qdrouterd.conf", folder / "made.json"
        conf.write_text("# of the cellar\nrouter {\n    mode: standalone\n    id: cellar\n}\n"
                        "listener {\n    name: clients\n    host: 127.0.0.1\n    port: 0 # any\n"
                        "    authenticatePeer: no\n    saslMechanisms: ANONYMOUS\n}\n"
                        "address {\n    prefix: news\n    distribution: multicast\n}\n")
        weft = harness.binary("weft")

        def run(*words):
            done = subprocess.run([weft, "config", *words], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=harness.TIMEOUT)
            return done.returncode, done.stdout, done.stderr
        self.assertEqual(run("import", str(conf), str(made))[0], 0)
        self.assertIn("// of the cellar", made.read_text())
        self.assertEqual(made.stat().st_mode & 0o777, 0o600)
        self.assertIn("is there already", run("import", str(conf), str(made))[2])
        self.assertEqual(run("import", str(conf))[1], made.read_text())
        self.assertEqual(run("check", str(made))[0], 0)
        router = self.new_router(config=json.loads(
            "\n".join(line.split(" //")[0] for line in made.read_text().splitlines()
                      if not line.strip().startswith("//"))))
        router.start()
        self.addCleanup(self.end, router)
        receivers = [self.receiver(self.connect(router), "news/x", credit=5, accepts=True)
                     for _ in range(2)]
        sent = self.sender(self.connect(router), "news/x").send(Message(body="both"))
        self.wait_until(lambda: sent.settled and all(r.count == 1 for r in receivers), "both copies")
        conf.write_text(conf.read_text() + "mystery {\n    name: x\n}\n")
        status, text, errors = run("import", str(conf))
        self.assertEqual(status, 1)
        self.assertIn("NOT CARRIED OVER", text)
        self.assertIn("unknown section", errors)

    def test_configurations_are_checked(self):
        process = subprocess.run([harness.binary("weft"), "config", "check", self.node.config_file],
                                 capture_output=True, text=True, timeout=harness.TIMEOUT)
        self.assertEqual(process.returncode, 0, process.stderr)


if __name__ == "__main__":
    harness.main()
