"""Alerts and boards: known to Prometheus, of metrics that there are, with a page that says what to do."""
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request

import harness
from test_up import free_ports

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FOLDER = SOURCE / "tools/monitoring"
RULES = FOLDER / "weft.rules.yml"
NAMES = re.compile(r"\b(?:weft|qdr)_[a-z0-9_]+")


def run(*command, text=None):
    done = subprocess.run(list(map(str, command)), input=text, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def get(url):
    with urllib.request.urlopen(url, timeout=harness.TIMEOUT) as answer:
        return answer.read().decode()


def anchors(page):
    """As renderers of Markdown make them of titles, and those that are written out."""
    text = (SOURCE / "docs" / page).read_text()
    titles = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles} | set(re.findall(r'<a id="([^"]+)"', text))


class Monitoring(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="weft-monitoring-")
        path = pathlib.Path(cls.folder.name)
        run("/usr/bin/python3", FOLDER / "boards.py", path / "boards")
        cls.boards = {file.stem: json.loads(file.read_text()) for file in (path / "boards").iterdir()}
        first = free_ports(9)
        cls.web = [first + 5 + index for index in range(4)]
        cls.prometheus_port = first + 4
        cls.up = subprocess.Popen(
            [harness.binary("weft"), "up", "--mesh", "2", "--amqp", str(first), "--mqtt", str(first + 2),
             "--web", str(cls.web[0])], stdout=subprocess.PIPE, text=True, env=dict(os.environ, TMPDIR=str(path)))
        for line in cls.up.stdout:
            if "Ctrl-C" in line:
                break
        cls.metrics = [get(f"http://127.0.0.1:{port}/metrics") for port in cls.web]
        (path / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(RULES)],
            "scrape_configs": [{"job_name": "weft", "static_configs": [
                {"targets": [f"127.0.0.1:{port}" for port in cls.web]}]}]}))
        cls.prometheus = subprocess.Popen(
            ["prometheus", f"--config.file={path}/prometheus.yml", f"--storage.tsdb.path={path}/data",
             f"--web.listen-address=127.0.0.1:{cls.prometheus_port}", "--log.level=error"])

    @classmethod
    def tearDownClass(cls):
        for process in (cls.prometheus, cls.up):
            process.send_signal(signal.SIGINT)
            process.wait(harness.TIMEOUT)
        cls.up.stdout.close()
        cls.folder.cleanup()

    def ask(self, path, **words):
        url = f"http://127.0.0.1:{self.prometheus_port}/api/v1/{path}?{urllib.parse.urlencode(words)}"
        try:
            return json.loads(get(url))["data"]
        except OSError as error:
            self.last = f"{words}: {error} {error.read() if hasattr(error, 'read') else ''}"
            return None

    def wait_for_series(self, expression, count):
        harness.wait_until(lambda: len((self.ask("query", query=expression) or {"result": []})["result"]) >= count,
                           f"{count} of {expression}")

    def expressions(self):
        for name, board in self.boards.items():
            for panel in board["panels"]:
                for target in panel["targets"]:
                    yield name, panel["title"], target["expr"]

    def test_every_metric_that_is_asked_for_is_there(self):
        known = set()
        for text in self.metrics:
            known |= set(re.findall(r"^# TYPE (\S+)", text, re.M))
        used = set(NAMES.findall(RULES.read_text()))
        for _, _, expression in self.expressions():
            used |= set(NAMES.findall(expression))
        self.assertGreater(len(used), 30)
        self.assertEqual(used - known, set())

    def test_what_daemons_say_is_such_as_prometheus_wants(self):
        for text in self.metrics:
            done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
            # Names that begin with qdr_ are those of the original router.
            self.assertEqual([line for line in done.stderr.splitlines() if line and not line.startswith("qdr_")], [])
            self.assertEqual(done.returncode, 3 if "qdr_" in text else 0)

    def test_alerts_fire_when_they_should(self):
        run("promtool", "check", "rules", RULES)
        run("promtool", "test", "rules", SOURCE / "tests/system/alerts.yml")

    def test_each_alert_leads_to_a_page_that_says_what_to_do(self):
        pages = {page: anchors(page) for page in ("operations.md", "security.md", "mqtt.md")}
        links = re.findall(r'runbook: "([^#"]+)#([^"]+)"', RULES.read_text())
        self.assertEqual(len(links), RULES.read_text().count("- alert:"))
        for page, anchor in links:
            self.assertIn(anchor, pages[page], page)

    def test_a_running_prometheus_understands_all_of_it(self):
        self.wait_for_series('up{job="weft"} == 1', 4)
        groups = self.ask("rules")["groups"]
        harness.wait_until(lambda: all(rule["health"] == "ok" for group in self.ask("rules")["groups"]
                                       for rule in group["rules"]), "the rules to be evaluated")
        self.assertEqual(sum(len(group["rules"]) for group in groups), RULES.read_text().count("- alert:"))
        shown = 0
        for board, title, expression in self.expressions():
            asked = expression.replace("$__rate_interval", "1m").replace("$job", ".*").replace("$instance", ".*")
            answer = self.ask("query", query=asked)
            self.assertIsNotNone(answer, f"{board}, {title}: {getattr(self, 'last', '')}")
            shown += bool(answer["result"])
        self.assertGreater(shown, 10)


if __name__ == "__main__":
    harness.main()
