"""Transactions where addresses name several brokers: the router is the coordinator, and leads each
transaction to the broker of the first queue that a part of it goes to."""
from proton import Delivery, Message, uint
from proton.handlers import MessagingHandler, TransactionHandler
from proton.reactor import Container

import harness
import raw
import transactions
from broker_daemon import BrokerTest
from mesh import MeshTest

CONTAINERS = {"name": "brokers", "port": 0, "role": "route-container"}
ADDRESSES = [{"address": name, "type": "queue", "brokers": ["b1"]} for name in ("in", "out")] + [
    {"address": "parts", "type": "queue", "brokers": ["b2"]}]
ROLLBACK = "amqp:transaction:rollback"


class Mover(MessagingHandler, TransactionHandler):
    """A client of python-proton as its users write them: sends to a queue in one transaction."""

    def __init__(self, url, address, count, fails=False):
        super().__init__()
        self.url, self.address, self.count, self.fails = url, address, count, fails
        self.heard = []

    def on_start(self, event):
        self.connection = event.container.connect(self.url, reconnect=False)
        event.container.declare_transaction(self.connection, handler=self)

    def on_transaction_declared(self, event):
        self.transaction = event.transaction
        self.sender = event.container.create_sender(self.connection, self.address)

    def on_sendable(self, event):
        if event.link.name == "txn-ctrl" or self.count == 0:
            return
        for i in range(self.count):
            self.transaction.send(event.sender, Message(body=i))
        self.count = 0
        self.transaction.abort() if self.fails else self.transaction.commit()

    def on_transaction_committed(self, event):
        self.end("committed")

    def on_transaction_aborted(self, event):
        self.end("aborted")

    def on_transaction_commit_failed(self, event):
        self.end("commit failed")

    def on_transaction_declare_failed(self, event):
        self.end("declare failed")

    def on_link_error(self, event):
        self.end(event.link.remote_condition.description)

    def end(self, word):
        self.heard.append(word)
        self.connection.close()


class SeveralBrokers(BrokerTest, MeshTest):
    def setUp(self):
        """The routers a and c, and a broker at each: b1 at a, b2 at c."""
        super().setUp()
        # One of them with several loops: clients are on others than brokers there.
        a = self.mesh_router("a", {}, router={"workerThreads": 1}, addresses=ADDRESSES,
                             more=[dict(CONTAINERS)])
        c = self.mesh_router("c", {a: 1}, router={"workerThreads": 3}, addresses=ADDRESSES,
                             more=[dict(CONTAINERS)])
        self.nodes = {"a": a, "c": c}
        self.wait_for_routers(a, set(self.nodes))
        self.wait_for_routers(c, set(self.nodes))
        self.stores = {name: self.broker({"id": name}, connectors=[
            {"name": "router", "port": node.ports["brokers"]}])
            for name, node in (("b1", a), ("b2", c))}
        for node in self.nodes.values():
            for queue in ("in", "out", "parts"):
                self.reach(node, queue)

    def reach(self, node, queue):
        """Its broker can be reached by links that are passed on."""
        broker = "b2" if queue == "parts" else "b1"
        self.attach_again(self.connect(node), f"$broker/{broker}/{queue}")

    def attach_again(self, peer, address):
        """A sender, as soon as the routers know of its broker."""
        tries = []

        def attached():
            if not tries or tries[-1].detached:
                tries.append(peer.sender(address))
            return tries[-1].attached and not tries[-1].detached and tries[-1].credit > 0
        self.wait_until(attached, f"a way to {address}")
        return tries[-1]

    def begin(self, node):
        peer = self.connect(node)
        return peer, transactions.Control(self, peer)

    def depth(self, queue):
        return self.queue(self.stores["b2" if queue == "parts" else "b1"], queue)["messages"]

    def states(self, *sent):
        self.wait_until(lambda: all(one.settled for one in sent), "the states")
        return [one.state for one in sent]

    def test_the_first_queue_decides_which_broker_has_it(self):
        expected = {"out": 0, "parts": 0}
        for node in self.nodes.values():
            peer, control = self.begin(node)
            for queue in expected:
                link = self.sender(peer, queue)
                for fail in (True, False):
                    transaction = control.declare()
                    sent = [transactions.send(link, transaction, Message(body=i))
                            for i in range(3)]
                    self.assertEqual(self.states(*sent), [transactions.TRANSACTIONAL] * 3)
                    self.assertEqual(sent[0].delivery.remote.data[0], transaction)
                    self.assertEqual(self.depth(queue), expected[queue])
                    self.assertIsNone(control.end(transaction, fail))
                    expected[queue] += 0 if fail else 3
                    self.assertEqual(self.depth(queue), expected[queue])

    def test_who_commits_at_once_commits_all_that_went_before(self):
        for node in self.nodes.values():
            peer, control = self.begin(node)
            link = self.sender(peer, "parts")
            before = self.depth("parts")
            transaction = control.declare()
            sent = [transactions.send(link, transaction, Message(body=i)) for i in range(50)]
            self.assertIsNone(control.end(transaction))
            self.assertEqual(self.states(*sent), [transactions.TRANSACTIONAL] * 50)
            self.assertEqual(self.depth("parts"), before + 50)

    def test_what_is_acknowledged_and_sent_is_one_commit(self):
        self.put(self.sender(self.connect(self.nodes["a"]), "in"),
                 *(Message(body=i) for i in range(4)))
        peer, control = self.begin(self.nodes["c"])
        takes = self.receiver(peer, "in", credit=4)
        out = self.sender(peer, "out")
        taken = self.take(takes, 4)
        for fail in (True, False):
            transaction = control.declare()
            for received in taken:
                transactions.say(received, transaction)
            last = transactions.send(out, transaction, Message(body=fail))
            self.assertEqual(self.states(last), [transactions.TRANSACTIONAL])
            self.assertIsNone(control.end(transaction, fail))
        self.assertEqual((self.depth("in"), self.depth("out")), (0, 1))
        self.wait_until(lambda: all(r.delivery.settled for r in taken), "the settlement")

    def test_a_second_broker_is_refused(self):
        for node in self.nodes.values():
            peer, control = self.begin(node)
            out, parts = self.sender(peer, "out"), self.sender(peer, "parts")
            for fail in (True, False):
                transaction = control.declare()
                first = transactions.send(out, transaction, Message(body=1))
                self.assertEqual(self.states(first), [transactions.TRANSACTIONAL])
                second = transactions.send(parts, transaction, Message(body=2))
                self.assertEqual(self.states(second), [Delivery.REJECTED])
                self.assertEqual(second.condition.name, ROLLBACK)
                self.assertIn("this one is at 'b1', and a part of it goes to an address of 'b2'",
                              second.condition.description)
                more = transactions.send(out, transaction, Message(body=3))
                self.assertEqual(self.states(more), [Delivery.REJECTED])
                end = control.end(transaction, fail)
                if fail:
                    self.assertIsNone(end)
                else:
                    self.assertEqual(end[0], ROLLBACK)
                    self.assertIn("'b2'", end[1])
            # The links go on, each with transactions of its own broker.
            for link in (out, parts):
                transaction = control.declare()
                self.states(transactions.send(link, transaction, Message(body=4)))
                self.assertIsNone(control.end(transaction))
        self.assertEqual((self.depth("out"), self.depth("parts")), (2, 2))

    def test_one_without_parts_and_unknown_ones_need_no_broker(self):
        peer, control = self.begin(self.nodes["a"])
        for fail in (True, False):
            self.assertIsNone(control.end(control.declare(), fail))
        self.assertEqual(control.end(b"nobody")[0], "amqp:transaction:unknown-id")
        sent = transactions.send(self.sender(peer, "out"), b"nobody", Message(body=1))
        self.assertEqual(self.states(sent), [Delivery.REJECTED])
        self.assertEqual(sent.condition.name, "amqp:transaction:unknown-id")

    def test_what_came_before_the_coordinator_has_no_part(self):
        for node in self.nodes.values():
            self.put(self.sender(self.connect(node), "in"), Message(body=1))
            peer = self.connect(node)
            out = self.sender(peer, "out")
            received = self.take(self.receiver(peer, "in", credit=1), 1)[0]
            control = transactions.Control(self, peer)
            transaction = control.declare()
            sent = transactions.send(out, transaction, Message(body=1))
            self.assertEqual(self.states(sent), [transactions.TRANSACTIONAL])
            transactions.say(received, transaction, settled=True)
            end = control.end(transaction)
            self.assertEqual(end[0], ROLLBACK)
            self.assertIn("attach that before messages are received", end[1])
            self.put(out, Message(body=2))  # it works as before
            again = self.take(self.receiver(self.connect(node), "in", credit=1), 1)[0]
            again.accept()
            self.wait_until(lambda: self.depth("in") == 0, "the acknowledgement")
        self.assertEqual(self.depth("out"), 2)

    def test_one_that_takes_part_when_it_has_begun_holds_up_nobody(self):
        for node in self.nodes.values():
            self.put(self.sender(self.connect(node), "out"), Message(body=0))
            peer = raw.Peer(node.port, self.wait_until).handshake()
            self.addCleanup(peer.drop)
            peer.attach(raw.SENDER, "out")
            peer.send(raw.composite(raw.ATTACH, "control", uint(1), raw.SENDER, None, None,
                                    raw.composite(0x28), raw.composite(0x30), None, None, uint(0)))
            peer.expect(raw.ATTACH)
            message = raw.body(bytes(100_000))
            peer.send(raw.transfer(0, more=True), message[:10_000])
            for at in range(10_000, 90_000, 10_000):
                peer.send(raw.transfer(more=True), message[at:at + 10_000])
            peer.send(raw.transfer(state=raw.composite(transactions.TRANSACTIONAL, b"none")),
                      message[90_000:])
            self.assertEqual(peer.expect(raw.DISPOSITION).field(4).descriptor, 0x25)
            peer.send(raw.transfer(1), raw.body(b"next"))
            self.put(self.sender(self.connect(node), "out"), Message(body=2))
        self.wait_until(lambda: self.depth("out") == 6, "all that is no part of a transaction")

    def test_a_session_has_one_link_to_its_coordinator(self):
        peer, control = self.begin(self.nodes["a"])
        second = peer.sender(None, coordinator=True)
        self.wait_until(lambda: second.detached, "the refusal")
        self.assertEqual(second.condition.name, "amqp:not-allowed")
        self.assertIsNone(control.end(control.declare()))

    def test_a_lost_broker_rolls_back(self):
        for node in self.nodes.values():
            peer, control = self.begin(node)
            out = self.attach_again(peer, "out")
            transaction = control.declare()
            self.states(transactions.send(out, transaction, Message(body=1)))
            self.kill(self.stores["b1"])
            self.wait_until(lambda: out.detached, "the loss")
            self.assertEqual(control.end(transaction)[0], ROLLBACK)
            parts = self.sender(peer, "parts")
            transaction = control.declare()
            self.states(transactions.send(parts, transaction, Message(body=2)))
            self.assertIsNone(control.end(transaction))
            self.stores["b1"].start()
            out = self.attach_again(peer, "out")
            transaction = control.declare()
            self.states(transactions.send(out, transaction, Message(body=3)))
            self.assertIsNone(control.end(transaction))
        self.assertEqual((self.depth("out"), self.depth("parts")), (2, 2))

    def test_a_lost_client_rolls_back(self):
        self.put(self.sender(self.connect(self.nodes["a"]), "in"), Message(body=1))
        peer, control = self.begin(self.nodes["c"])
        received = self.take(self.receiver(peer, "in", credit=1), 1)[0]
        transaction = control.declare()
        transactions.say(received, transaction, settled=True)
        self.states(transactions.send(self.sender(peer, "out"), transaction, Message(body=1)))
        peer.drop(reset=True)
        again = self.take(self.receiver(self.connect(self.nodes["a"]), "in", credit=1), 1)[0]
        self.assertEqual(again.body, 1)
        self.assertEqual((self.depth("in"), self.depth("out")), (1, 0))

    def test_clients_of_python_proton(self):
        for name, queue in (("a", "out"), ("a", "parts"), ("c", "out")):
            before = self.depth(queue)
            for fails in (True, False):
                mover = Mover(self.nodes[name].url, queue, 5, fails)
                Container(mover).run()
                self.assertEqual(mover.heard, ["aborted" if fails else "committed"])
            self.assertEqual(self.depth(queue), before + 5)

    def test_clients_of_rhea(self):
        heard = harness.run_rhea("transactions", "tcp", self.nodes["c"].ports["clients"])
        self.assertEqual(heard, {"aborted": "accepted", "committed": "accepted",
                                 "second": "rejected", "condition": ROLLBACK,
                                 "failed": ROLLBACK})
        self.assertEqual((self.depth("out"), self.depth("parts")), (2, 0))


if __name__ == "__main__":
    harness.main()
