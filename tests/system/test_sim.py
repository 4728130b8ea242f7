"""`weft sim`: what failures do to a mesh, of a file and of routers that run."""
import json
import pathlib
import subprocess
import tempfile

import harness
import mesh

DEMO = pathlib.Path(__file__).resolve().parents[2] / "config/demo/topology.json"


def run(*arguments):
    return subprocess.run([harness.binary("weft"), "sim", *map(str, arguments)],
                          capture_output=True, text=True, timeout=harness.TIMEOUT)


class OfAFile(harness.Test):
    def test_at_rest(self):
        done = run("--topology", DEMO)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"(?m)^  single points router core-1, for edge-3$")

    def test_a_cut_is_told_and_is_the_exit_status(self):
        done = run("--topology", DEMO, "--fail", "core-1", "--at", "10s")
        self.assertEqual((done.returncode, done.stderr), (2, ""))
        self.assertIn("Verdict: The mesh is cut: router core-1 is a single point of failure for "
                      "edge-3.\nRemedy:  add a link between edge-3 and core-2.\n", done.stdout)

    def test_a_silent_failure_as_json_and_twice_the_same(self):
        arguments = ("--topology", DEMO, "--fail", "core-2", "--at", "10s", "--silent",
                     "--restore", "core-2", "--at", "30s", "--seed", "7", "--json")
        first, second = run(*arguments), run(*arguments)
        self.assertEqual((first.returncode, first.stderr), (0, ""))
        self.assertEqual(first.stdout, second.stdout)
        report = json.loads(first.stdout)
        failed, restored = report["events"]
        self.assertTrue(report["whole"])
        self.assertGreater(failed["agreedAfterSeconds"], 0.5)
        self.assertLess(restored["agreedAfterSeconds"], 1)
        self.assertEqual(failed["moved"]["worst"], {"from": "edge-1", "to": "edge-2",
                                                    "costBefore": 2, "costAfter": 5})

    def test_a_bad_file_is_told_line_by_line(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write('{"routers": [{"id": "core-1"}],\n "links": [{"from": "core-1",\n'
                       '   "to": "core1", "price": 2}]}')
            file.flush()
            done = run("--topology", file.name)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(done.stderr.splitlines(), [
                f"{file.name}:3: /links/0/price: unknown key",
                f'{file.name}:3: /links/0/to: "core1" is none of /routers; did you mean "core-1"?',
                f"weft sim: {file.name} is no topology; see the lines above"])

    def test_what_makes_no_sense_ends_with_one_line(self):
        for arguments in ((), ("--topology", "/nowhere.json"), ("--topology", DEMO, "word"),
                          ("--topology", DEMO, "--fail", "core-1"),
                          ("--topology", DEMO, "--at", "10s"),
                          ("--topology", DEMO, "--fail", "cor-1", "--at", "10s"),
                          ("--topology", DEMO, "--fail", "edge-1/edge-3", "--at", "10s"),
                          ("--topology", DEMO, "--fail", "core-1", "--at", "10"),
                          ("--topology", DEMO, "--restore", "core-1", "--at", "10s"),
                          ("--topology", DEMO, "--until", "0s", "--fail", "core-1", "--at", "1s"),
                          ("--topology", DEMO, "-b", "127.0.0.1:1"),
                          ("--topology", DEMO, "--export")):
            with self.subTest(arguments):
                done = run(*arguments)
                lines = [line for line in done.stderr.splitlines() if line.startswith("weft sim: ")]
                self.assertEqual((done.returncode, done.stdout, len(lines)), (1, "", 1), done)


class OfALiveMesh(mesh.MeshTest):
    def test_what_is_exported_can_be_simulated(self):
        routers = self.mesh({"a": {}, "b": {"a": 1}, "c": {"b": 1, "a": 3}, "d": {"c": 4}})
        self.receiver(self.connect(routers["d"]), "orders", credit=1)
        self.wait_until(lambda: "orders" in self.export(routers["a"]), "the consumer to be seen")
        text = self.export(routers["a"])
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(text)
            file.flush()
            done = run("--topology", file.name, "--fail", "c", "--at", "5s", "--json")
        self.assertEqual((done.returncode, done.stderr), (2, ""), text)
        report = json.loads(done.stdout)
        self.assertEqual((report["atRest"]["routers"], report["atRest"]["links"]), (4, 4))
        self.assertEqual(report["atRest"]["longestPath"], {"routers": ["a", "b", "c", "d"],
                                                           "cost": 6})
        self.assertEqual(report["events"][0]["islands"], [["a", "b"], ["d"]])
        self.assertEqual(report["events"][0]["withoutConsumer"],
                         [{"address": "orders", "routers": ["a", "b"]}])
        self.assertIn('"from": "a", "to": "c", "cost": 3 },  // or more', text)

    def export(self, router):
        process = subprocess.Popen(
            [harness.binary("weft"), "sim", "--export", "-b", f"127.0.0.1:{router.port}"],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_until(lambda: process.poll() is not None, "the tool to end")
        self.assertEqual(process.returncode, 0)
        return process.stdout.read()

    def test_a_router_alone_is_a_mesh_of_one(self):
        done = run("--export", "-b", f"127.0.0.1:{self.router().port}")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn('"routers": [\n    { "id": "r1" }\n  ]', done.stdout)


if __name__ == "__main__":
    harness.main()
