"""What every system test uses: a router of its own, clients of its own, and waiting for conditions.

A test never sleeps. It waits for something it can observe, through `Test.wait_until`, and all waits
end with the one time limit `TIMEOUT`.
"""
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import clients

SANITIZERS = os.environ.get("WEFT_SANITIZE", "")  # as the compiler takes them
SANITIZED = SANITIZERS != ""
TIMEOUT = int(os.environ.get("WEFT_TIMEOUT", "60" if SANITIZED else "30"))  # seconds
# WEFT_WORKERS=4: routers with so many event loops, instead of the default for this machine.
WORKERS = {"workerThreads": int(os.environ["WEFT_WORKERS"])} if "WEFT_WORKERS" in os.environ else {}
POLL = 0.02  # seconds between two looks at a condition
HERE = pathlib.Path(__file__).resolve().parent

# Timestamps and levels differ; what stands behind "listener" does not.
LISTENER = re.compile(r"listener (\S+) on (\S+):(\d+)")
READY = re.compile(r"\bready\b")
LOG_TAIL = 60  # lines shown of each router when a test fails


def wait_until(condition, what, pause=lambda: time.sleep(POLL)):
    """The one place that waits: `pause` between two looks, and fails when TIMEOUT has passed."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {TIMEOUT} s for {what}")
        pause()


def binary(name):
    path = pathlib.Path(os.environ.get("WEFT_BIN", HERE.parents[1] / "build/dev/bin"))
    return str(path if path.is_file() and path.name == name else path / name)


def npm_modules():
    default = HERE.parents[1] / "build/npm/node_modules"
    return os.environ.get("WEFT_NPM", str(default))


def run_rhea(scenario, carrier, *ports):
    """Runs one scenario of rhea_peer.js; what it printed."""
    assert os.path.isdir(os.path.join(npm_modules(), "rhea")), \
        f"rhea is not in {npm_modules()}; set WEFT_NPM"
    command = [shutil.which("node"), str(HERE / "rhea_peer.js"), scenario, carrier,
               *(str(port) for port in ports)]
    environment = {**os.environ, "NODE_PATH": npm_modules()}
    process = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, timeout=2 * TIMEOUT)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


class Router:
    """One `weft-router` on loopback, with a listener "clients" and a listener "web" by default; or
    another daemon, `program`, with a config of its own."""

    def __init__(self, config=None, arguments=(), listener=None, program="weft-router", **sections):
        """`sections` are added to a config of the usual listeners; `config` replaces it all.
        `listener` are further keys of the listener "clients"."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weft-"))
        self.config = config if config is not None else {
            # It must not need this long: a delivery that is forgotten ends no test in time.
            "router": {"id": "r1", "shutdownSeconds": 2 * TIMEOUT, **WORKERS,
                       **sections.pop("router", {})},
            "listeners": [{"name": "clients", "port": 0, **(listener or {})},
                          {"name": "web", "port": 0, "http": True}] + sections.pop("listeners", []),
            **sections,
        }
        self.config_file = self.folder / "router.json"
        self.config_file.write_text(json.dumps(self.config))
        self.log_file = self.folder / "router.log"
        self.log_text = ""
        self.process = None
        self.ports = {}
        self.arguments = list(arguments)
        self.program = program

    # --- life -------------------------------------------------------------------------------------

    def spawn(self):
        """Starts the process and does not wait for anything."""
        command = [binary(self.program), "--config", str(self.config_file), *self.arguments]
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        return self

    def start(self):
        self.spawn()
        wait_until(lambda: READY.search(self.log()) or not self.alive(), "the router to be ready")
        assert self.alive(), f"the router ended with {self.process.returncode}:\n{self.log()}"
        self.ports = {name: int(port) for name, _, port in LISTENER.findall(self.log())}
        return self

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait_for_exit(self):
        try:
            return self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the router did not end within {TIMEOUT} s") from None

    def stop(self):
        """SIGTERM; the router must end by itself, with status 0."""
        if self.process is None or self.process.returncode is not None:
            return
        assert self.process.poll() is None, f"the router died with {self.process.returncode}"
        self.terminate()
        status = self.wait_for_exit()
        assert status == 0, f"the router ended with {status}"

    def clean_up(self):
        """Whatever happened: no process and no files are left."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log_text = self.log()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- what can be seen of it -------------------------------------------------------------------

    @property
    def port(self):
        return self.ports["clients"]

    @property
    def url(self):
        return f"amqp://127.0.0.1:{self.port}"

    def alive(self):
        return self.process.poll() is None

    def log(self):
        if not self.log_file.exists():
            return self.log_text
        return self.log_file.read_text(errors="replace")

    def resident_bytes(self):
        """Memory the process has in RAM (VmRSS)."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def limit_open_files(self, most):
        """Lowers or raises the soft limit; the hard one stays."""
        self.limit(resource.RLIMIT_NOFILE, most)

    def limit_file_size(self, most=resource.RLIM_INFINITY):
        """No file that it writes grows beyond so many bytes: a disk that is full."""
        self.limit(resource.RLIMIT_FSIZE, most)

    def limit(self, what, most):
        hard = resource.prlimit(self.process.pid, what)[1]
        resource.prlimit(self.process.pid, what, (most, hard))


class Test(unittest.TestCase):
    """Base of the tests: `self.net` holds this test's clients, `self.router()` starts a router."""

    longMessage = True
    maxDiff = 2000

    def setUp(self):
        self.routers = []
        self.net = clients.Net()
        self.addCleanup(self.net.close)

    def run(self, result=None):
        result = result or self.defaultTestResult()
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            for router in getattr(self, "routers", []):
                tail = "\n".join(router.log().splitlines()[-LOG_TAIL:])
                print(f"--- log of the router, {self.id()}:\n{tail}\n---", file=sys.stderr)
        return result

    def router(self, **options):
        """A running router that must end with status 0 when the test is over."""
        router = self.new_router(**options)
        router.start()
        self.addCleanup(self.end, router)
        return router

    def end(self, router):
        """Stops a router whose clients are gone."""
        self.net.close()
        router.stop()

    def new_router(self, **options):
        router = Router(**options)
        self.routers.append(router)
        self.addCleanup(router.clean_up)
        return router

    def connect(self, router, **options):
        """A client connection that is open."""
        peer = self.net.connect(router.port, **options)
        self.wait_until(lambda: peer.opened or peer.gone, "the connection to open")
        self.assertTrue(peer.opened, f"the connection was not opened: {peer.gone}")
        return peer

    def sender(self, peer, address, credit=True, **options):
        """A sender that is attached and, unless `credit` is false, may send."""
        link = peer.sender(address, **options)
        self.wait_until(lambda: link.attached or link.detached, f"the sender to {address}")
        self.assertIsNone(link.condition, f"sender to {address}")
        if credit:
            self.wait_until(lambda: link.credit > 0, f"credit for {address}")
        return link

    def receiver(self, peer, address, **options):
        link = peer.receiver(address, **options)
        self.wait_until(lambda: link.attached or link.detached, f"the receiver of {address}")
        self.assertIsNone(link.condition, f"receiver of {address}")
        return link

    def refused(self, link):
        """Waits until the router refused a link and returns the condition's name."""
        self.wait_until(lambda: link.detached, "the link to be refused")
        return link.condition.name if link.condition else None

    def wait_until(self, condition, what):
        """Runs this test's clients until `condition()` holds."""
        wait_until(condition, what, lambda: self.net.pump(POLL))

    def whole_log(self, node):
        """The log with all that happened before: a thread of the router's own writes it."""
        peer = self.connect(node)
        seen = f":{peer.socket.getsockname()[1]}"
        self.wait_until(lambda: seen in node.log(), "the log to be written")
        return node.log()

    def settle_down(self, peer):
        """Runs the clients until the router has answered all that `peer` wrote before.

        What one connection wrote is handled in order, so the answer to a new link comes last."""
        link = peer.sender(None, name=f"echo-{peer.next_number()}")
        self.wait_until(lambda: link.attached, "an echo of the router")
        link.close()


def main():
    unittest.main(verbosity=2)
