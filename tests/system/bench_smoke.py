"""`weft bench` measures a running router: that it works and what it tells, never how fast."""
import json
import subprocess

import harness


class Bench(harness.Test):
    def bench(self, node, *arguments):
        """Runs `weft bench` against a router to its end: the completed process."""
        return subprocess.run(
            [harness.binary("weft"), "bench", "-b", node.url, "--timeout", str(harness.TIMEOUT),
             "--warmup", "0.1", "--duration", "0.3", *arguments],
            capture_output=True, text=True, timeout=4 * harness.TIMEOUT)

    def measured(self, node, *arguments):
        """The JSON object of a run that went well."""
        result = self.bench(node, "--json", "--pid", str(node.process.pid), *arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(len(result.stdout.splitlines()), 1)
        measured = json.loads(result.stdout)
        self.assertEqual([p["pid"] for p in measured["processes"]], [node.process.pid])
        return measured

    def assert_load(self, load):
        """What every load must show; `received` is of the whole run, warm-up included."""
        self.assertEqual(load["mode"], "run")
        self.assertGreater(load["received"], 0)
        self.assertEqual(load["received"], load["sent"])
        self.assertEqual(load["foreign"], 0)
        for field in ("sentPerSecond", "receivedPerSecond", "settledPerSecond",
                      "acceptedPerSecond", "receivedBytesPerSecond"):
            self.assertGreaterEqual(load[field], 0, field)
        self.assertEqual(set(load["latencyMicros"]), {"p50", "p90", "p99", "p999", "max"})
        self.assertEqual(set(load["generatorMicrosPerMessage"]), {"sent", "received"})
        self.assertEqual(set(load["processes"][0]),
                         {"pid", "microsPerMessage", "cores", "residentBytes"})

    def test_settled_messages_are_all_accepted(self):
        load = self.measured(self.router(), "q")
        self.assert_load(load)
        self.assertEqual(load["outcomes"]["accepted"], load["sent"])
        self.assertEqual(sum(load["outcomes"].values()), load["sent"])

    def test_presettled_messages_of_pairs_at_a_rate(self):
        load = self.measured(self.router(), "q", "--pairs", "3", "--presettled", "--rate", "600")
        self.assert_load(load)
        self.assertEqual((load["senders"], load["receivers"], load["lost"]), (3, 3, 0))

    def test_messages_larger_than_a_frame(self):
        self.assert_load(self.measured(self.router(), "q", "--size", "200000", "--credit", "10"))

    def test_connections_and_links_are_held(self):
        held = self.measured(self.router(), "--hold", "5x3")
        self.assertEqual((held["mode"], held["connections"], held["linksPerConnection"]),
                         ("hold", 5, 3))
        self.assertEqual(set(held["processes"][0]),
                         {"pid", "residentBytes", "bytesPerConnection", "bytesPerLink",
                          "microsPerConnection", "idleCores"})

    def test_connections_come_and_go(self):
        for settling in ((), ("--presettled",)):
            churn = self.measured(self.router(), "q", "--churn", *settling)
            self.assertEqual(churn["mode"], "churn")
            self.assertGreater(churn["connectionsPerSecond"], 0)
            self.assertEqual(churn["failed"], 0)

    def test_people_get_a_row(self):
        result = self.bench(self.router(), "q", "--rate", "500")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        title, heads, line, row = result.stdout.splitlines()
        self.assertRegex(title, r"\Aq at 127\.0\.0\.1:\d+, 100 B, not durable; ")
        self.assertRegex(heads, r"\A  load +sent +accepted +received +doubled +missing +in +out ")
        self.assertRegex(row, r"\A  1 sender, 1 receiver, 500/s wanted +\d+ +\d+ +\d+ +0 +0 ")

    def test_a_multicast_is_whole_at_each_receiver(self):
        node = self.router(addresses=[{"address": "all", "type": "multicast"}])
        load = self.measured(node, "all", "--topic", "plain", "--receivers", "3")
        self.assertEqual((load["received"], load["missing"], load["doubled"]),
                         (3 * load["sent"], 0, 0))

    def test_what_goes_wrong_is_one_line_and_status_1(self):
        node = self.router()
        refused = self.bench(node, "q", "--pid", "999999999")
        self.assertEqual(refused.returncode, 1)
        self.assertRegex(refused.stderr, r"\Aweft bench: .*999999999.*\n\Z")
        node.stop()
        unreachable = self.bench(node, "q")
        self.assertEqual((unreachable.returncode, unreachable.stdout), (1, ""))
        self.assertRegex(unreachable.stderr, r"\Aweft bench: cannot connect to .*\n\Z")


if __name__ == "__main__":
    harness.main()
