"""What the router writes to fails or stands still: clients notice nothing, and it says so later."""
import fcntl
import os
import re
import shutil
import subprocess
import tempfile
import urllib.request

from proton import Message

import harness
import management

TRACE = ["--log-level", "trace"]
GAP = re.compile(r"DEFAULT \(warning\) (\d+) lines left out: (.*)")


class PipedRouter(harness.Router):
    """Its stderr is a pipe, which the test reads or leaves standing."""

    def spawn(self):
        self.reads = True
        self.reader, writer = os.pipe()
        fcntl.fcntl(self.reader, fcntl.F_SETPIPE_SZ, 4096)
        os.set_blocking(self.reader, False)
        command = [harness.binary(self.program), "--config", str(self.config_file), *self.arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=writer)
        os.close(writer)
        return self

    def log(self):
        try:
            while self.reads and (piece := os.read(self.reader, 1 << 16)):
                self.log_text += piece.decode(errors="replace")
        except BlockingIOError:
            pass
        return self.log_text

    def go_on(self):
        fcntl.fcntl(self.reader, fcntl.F_SETPIPE_SZ, 1 << 20)
        self.reads = True

    def hang_up(self):
        self.reads = False
        os.close(self.reader)


class Surroundings(harness.Test):
    def start(self, node):
        self.routers.append(node)
        self.addCleanup(node.clean_up)
        node.start()
        self.addCleanup(self.end, node)
        return node

    def metric(self, node, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{node.ports['web']}/metrics",
                                    timeout=harness.TIMEOUT) as answer:
            text = answer.read().decode()
        return sum(int(n) for n in re.findall(rf"^{name}(?:{{.*}})? (\d+)$", text, re.MULTILINE))

    def dropped(self, node):
        return self.metric(node, "weft_log_lines_dropped_total")

    def exchange(self, node, number):
        """`number` messages, from a client to another one."""
        receiver = self.receiver(self.connect(node), "q", credit=100, accepts=True)
        sender = self.sender(self.connect(node), "q")
        sent = []

        def load():
            while sender.credit > 0 and len(sent) < number:
                sent.append(sender.send(Message(body="x")))
            return len(sent) == number and all(s.settled for s in sent)

        self.wait_until(load, f"{number} outcomes")
        self.wait_until(lambda: receiver.count == number, f"{number} messages")
        receiver.peer.drop()
        sender.peer.drop()

    def exchange_until_lines_are_dropped(self, node):
        def exchange():
            self.exchange(node, 1000)
            return self.dropped(node) > 0

        self.wait_until(exchange, "lines to be dropped")
        self.exchange(node, 100)

    def test_nobody_reads_the_log_for_a_while(self):
        node = self.start(PipedRouter(arguments=TRACE))
        node.reads = False
        self.exchange_until_lines_are_dropped(node)
        self.assertEqual(self.metric(node, "weft_log_write_failures_total"), 0)
        before = self.dropped(node)
        node.go_on()
        self.wait_until(lambda: GAP.search(node.log()), "the router to tell what it left out")
        number, why = GAP.search(node.log()).groups()
        self.assertGreaterEqual(int(number), before)
        self.assertEqual(why, "the output is too slow")
        times = re.findall(r"^\d{4}-.{22}", self.whole_log(node), re.MULTILINE)
        self.assertEqual(times, sorted(times), "in order")

    def test_nobody_ever_reads_the_log_again_and_it_ends_in_time(self):
        node = self.start(PipedRouter(arguments=TRACE))
        node.reads = False
        self.exchange_until_lines_are_dropped(node)

    def test_the_reader_of_the_log_is_gone(self):
        node = self.start(PipedRouter(arguments=TRACE))
        node.hang_up()
        self.exchange_until_lines_are_dropped(node)
        self.assertGreater(self.metric(node, "weft_log_write_failures_total"), 0)

    def test_the_disk_of_the_log_gets_full_and_is_emptied(self):
        limit = 20_000
        node = self.router()
        node.limit_file_size(limit)
        for number in range(150):
            self.connect(node, container=f"c{number}").drop()
        self.wait_until(lambda: self.metric(node, "weft_log_write_failures_total") > 0, "an error")
        self.assertEqual(node.log_file.stat().st_size, limit)
        self.exchange(node, 100)
        node.limit_file_size()
        self.whole_log(node)
        self.wait_until(lambda: len(re.findall(r"gone: dropped|gone: closed", node.log())) >= 150,
                        "what happened while it was full")
        self.assertEqual(self.dropped(node), 0)

    def test_the_statistics_of_the_log_count_what_was_left_out(self):
        node = self.start(PipedRouter(arguments=TRACE))
        node.reads = False
        self.exchange_until_lines_are_dropped(node)
        with urllib.request.urlopen(f"http://127.0.0.1:{node.ports['web']}/api/logStats/PROTOCOL",
                                    timeout=harness.TIMEOUT) as answer:
            self.assertRegex(answer.read().decode(), r'"droppedCount": ?[1-9]')

    def test_the_log_is_written_where_the_configuration_lets_it(self):
        folder = tempfile.mkdtemp(prefix="weft-log-")
        self.addCleanup(shutil.rmtree, folder)
        node = self.router(log=[{"module": "DEFAULT", "directory": folder}])
        agent = management.Node(node.url, harness.TIMEOUT)
        self.addCleanup(agent.close)

        def update(output):
            return agent.call("UPDATE", "log", name="log/SERVER", body={"outputFile": output})

        os.mkfifo(f"{folder}/fifo")
        os.symlink("/tmp/elsewhere", f"{folder}/link")
        for wrong in ("/tmp/x", "/dev/full", "../x", "fifo", "link", f"{folder}/../x"):
            with self.assertRaises(management.Refused) as caught:
                update(wrong)
            self.assertEqual(caught.exception.status, 400, wrong)
            self.assertIn("log output", caught.exception.description)
        self.assertFalse(os.path.exists("/tmp/elsewhere"))
        before = node.open_files()
        for number in range(20):
            self.assertEqual(update(f"{number}.log")["outputFile"], f"{folder}/{number}.log")
        peer = self.connect(node)
        self.wait_until(lambda: f":{peer.socket.getsockname()[1]}" in
                        open(f"{folder}/19.log", encoding="utf-8").read(), "a line there")
        self.wait_until(lambda: node.open_files() <= before + 2, "the other files to be closed")
        update(None)

    def test_names_command_no_terminal(self):
        node = self.router(arguments=TRACE)
        evil = "\u009b2J\u202etxt"
        peer = self.connect(node, container=evil)
        self.receiver(peer, f"q{evil}", name=f"l{evil}")
        log = self.whole_log(node)
        self.assertIn("\\u009b2J\\u202etxt", log)
        self.assertNotRegex(log, "[\u0080-\u009f\u202a-\u202e]")
        for view in ("-c", "-l", "-a"):
            shown = subprocess.run([harness.binary("weft"), "stat", view, "-b", node.url],
                                   capture_output=True, text=True, timeout=harness.TIMEOUT)
            self.assertIn("\\u009b2J\\u202etxt", shown.stdout)
            self.assertNotRegex(shown.stdout, "[\u0080-\u009f\u202a-\u202e]")


if __name__ == "__main__":
    harness.main()
