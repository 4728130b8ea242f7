"""weft up: the first minute, from nothing."""
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

import harness
from users import weft


def free_ports(count):
    """The first of so many ports beside each other that nobody has now."""
    for first in range(21000 + os.getpid() % 8000, 60000, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as one:
                    one.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    raise AssertionError("no ports are free")


class Up(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="weft-up-test-")
        self.addCleanup(folder.cleanup)
        self.temporary = pathlib.Path(folder.name)

    def up(self, *flags, routers=1):
        first = free_ports(2 * routers + 3)
        self.bus = [f"127.0.0.1:{first + index}" for index in range(routers)]
        self.mqtt = first + routers
        process = subprocess.Popen(
            [harness.binary("weft"), "up", *flags, "--amqp", str(first), "--mqtt", str(self.mqtt),
             "--web", str(self.mqtt + 1)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, TMPDIR=str(self.temporary)))
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl-C" in line:
                return process, said
        raise AssertionError(process.stderr.read())

    def stop(self, process):
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(harness.TIMEOUT), 0, process.stderr.read())

    def ten_messages(self, send_to, receive_from):
        with subprocess.Popen([harness.binary("weft"), "recv", "-b", receive_from, "telemetry/room1", "--count", "10"],
                              stdout=subprocess.PIPE, text=True) as receiving:
            sent = weft("send", "-b", send_to, "telemetry/room1", text="".join(f"{n}\n" for n in range(10)))
            self.assertEqual(sent.returncode, 0, sent.stderr)
            self.assertEqual(receiving.communicate(timeout=harness.TIMEOUT)[0].split(), [str(n) for n in range(10)])

    def test_ten_messages_cross_a_router_and_nothing_is_left(self):
        process, said = self.up()
        self.assertIn(f"amqp://{self.bus[0]}", said)
        self.ten_messages(self.bus[0], self.bus[0])
        self.assertEqual(len(list(self.temporary.glob("weft-up-*"))), 1)
        self.stop(process)
        self.assertEqual(list(self.temporary.iterdir()), [])
        with socket.socket() as one:
            self.assertNotEqual(one.connect_ex(("127.0.0.1", int(self.bus[0].split(":")[1]))), 0)

    def test_a_mesh_and_devices(self):
        process, _ = self.up("--mesh", "3", routers=3)
        self.ten_messages(self.bus[0], self.bus[2])
        with subprocess.Popen([harness.binary("weft"), "recv", "-b", self.bus[1], "telemetry/dev", "--count", "1"],
                              stdout=subprocess.PIPE, text=True) as receiving:
            subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.mqtt), "-t", "telemetry/dev", "-m", "21", "-q", "1",
                            "-V", "mqttv5"], check=True, timeout=harness.TIMEOUT)
            self.assertEqual(receiving.communicate(timeout=harness.TIMEOUT)[0], "21\n")
        self.stop(process)

    def test_a_named_folder_keeps_what_a_queue_has(self):
        kept = self.temporary / "kept"
        process, _ = self.up("--dir", str(kept))
        self.assertEqual(weft("send", "-b", self.bus[0], "orders", "tea").returncode, 0)
        self.stop(process)
        process, _ = self.up("--dir", str(kept))
        self.assertEqual(weft("recv", "-b", self.bus[0], "orders", "--count", "1", "-t", "5").stdout, "tea\n")
        self.stop(process)

    def test_what_it_can_not_do_is_told(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            said = weft("up", "--amqp", port)
            self.assertEqual((said.returncode, said.stderr),
                             (1, f"weft up: port {port} is taken; give other ones by --amqp\n"))
        self.assertIn("--mesh takes 1 to 16 routers", weft("up", "--mesh", "17").stderr)
        self.assertIn("overlap", weft("up", "--amqp", 30000, "--mqtt", 30000).stderr)

    def test_the_daemons_end_with_it(self):
        process, _ = self.up()
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        self.assertEqual(len(children), 3)
        process.kill()
        process.wait()
        harness.wait_until(lambda: not any(pathlib.Path(f"/proc/{child}/exe").exists() for child in children),
                         "the daemons to end")


if __name__ == "__main__":
    harness.main()
