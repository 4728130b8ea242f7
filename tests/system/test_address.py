"""`weft address`: what addresses mean, shown and changed on one router."""
import json
import subprocess

from proton import Message

import harness

FILE = [{"prefix": "news", "distribution": "multicast", "slowConsumer": "drop"},
        {"pattern": "news"}]


def run_address(router, *arguments):
    """(exit status, output, errors) of `weft address …` at a router."""
    done = subprocess.run([harness.binary("weft"), "address", *arguments,
                           "-b", f"127.0.0.1:{router.port}"],
                          capture_output=True, text=True, timeout=harness.TIMEOUT)
    return done.returncode, done.stdout, done.stderr


class Address(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router(addresses=FILE)

    def done(self, *arguments):
        """What the command prints when it succeeds."""
        status, output, errors = run_address(self.node, *arguments)
        self.assertEqual((status, errors), (0, ""))
        return output

    def failed(self, *arguments):
        """The one line with which it fails."""
        status, output, errors = run_address(self.node, *arguments)
        self.assertEqual((status, output, len(errors.splitlines())), (1, "", 1), errors)
        return errors

    def rules(self):
        return {entry.get("address") or entry.get("prefix") or entry.get("pattern")
                for entry in json.loads(self.done("--json"))}

    def test_the_entries_of_the_file_are_listed(self):
        title, heads, _, *rows = self.done().splitlines()
        self.assertEqual(title, "Configured Addresses")
        self.assertEqual(heads.split()[:5], ["address", "kind", "distribution", "prio", "slow"])
        self.assertEqual(sorted(row.split()[:6] for row in rows),
                         [["news", "pattern", "balanced", "-", "block", "node"],
                          ["news", "prefix", "multicast", "-", "drop", "node"]])
        self.assertIn("No configured addresses found", self.done("list", "--scope", "mesh"))

    def test_an_entry_is_made_holds_and_is_taken_away(self):
        # A router that stands alone has nobody to tell: the default scope is the node.
        self.assertEqual(self.done("create", "jobs/#", "--type", "multicast", "--priority", "7"),
                         "Made address jobs/# (multicast, priority 7), known on router r1 alone\n")
        receivers = [self.receiver(self.connect(self.node), "jobs/1", credit=1, accepts=True)
                     for _ in range(2)]
        self.sender(self.connect(self.node), "jobs/1").send(Message(body="x"))
        self.wait_until(lambda: [r.count for r in receivers] == [1, 1], "both copies")
        self.done("create", "old", "--kind", "prefix", "--name", "n", "--scope", "node")
        self.assertEqual(self.rules(), {"news", "jobs/#", "old"})
        self.assertEqual(self.done("delete", "jobs/#", "old").splitlines(),
                         ["Deleted address jobs/# (multicast, priority 7) on router r1 alone",
                          "Deleted prefix old (balanced) on router r1 alone"])
        self.assertEqual(self.rules(), {"news"})

    def test_what_is_made_is_printed_as_json(self):
        made = json.loads(self.done("create", "a", "--name", "n", "--json"))
        self.assertEqual((made["name"], made["address"], made["distribution"]),
                         ("n", "a", "balanced"))

    def test_what_is_wrong_is_one_line_with_a_remedy(self):
        self.done("create", "orders")
        self.assertIn("did you mean 'orders'?", self.failed("delete", "ordres"))
        self.assertIn("--kind", self.failed("delete", "news"))
        self.assertIn("configuration file", self.failed("delete", "news", "--kind", "prefix"))
        self.assertIn("it has it as address", self.failed("delete", "orders", "--kind", "prefix"))
        self.assertIn("orders", self.failed("create", "orders"))
        self.assertIn("sideways", self.failed("create", "a", "--distribution", "sideways"))
        self.assertIn("priority", self.failed("create", "a", "--priority", "10"))
        self.assertIn("brokers", self.failed("create", "a", "--type", "queue"))
        self.assertIn("what shall change?", self.failed("update", "orders"))
        self.failed("create", "a", "--scope", "mesh")
        # Nothing is deleted where one of them is not there.
        self.failed("delete", "orders", "nothing")
        self.assertEqual(self.rules(), {"news", "orders"})

    def test_another_router_is_asked(self):
        self.assertEqual(run_address(self.node, "-r", "r1")[0], 0)
        self.assertIn("nowhere", self.failed("-r", "nowhere", "--timeout", "1"))


if __name__ == "__main__":
    harness.main()
