"""docs/start.md, block by block: what a newcomer reads works, in the order in which he reads it."""
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/start.md").read_text()
PACKAGED = ROOT / "tools/package/etc"


def settings(text):
    return json.loads(re.sub(r"^\s*//.*$|\s//.*$", "", text, flags=re.M))


def blocks(part):
    """The lines (machine, command) of a part of the page, and its files by machine."""
    text = re.search(rf"^## {part}$(.*?)(?=^## |\Z)", PAGE, re.S | re.M)[1]
    shell = "".join(re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M))
    lines = [re.fullmatch(r"(.*?)\s+# (core|site)", line) for line in shell.splitlines()]
    files = {re.match(r"// (\w+):", block)[1]: settings(block)
             for block in re.findall(r"^```jsonc\n(.*?)^```", text, re.S | re.M)}
    return [(line[2], line[1].replace("core.example", "127.0.0.1").replace("site.example", "127.0.0.1"))
            for line in lines], files


class FirstSteps(harness.Test):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory(prefix="weft-first-steps-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.nodes = {}

    def node(self, name, program, config, files=()):
        """A daemon with the configuration of the page or package, but for ports and folders, which are the test's."""
        config = json.loads(json.dumps(config))
        for listener in config["listeners"]:
            listener.update(host="127.0.0.1", port=0)
        for connector in config.get("connectors", []):
            target = {"broker": "brokers", "gateway": "clients", "site": "mesh"}[name]
            connector.update(host="127.0.0.1", port=self.nodes["core"].ports[target])
        state = self.folder / f"{name}-state"
        state.mkdir(exist_ok=True)
        if "router" in config:
            config["router"]["stateDir"] = str(state)
        else:
            config["store"]["path"] = str(state)
        node = self.new_router(config=config, program=program)
        for file in (PACKAGED / "addresses.json", *files):
            shutil.copy(file, node.folder)
        self.nodes[name] = node.start()

    def packaged(self, name, program):
        self.node(name, program, settings((PACKAGED / f"{program.removeprefix('weft-')}.json").read_text()))

    def stop_all(self):
        for name in reversed(list(self.nodes)):
            self.nodes.pop(name).stop()

    def begin(self, machine, words):
        """A command of the page, which talks to the test's own port of that machine."""
        if words[0] == "weft" and words[1] != "pki":
            words[2:2] = ["-b", f"127.0.0.1:{self.nodes[machine].ports['clients']}"]
        elif words[0] == "mosquitto_pub":
            words += ["-p", str(self.nodes["gateway"].ports["mqtt"])]
        if words[0] == "weft":
            words[0] = harness.binary("weft")
        return subprocess.Popen(words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def run_lines(self, lines):
        """Runs commands, which all end well; what each printed."""
        said, begun = {}, []
        for machine, line in lines:
            begun.append((line, self.begin(machine, shlex.split(line.removesuffix("&")))))
            if line.endswith("&"):
                continue
            for command, process in begun:
                said[command] = process.communicate(timeout=harness.TIMEOUT)[0]
                self.assertEqual(process.returncode, 0, f"{command}: {said[command]}")
            begun.clear()
        self.assertEqual(begun, [])
        return said

    def test_each_step(self):
        self.packaged("core", "weft-router")
        self.assertIn("21.4 C", self.run_lines(blocks("One machine")[0])["weft recv telemetry --count 1 &"])
        self.packaged("broker", "weft-broker")
        self.assertIn("two coffees", self.run_lines(blocks("A queue")[0])["weft recv orders --count 1"])
        self.packaged("gateway", "weft-mqtt-gateway")
        self.assertIn("20.9 C", self.run_lines(blocks("A device")[0])["weft recv telemetry --count 1 &"])

        self.stop_all()
        commands, configs = blocks("A second machine")
        authority = [line for line in commands if line[1].startswith("weft pki")]
        self.run_lines(authority)
        for name in ("core", "site"):
            self.node(name, "weft-router", configs[name],
                      [self.folder / "mesh" / file for file in ("ca.pem", "ca.crl", f"{name}.pem", f"{name}.key")])
        self.packaged("broker", "weft-broker")
        self.wait_until(lambda: "router reachable: core" in self.nodes["site"].log(), "the mesh")
        said = self.run_lines(commands[len(authority):])
        self.assertIn("core", said["weft stat -n"])
        self.assertIn("one tea", said["weft recv orders --count 1"])
        self.assertIn("19.8 C", said["weft recv telemetry --count 1 &"])
        self.assertIn("Verdict: A message sent to orders at router site flows", said["weft why orders"])
        self.stop_all()


if __name__ == "__main__":
    harness.main()
