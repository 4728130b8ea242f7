"""Fenced queues of weft-broker behind a router: who may write a key, and reading one."""
import subprocess

from proton import Delivery, Message, symbol, ulong

import harness
from broker_daemon import BrokerTest

ROWS = [{"address": "rows", "type": "queue", "brokers": ["b1"], "lastValueKey": "key", "fenced": True,
         "maxKeys": 3, "deadLetter": ""},
        {"address": "plain", "type": "queue", "brokers": ["b1"]}]


def row(key, epoch, owner, sequence, **more):
    return Message(properties={"key": key}, durable=True,
                   annotations={symbol("x-opt-fence"): [ulong(epoch), owner, ulong(sequence)]}, **more)


def keys(*wanted):
    """The source of a receiver that looks at the messages of those keys."""
    def wish(link):
        link.source.distribution_mode = link.source.DIST_MODE_COPY
        data = link.source.filter
        data.put_map()
        data.enter()
        data.put_symbol(symbol("last"))
        data.put_described()
        data.enter()
        data.put_ulong(0x0000576500000002)
        data.put_list()
        data.enter()
        for key in wanted:
            data.put_string(key)
        for _ in range(3):
            data.exit()
    return wish


class Fences(BrokerTest):
    def setUp(self):
        super().setUp()
        self.node = self.router(addresses=ROWS, listeners=[
            {"name": "brokers", "port": 0, "role": "route-container"}])
        self.store = self.broker(connectors=[
            {"name": "router", "port": self.node.ports["brokers"]}])
        self.rows = self.sender(self.connect(self.node), "rows")

    def write(self, message):
        """Sends it, again if nobody could judge it: the broker is away, or reads its fences."""
        sent = self.rows.send(message)

        def judged():
            nonlocal sent
            if sent.settled and sent.state == Delivery.RELEASED and self.rows.credit > 0:
                sent = self.rows.send(message)
            return sent.settled and sent.state != Delivery.RELEASED
        self.wait_until(judged, "the outcome")
        return sent

    def accepted(self, message):
        self.assertEqual(self.write(message).state, Delivery.ACCEPTED)

    def barred(self, message):
        """What is told of the fence that the key has."""
        sent = self.write(message)
        self.assertEqual(sent.state, Delivery.REJECTED)
        self.assertEqual(sent.condition.name, "amqp:precondition-failed")
        return {str(name): value for name, value in sent.condition.info.items()}

    def last(self, *wanted, address="rows"):
        """(status, lines) of `weft recv` that asks for those keys."""
        asked = [word for key in wanted for word in ("--last", key)]
        done = subprocess.run([harness.binary("weft"), "recv", address, *asked, "-b", self.node.url],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=harness.TIMEOUT)
        self.errors = done.stderr
        return done.returncode, done.stdout.splitlines()

    def test_who_took_a_key_over_alone_writes_it_also_over_a_kill(self):
        self.accepted(row("a", 1, "one", 1, body="a1"))
        self.accepted(row("a", 1, "one", 2, body="a2"))
        self.accepted(row("a", 1, "one", 2, body="a2"))  # it was sent again
        self.accepted(row("a", 2, "two", 1, body="taken over"))
        fence = {"epoch": 2, "owner": "two", "sequence": 1}
        self.assertEqual(self.barred(row("a", 1, "one", 3, body="late")), fence)
        self.kill(self.store)
        self.store.start()
        self.assertEqual(self.barred(row("a", 1, "one", 3, body="late")), fence)
        self.accepted(row("a", 2, "two", 2, body="mine"))
        self.assertEqual(self.last("a"), (0, ["mine"]))
        shown = self.queue(self.store, "rows")
        self.assertEqual((shown["messages"], shown["fencedOff"], shown["fenced"], shown["maxKeys"],
                          shown["deadLetter"]), (1, 1, True, 3, ""))

    def test_a_fenced_queue_says_what_it_lacks(self):
        for message, words in ((Message(properties={"key": "a"}), "x-opt-fence"),
                               (Message(annotations=row("a", 1, "one", 1).annotations), "lastValueKey")):
            sent = self.write(message)
            self.assertEqual((sent.state, sent.condition.name), (Delivery.REJECTED, "amqp:invalid-field"))
            self.assertIn(words, sent.condition.description)
        for key in "abc":
            self.accepted(row(key, 1, "one", 1))
        sent = self.write(row("d", 1, "one", 1))
        self.assertEqual((sent.state, sent.condition.name),
                         (Delivery.REJECTED, "amqp:resource-limit-exceeded"))
        self.assertIn("maxKeys", sent.condition.description)

    def test_keys_are_read_in_the_order_in_which_they_are_asked_for(self):
        for key in "ab":
            self.accepted(row(key, 1, "one", 1, body=key))
        reader = self.receiver(self.connect(self.node), "rows", wish=keys("b", "nothing", "a"))
        reader.drain(3)
        self.wait_until(lambda: not reader.draining, "the end")
        self.assertEqual(reader.bodies, ["b", "a"])
        self.assertEqual(self.last("b", "a"), (0, ["b", "a"]))
        self.assertEqual(self.last("a", "nothing"), (1, ["a"]))
        self.assertIn("1 of 2 keys have a message", self.errors)
        self.assertEqual(self.queue(self.store, "rows")["messages"], 2)
        self.assertEqual(self.last("a", address="plain")[0], 1)
        self.assertIn("lastValueKey", self.errors)

    def test_what_is_rejected_stays_where_no_dead_letters_go(self):
        self.accepted(row("a", 1, "one", 1, body="a"))
        receiver = self.receiver(self.connect(self.node), "rows", credit=1)
        self.take(receiver, 1)[0].settle(Delivery.REJECTED)
        self.wait_until(lambda: self.queue(self.store, "rows")["unsettled"] == 0, "its return")
        self.assertEqual(self.last("a"), (0, ["a"]))


if __name__ == "__main__":
    harness.main()
