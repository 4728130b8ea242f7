"""`weft bench` measures brokers: what it counts, directly and through a router; never how fast."""
import json
import subprocess

import harness
import management
from broker_daemon import BrokerTest

ADDRESSES = [{"address": "orders", "type": "queue", "brokers": ["b1"]},
             {"address": "news", "type": "topic", "brokers": ["b1"]}]


class BenchBroker(BrokerTest):
    def bench(self, node, *arguments, status=0):
        """(output, errors) of `weft bench`, run beside this test's clients."""
        process = subprocess.Popen(
            [harness.binary("weft"), "bench", "-b", node.url, *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_until(lambda: process.poll() is not None, "weft bench to end")
        output, errors = process.communicate()
        self.assertEqual(process.returncode, status, output + errors)
        return output, errors

    def rows(self, node, *arguments, status=0, timeout=harness.TIMEOUT):
        """The rows of a measurement, and what it complains of."""
        output, errors = self.bench(node, "--json", "--timeout", str(timeout), *arguments,
                                    status=status)
        self.assertEqual(errors == "", status == 0, errors)
        return [json.loads(line) for line in output.splitlines()], errors

    def row(self, node, *arguments, **options):
        rows, errors = self.rows(node, *arguments, **options)
        self.assertEqual(len(rows), 1)
        return rows[0]

    def assert_whole(self, row, messages=None, copies=1):
        """All that was sent was accepted, and all of that came, once."""
        self.assertEqual(row["outcomes"]["accepted"], row["sent"], row)
        self.assertEqual(row["received"], copies * row["sent"], row)
        self.assertEqual((row["missing"], row["doubled"], row["foreign"]), (0, 0, 0), row)
        if messages is not None:
            self.assertEqual(row["sent"], messages)

    def with_queues(self):
        return self.broker({"autoCreate": True})

    def depth(self, node, queue):
        return self.queue(node, queue)["messages"]

    # --- a broker ---------------------------------------------------------------------------------

    def test_a_load_on_one_queue_and_on_several(self):
        node = self.with_queues()
        row = self.row(node, "q", "--durable", "--size", "1024", "--count", "300", "--senders", "3",
                       "--receivers", "2", "--pid", str(node.process.pid))
        self.assert_whole(row, 300)
        self.assertEqual((row["durable"], row["sizeBytes"], row["topic"]), (True, 1024, None))
        self.assertEqual([p["pid"] for p in row["processes"]], [node.process.pid])
        row = self.row(node, "q{}", "--queues", "4", "--senders", "8", "--count", "300")
        self.assert_whole(row, 300)
        self.assertEqual({name: self.depth(node, name) for name in ("q0", "q1", "q2", "q3")},
                         {"q0": 0, "q1": 0, "q2": 0, "q3": 0})

    def test_a_load_for_a_while_synchronous_and_paced(self):
        node = self.with_queues()
        for more in (("--window", "1"), ("--rate", "500"), ("--size", "100000", "--credit", "5")):
            row = self.row(node, "q", "--durable", "--warmup", "0.1", "--duration", "0.3", *more)
            self.assert_whole(row)
            self.assertGreater(row["sent"], 0)

    def test_a_backlog_is_received_after_a_kill_and_counted(self):
        node = self.with_queues()
        sent = self.row(node, "q", "--durable", "--receivers", "0", "--senders", "4",
                        "--count", "203")
        self.assertEqual((sent["sent"], sent["outcomes"]["accepted"], sent["received"],
                          sent["missing"]), (203, 203, 0, None))
        self.kill(node)
        node.start()
        some = self.row(node, "q", "--senders", "0", "--count", "50", "--retry")
        self.assertEqual((some["received"], some["missing"], some["foreign"]), (50, 0, 0))
        self.wait_until(lambda: self.depth(node, "q") == 153, "what was not asked for to be there")
        rest = self.row(node, "q", "--senders", "0", "--receivers", "3", timeout=1)
        self.assertEqual((rest["received"], rest["doubled"], rest["missing"]), (153, 0, None))
        self.assertEqual(self.depth(node, "q"), 0)

    def test_one_command_sends_a_backlog_and_receives_it(self):
        sent, received = self.rows(self.with_queues(), "q", "--backlog", "200", "--durable")[0]
        self.assertEqual((sent["outcomes"]["accepted"], sent["missing"]), (200, None))
        self.assertEqual((received["received"], received["missing"], received["doubled"],
                          received["foreign"]), (200, 0, 0, 0))

    def test_the_table_has_seven_rows(self):
        rows, _ = self.rows(self.with_queues(), "q{}", "--table", "--durable", "--size", "1024",
                            "--backlog", "300", "--warmup", "0.1", "--duration", "0.3")
        self.assertEqual(len(rows), 7)
        self.assertEqual((rows[0]["sent"], rows[1]["received"], rows[1]["missing"]), (300, 300, 0))
        for row in rows[2:]:
            self.assert_whole(row)
        self.assertEqual([row["window"] for row in rows if row["senders"]],
                         [1000, 1000, 1000, 1000, 1, 1000])

    def test_each_durable_subscriber_gets_all_and_is_gone_afterwards(self):
        node = self.with_queues()
        for kind in ("durable", "plain"):
            row = self.row(node, "news", "--topic", kind, "--receivers", "3", "--durable",
                           "--count", "100")
            self.assert_whole(row, 100, copies=3)
            self.assertEqual(row["topic"], kind)
        agent = management.Node(node.url, harness.TIMEOUT)
        self.addCleanup(agent.close)
        self.wait_until(lambda: not agent.query("subscription"), "the subscriptions to be ended")

    # --- what is missing --------------------------------------------------------------------------

    def test_what_somebody_else_received_is_missing(self):
        node = self.with_queues()
        thief = self.receiver(self.connect(node), "q", credit=10, accepts=True)
        rows, errors = self.rows(node, "q", "--count", "100", timeout=1, status=1)
        self.assertEqual(rows[0]["missing"], thief.count)
        self.assertGreater(thief.count, 0)
        self.assertEqual(rows[0]["received"], 100 - thief.count)
        self.assertRegex(errors, r"\Aweft bench: 1 sender, 1 receiver: \d+ messages of q did not "
                                 r"come.*\n\Z")

    def test_a_queue_that_has_less_than_was_asked_for(self):
        node = self.with_queues()
        self.row(node, "q", "--receivers", "0", "--count", "20")
        rows, errors = self.rows(node, "q", "--senders", "0", "--count", "30", timeout=1, status=1)
        self.assertEqual((rows[0]["received"], rows[0]["missing"]), (20, 10))
        rows, errors = self.rows(node, "q", "--senders", "0", timeout=1, status=1)
        self.assertEqual(rows[0]["received"], 0)
        self.assertIn("nothing arrived from q", errors)

    def test_what_is_not_there_is_one_line_and_status_1(self):
        output, errors = self.bench(self.broker(), "q", status=1)
        self.assertEqual(output, "")
        self.assertRegex(errors, r"\Aweft bench: .*amqp:not-found.*\n\Z")

    def test_people_get_a_table(self):
        node = self.with_queues()
        output, errors = self.bench(node, "q", "--backlog", "50")
        lines = output.splitlines()
        self.assertEqual((errors, len(lines)), ("", 5), output)
        self.assertRegex(lines[0], r"\Aq at 127\.0\.0\.1:\d+, 100 B, not durable; ")
        self.assertRegex(lines[1], r"\A  load +sent +accepted +received +doubled +missing +in +out ")
        self.assertRegex(lines[3], r"\A  1 sender +50 +50 +- +- +- +\S+/s +- ")
        self.assertRegex(lines[4], r"\A  1 receiver +- +- +50 +0 +0 +- +\S+/s ")
        output, errors = self.bench(node, "q", "--receivers", "0", "--count", "5")
        self.assertIn("still there: receive it with --senders 0", output.splitlines()[-1])

    # --- through a router -------------------------------------------------------------------------

    def test_queues_and_topics_behind_a_router(self):
        node = self.router(addresses=ADDRESSES, listeners=[
            {"name": "brokers", "port": 0, "role": "route-container"}])
        self.store = self.broker(connectors=[
            {"name": "router", "port": node.ports["brokers"]}])
        self.sender(self.connect(node), "orders")  # once it has credit the broker is there
        self.assert_whole(self.row(node, "orders", "--durable", "--count", "200", "--senders", "2",
                                   "--receivers", "2"), 200)
        sent, received = self.rows(node, "orders", "--durable", "--backlog", "200")[0]
        self.assertEqual((sent["outcomes"]["accepted"], received["received"], received["missing"],
                          received["doubled"]), (200, 200, 0, 0))
        self.assert_whole(self.row(node, "news", "--topic", "durable", "--receivers", "3",
                                   "--durable", "--count", "100"), 100, copies=3)


if __name__ == "__main__":
    harness.main()
