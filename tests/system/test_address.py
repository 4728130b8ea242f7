"""`weft address`: what addresses mean, shown and changed on one router and on all of a mesh."""
import json
import subprocess
import urllib.request

from proton import Message

import harness
import mesh

FILE = [{"prefix": "news", "distribution": "multicast", "slowConsumer": "drop"},
        {"pattern": "news"}]
STATE = {"stateDir": "state"}  # in each router's own folder


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
                         "Made address jobs/# (multicast, priority 7), known on router r1 alone until it restarts: "
                         "to keep it, write it to its file\n")
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
        self.assertIn("on router r1 alone until it restarts, for its file has it",
                      self.done("delete", "news", "--kind", "prefix"))
        self.failed("delete", "news", "--kind", "prefix")

    def test_an_entry_is_changed(self):
        self.done("create", "jobs")
        self.assertEqual(self.done("update", "jobs", "--distribution", "closest",
                                   "--priority", "3"),
                         "Changed address jobs (closest, priority 3), known on router r1 alone until it restarts: "
                         "to keep it, write it to its file\n")
        changed = json.loads(self.done("update", "jobs", "--distribution", "multicast", "--json"))
        self.assertEqual((changed["distribution"], changed["priority"]), ("multicast", 3))
        self.assertIn("until it restarts",
                      self.done("update", "news", "--kind", "prefix", "--priority", "1"))

    def test_what_is_made_is_printed_as_json(self):
        made = json.loads(self.done("create", "a", "--name", "n", "--json"))
        self.assertEqual((made["name"], made["address"], made["distribution"]),
                         ("n", "a", "balanced"))

    def test_what_is_wrong_is_one_line_with_a_remedy(self):
        self.done("create", "orders")
        self.assertIn("did you mean 'orders'?", self.failed("delete", "ordres"))
        self.assertIn("--kind", self.failed("delete", "news"))
        self.assertIn("it has it as address", self.failed("delete", "orders", "--kind", "prefix"))
        self.assertIn("orders", self.failed("create", "orders"))
        self.assertIn("sideways", self.failed("create", "a", "--distribution", "sideways"))
        self.assertIn("priority", self.failed("create", "a", "--priority", "10"))
        self.assertIn("brokers", self.failed("create", "a", "--type", "topic"))
        self.assertIn("what shall change?", self.failed("update", "orders"))
        self.failed("create", "a", "--scope", "mesh")
        # Nothing is deleted where one of them is not there.
        self.failed("delete", "orders", "nothing")
        self.assertEqual(self.rules(), {"news", "orders"})

    def test_another_router_is_asked(self):
        self.assertEqual(run_address(self.node, "-r", "r1")[0], 0)
        self.assertIn("nowhere", self.failed("-r", "nowhere", "--timeout", "1"))


class MeshAddresses(mesh.MeshTest):
    """Router a dials b; each keeps what it is told in a folder of its own."""

    def pair(self, of_a=None, of_b=None):
        """The routers a and b; `of_a` and `of_b` are the addresses of their files."""
        b = self.mesh_router("b", {}, STATE, addresses=of_b or [])
        a = self.mesh_router("a", {b: 1}, STATE, addresses=of_a or [])
        for router in (a, b):
            self.wait_for_routers(router, {"a", "b"})
        return a, b

    def done(self, router, *arguments):
        """What the command prints when it succeeds."""
        status, output, errors = run_address(router, *arguments)
        self.assertEqual((status, errors), (0, ""))
        return output

    def entries(self, router):
        """What the router has of the address "news"."""
        return [entry for entry in json.loads(self.done(router, "--json"))
                if entry["address"] == "news"]

    def wait_for_entry(self, router, **attributes):
        """The one entry of "news", once it has these attributes."""
        harness.wait_until(lambda: [entry for entry in self.entries(router)
                                    if attributes.items() <= entry.items()],
                           f"news with {attributes}")
        [entry] = self.entries(router)
        return entry

    def wait_until_gone(self, router):
        harness.wait_until(lambda: not self.entries(router), "news to be gone")

    def make_news(self, router):
        """A multicast that all routers know: an interior router's default scope is the mesh."""
        self.assertEqual(self.done(router, "create", "news", "--distribution", "multicast"),
                         "Made address news (multicast), known on every Weft router of the mesh\n")

    def test_what_one_router_is_told_all_know(self):
        a, b = self.pair()
        self.make_news(a)
        entry = self.wait_for_entry(b, origin="a", scope="mesh")
        self.assertEqual((entry["distribution"], entry["source"], entry["conflict"]),
                         ("multicast", "management", None))
        self.assertEqual(self.wait_for_entry(a, origin="a")["version"], entry["version"])
        [row] = [line.split() for line in self.done(b, "--scope", "mesh").splitlines()
                 if "news" in line]
        self.assertEqual(row, ["news", "multicast", "-", "mesh", "a", str(entry["version"]),
                               "management"])
        # It holds there.
        receivers = [self.receiver(self.connect(b), "news", credit=1) for _ in range(2)]
        self.sender(self.connect(b), "news").send(Message(body="x"))
        self.wait_until(lambda: [r.count for r in receivers] == [1, 1], "both copies")

    def test_any_router_changes_it_for_all(self):
        a, b = self.pair()
        self.make_news(a)
        first = self.wait_for_entry(b, origin="a")
        self.done(b, "update", "news", "--slow-consumer", "drop", "--priority", "7")
        entry = self.wait_for_entry(a, origin="b")
        self.assertEqual((entry["distribution"], entry["slowConsumer"], entry["priority"]),
                         ("multicast", "drop", 7))
        self.assertGreater(entry["version"], first["version"])

    def test_what_is_deleted_is_gone_everywhere(self):
        a, b = self.pair()
        self.make_news(a)
        self.wait_for_entry(b, origin="a")
        self.assertEqual(self.done(a, "delete", "news"),
                         "Deleted address news (multicast) on every Weft router of the mesh\n")
        self.wait_until_gone(a)
        self.wait_until_gone(b)
        # And made anew and deleted by the one that did not make it.
        self.make_news(a)
        self.wait_for_entry(b, origin="a")
        self.done(b, "delete", "news")
        self.wait_until_gone(a)

    def test_a_router_keeps_it_over_a_restart(self):
        a, b = self.pair()
        self.make_news(a)
        made = self.wait_for_entry(b, origin="a")
        for router in (b, a):
            router.stop()
        a.start()  # alone: nobody can tell it
        self.assertEqual(self.wait_for_entry(a, origin="a")["version"], made["version"])

    def health(self, router):
        with urllib.request.urlopen(f"http://127.0.0.1:{router.ports['web']}/healthz",
                                    timeout=harness.TIMEOUT) as answer:
            self.assertEqual(answer.status, 200)
            return json.load(answer)

    def test_what_can_not_be_kept_is_not_made(self):
        node = self.mesh_router("a", {}, STATE)
        self.make_news(node)
        self.assertEqual(self.health(node)["status"], "ok")
        node.limit_file_size(20)
        for arguments in (["create", "more"], ["update", "news", "--priority", "5"],
                          ["delete", "news"]):
            status, output, errors = run_address(node, *arguments)
            self.assertEqual((status, output), (1, ""))
            self.assertIn("nothing was changed: can't write", errors)
            self.assertIn("addresses.jsonl", errors)
            self.assertIn("File too large", errors)
        health = self.health(node)
        self.assertEqual(health["status"], "degraded")
        self.assertIn("File too large", health["problems"][0])
        self.assertEqual([e["priority"] for e in self.entries(node)], [-1])

        node.limit_file_size()
        harness.wait_until(lambda: self.health(node)["status"] == "ok", "another try")
        self.done(node, "create", "more")
        self.kill(node)
        node.start()
        known = json.loads(self.done(node, "--json"))
        self.assertEqual(sorted(e["address"] for e in known), ["more", "news"])

    def test_of_a_restart_nobody_else_forgets(self):
        a, b = self.pair()
        self.make_news(b)
        self.wait_for_entry(a, origin="b")
        a.stop()
        self.wait_for_routers(b, {"b"})
        self.done(b, "update", "news", "--priority", "5")
        a.start()
        self.wait_for_entry(a, origin="b", priority=5)

    def test_an_entry_of_a_file_travels(self):
        a, b = self.pair(of_a=[{"address": "news", "distribution": "multicast",
                                "scope": "mesh"}])
        self.wait_for_entry(b, origin="a", scope="mesh", distribution="multicast")
        self.assertEqual(self.wait_for_entry(a, scope="mesh")["source"], "file")
        status, _, errors = run_address(a, "delete", "news")
        self.assertEqual((status, len(errors.splitlines())), (1, 1), errors)
        self.assertIn("configuration file", errors)

    def test_a_file_wins_at_its_router_and_the_conflict_is_shown(self):
        a, b = self.pair(of_b=[{"address": "news", "distribution": "closest"}])
        self.make_news(a)
        harness.wait_until(lambda: any(entry["conflict"] for entry in self.entries(b)),
                           "the conflict at b")
        [of_file] = [entry for entry in self.entries(b) if entry["source"] == "file"]
        self.assertEqual(of_file["distribution"], "closest")
        table, conflicts = self.done(b).split("\n\n")
        self.assertIn("closest", table)
        self.assertRegex(conflicts, r"^Conflicts\n  address news: \S")
        self.assertIsNone(self.wait_for_entry(a, origin="a")["conflict"])

    def test_a_router_that_can_not_keep_it_says_what_to_do(self):
        router = self.mesh_router("a", {})
        status, output, errors = run_address(router, "create", "news")
        self.assertEqual((status, output, len(errors.splitlines())), (1, "", 1), errors)
        self.assertIn("--scope node", errors)
        self.assertIn("known on router a alone",
                      self.done(router, "create", "news", "--scope", "node"))


if __name__ == "__main__":
    harness.main()
