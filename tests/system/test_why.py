"""`weft why` and `weft top`: what becomes of messages, over several routers."""
import json
import subprocess

from proton import Message

import harness
import mesh

LINE = {"a": {}, "b": {"a": 1}, "c": {"b": 1}}
SECRET = [{"address": "secret", "distribution": "unavailable"}]


class Why(mesh.MeshTest):
    def setUp(self):
        super().setUp()
        self.by_id = self.mesh(LINE)
        self.first = self.connect(self.by_id["a"])
        self.last = self.connect(self.by_id["c"])

    def ask(self, *arguments, command="why"):
        """(exit status, text) of `weft why …` at router a, beside this test's clients."""
        process = subprocess.Popen(
            [harness.binary("weft"), command, *arguments,
             "-b", f"127.0.0.1:{self.by_id['a'].port}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_until(lambda: process.poll() is not None, "the tool to end")
        return process.returncode, process.stdout.read()

    def explained(self, *arguments):
        status, text = self.ask(*arguments, "--json")
        answer = json.loads(text)
        self.assertEqual(status, 0 if answer["flows"] else 2)
        return answer

    def test_a_message_is_followed_to_its_receiver(self):
        self.receiver(self.last, "orders", credit=10)
        self.sender(self.first, "orders")
        status, text = self.ask("orders")
        self.assertEqual(status, 0, text)
        for line in ("Router a  (the message enters here)", "Router b\n", "Router c\n"):
            self.assertIn(line, text)
        self.assertRegex(text, r"Verdict: .* flows: to link \d+, .* at router c\.")
        self.assertIn("Remedy:", text)
        # Asked of another router, and of where it ends.
        answer = self.explained("orders", "--from", "b")
        self.assertEqual([hop["router"] for hop in answer["ways"][0]], ["b", "c"])

    def test_nobody_receives(self):
        status, text = self.ask("nobody")
        self.assertEqual(status, 2)
        self.assertIn("Verdict: Nobody receives from nobody", text)

    def test_a_receiver_without_credit_far_away(self):
        self.receiver(self.last, "orders", credit=0)
        sender = self.sender(self.first, "orders")
        sender.send(Message(body="x"))
        self.wait_until(lambda: self.explained("orders")["ways"][0][-1]["waiting"] == 1,
                        "the message to wait at c")
        answer = self.explained("orders")
        self.assertEqual([hop["router"] for hop in answer["ways"][0]], ["a", "b", "c"])
        self.assertIn("gives no credit", answer["verdict"])
        self.assertIn("at router c", answer["verdict"])

    def test_asking_changes_nothing(self):
        receivers = [self.receiver(self.last, "orders", credit=100) for _ in range(2)]
        sender = self.sender(self.first, "orders")
        for i in range(4):
            told = self.explained("orders", "--from", "c")["ways"][0][0]["decision"]
            self.assertEqual(self.explained("orders", "--from", "c")["ways"][0][0]["decision"],
                             told)
            sender.send(Message(body=i))
            self.wait_until(lambda: sum(r.count for r in receivers) == i + 1, "the message")
        self.assertEqual([r.count for r in receivers], [2, 2])

    def test_the_receivers_side(self):
        self.receiver(self.last, "orders", credit=10)
        answer = self.explained("orders", "--from", "c", "--as", "receiver")
        self.assertIn("Nobody sends to orders", answer["verdict"])
        self.sender(self.first, "orders")
        answer = self.explained("orders", "--from", "c", "--as", "receiver")
        self.assertTrue(answer["flows"], answer["verdict"])
        self.assertIn("from senders at router a arrive at router c", answer["verdict"])

    def test_a_parted_mesh(self):
        self.receiver(self.last, "orders", credit=10)
        self.sender(self.first, "orders")
        self.kill(self.by_id["b"])
        self.wait_for_routers(self.by_id["a"], {"a"})
        answer = self.explained("orders")
        self.assertFalse(answer["flows"])
        self.assertIn("it has lost the way to b, c", answer["verdict"])

    def test_top_shows_all_routers_and_who_is_slow(self):
        self.receiver(self.last, "orders", credit=0)
        self.sender(self.first, "orders").send(Message(body="x"))
        self.wait_until(lambda: self.explained("orders")["ways"][0][-1]["waiting"] == 1,
                        "the message to wait at c")
        status, text = self.ask("--once", command="top")
        self.assertEqual(status, 0, text)
        routers, addresses, links = text.split("\n\n")[:3]
        self.assertEqual([line.split()[0] for line in routers.splitlines()[3:]], ["a", "b", "c"])
        self.assertRegex(addresses, r"(?m)^  orders +\d+ +\d+ +1 +0$")
        self.assertRegex(links, r"(?m)^  a +\d+ +\d+ +in +orders +1 ")
        status, text = self.ask("--once", "--json", command="top")
        self.assertEqual([router["router"] for router in json.loads(text)], ["a", "b", "c"])

    def test_what_can_not_be_asked(self):
        for arguments in ((), ("orders", "--as", "both"), ("/",), ("a", "b")):
            with self.subTest(arguments):
                status, text = self.ask(*arguments)
                self.assertEqual((status, len(text.splitlines())), (1, 1), text)


class Unavailable(mesh.MeshTest):
    def test_a_rule_makes_an_address_unavailable(self):
        router = self.router(addresses=SECRET)
        done = subprocess.run([harness.binary("weft"), "why", "secret", "-b",
                               f"127.0.0.1:{router.port}"], capture_output=True, text=True,
                              timeout=harness.TIMEOUT)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("unavailable at router r1 by the rule 'secret'", done.stdout)


if __name__ == "__main__":
    harness.main()
