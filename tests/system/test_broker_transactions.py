"""Transactions at weft-broker: of python-proton, over kills, and what is refused."""
import os
import random
import re
import time

from proton import Delivery, Message, symbol
from proton.handlers import MessagingHandler, TransactionHandler
from proton.reactor import Container

import harness
import raw
import transactions
from broker_daemon import BrokerTest

ROUNDS = 10
WORKERS = 4
TAKEN = 2  # messages that a transaction takes from "in", of each of which it makes one of "a"
SEED = int(os.environ.get("WEFT_SEED", random.randrange(1 << 30)))


class Mover(MessagingHandler, TransactionHandler):
    """Moves messages from one queue to another, so many in a transaction; each third one is aborted
    at first. As python-proton has it, for whoever uses it."""

    BATCH = 5

    def __init__(self, url, count):
        super().__init__(prefetch=0, auto_accept=False)
        self.url = url
        self.left = count
        self.numbers = 0
        self.aborted = 0
        self.moved = []  # of the transaction
        self.transaction = None
        self.failures = []

    def on_start(self, event):
        self.container = event.container
        self.connection = event.container.connect(self.url, reconnect=False)
        self.receiver = event.container.create_receiver(self.connection, "in")
        self.sender = event.container.create_sender(self.connection, "out")
        self.container.declare_transaction(self.connection, handler=self)

    def on_transaction_declared(self, event):
        self.transaction = event.transaction
        self.numbers += 1
        self.receiver.flow(self.BATCH)

    def on_message(self, event):
        self.transaction.send(self.sender, Message(body=event.message.body))
        self.transaction.accept(event.delivery)
        self.moved.append(event.message.body)
        if len(self.moved) == self.BATCH:
            if self.numbers % 3 == 1:
                self.transaction.abort()
            else:
                self.transaction.commit()

    def on_transaction_aborted(self, event):
        self.aborted += 1
        self.next(event, 0)

    def on_transaction_committed(self, event):
        self.next(event, len(self.moved))

    def next(self, event, done):
        self.left -= done
        self.moved = []
        if self.left > 0:
            self.container.declare_transaction(self.connection, handler=self)
        else:
            self.connection.close()

    def on_transaction_commit_failed(self, event):
        self.fail(event, "commit")

    def on_transaction_declare_failed(self, event):
        self.fail(event, "declare")

    def on_transport_error(self, event):
        self.fail(event, "transport")

    def fail(self, event, what):
        self.failures.append((what, str(event.transport.condition)))
        self.connection.close()

    def run(self):
        container = Container(self)
        container.timeout = harness.POLL
        container.start()
        deadline = time.monotonic() + harness.TIMEOUT
        while container.process():
            assert time.monotonic() < deadline, "python-proton was not done in time"
        container.stop()


class Transactions(BrokerTest):
    def setUp(self):
        super().setUp()
        self.node = self.broker({"autoCreate": True})

    def control(self):
        """A connection, and its link to the coordinator."""
        peer = self.connect(self.node)
        return peer, transactions.Control(self, peer)

    def depth(self, name):
        return self.queue(self.node, name)["messages"]

    def metric(self, name):
        status, page = self.page(self.node, "/metrics")
        self.assertEqual(status, 200)
        return int(re.search(rf"^{name} (\d+)$", page, re.M)[1])

    def test_python_proton_moves_messages_in_transactions(self):
        self.put(self.sender(self.connect(self.node), "in"), *(Message(body=i) for i in range(20)))
        mover = Mover(self.node.url, 20)
        mover.run()
        self.assertEqual(mover.failures, [])
        self.assertEqual((mover.left, mover.aborted), (0, 2))
        self.assertEqual((self.depth("in"), self.depth("out")), (0, 20))
        receiver = self.receiver(self.connect(self.node), "out", credit=50)
        self.assertEqual(sorted(r.body for r in self.take(receiver, 20)), list(range(20)))

    def test_nothing_is_seen_before_the_commit_and_all_of_it_after(self):
        peer, control = self.control()
        first, second = self.sender(peer, "a"), self.sender(peer, "b")
        watcher = self.receiver(self.connect(self.node), "a", credit=10)
        transaction = control.declare()
        sent = [transactions.send(sender, transaction, Message(body=i))
                for i in range(3) for sender in (first, second)]
        self.wait_until(lambda: all(one.settled for one in sent), "the states")
        self.assertEqual({one.state for one in sent}, {transactions.TRANSACTIONAL})
        self.assertEqual((self.depth("a"), self.depth("b"), watcher.count), (0, 0, 0))
        self.assertEqual(self.metric("weft_transactions_open"), 1)
        self.assertGreater(self.metric("weft_transactions_bytes"), 0)
        self.assertIsNone(control.end(transaction))
        self.assertEqual(sorted(r.body for r in self.take(watcher, 3)), [0, 1, 2])
        self.assertEqual(self.depth("b"), 3)
        self.assertEqual(self.metric("weft_transactions_open"), 0)
        self.assertEqual(self.metric("weft_transactions_bytes"), 0)
        self.assertEqual(self.metric("weft_transactions_committed_total"), 1)

    def test_sessions_of_a_connection_share_a_transaction(self):
        peer, control = self.control()
        transaction = control.declare()
        peer.session = peer.connection.session()
        peer.session.open()
        sent = transactions.send(self.sender(peer, "a"), transaction, Message(body=1))
        self.wait_until(lambda: sent.settled, "the state")
        self.assertIsNone(control.end(transaction))
        self.assertEqual(self.depth("a"), 1)

    def test_a_large_transaction(self):
        peer, control = self.control()
        sender = self.sender(peer, "a")
        transaction = control.declare()
        sent = []

        def all_sent():
            while sender.credit > len(sender.queue) and len(sent) < 3000:
                sent.append(transactions.send(sender, transaction, Message(body="x" * 1000)))
            return len(sent) == 3000 and all(one.settled for one in sent)
        self.wait_until(all_sent, "the states")
        self.assertIsNone(control.end(transaction))
        self.assertEqual(self.depth("a"), 3000)
        self.kill(self.node)
        self.node.start()
        self.assertEqual(self.depth("a"), 3000)

    def test_a_rollback_leaves_acquired_what_was(self):
        self.put(self.sender(self.connect(self.node), "in"), *(Message(body=i) for i in range(2)))
        peer, control = self.control()
        receiver = self.receiver(peer, "in", credit=2)
        kept, settled = self.take(receiver, 2)
        transaction = control.declare()
        transactions.say(kept, transaction)
        transactions.say(settled, transaction, settled=True)
        self.assertIsNone(control.end(transaction, fail=True))
        row = self.queue(self.node, "in")
        self.assertEqual((row["messages"], row["unsettled"], row["failed"]), (2, 1, 1))
        kept.accept()
        self.wait_until(lambda: self.depth("in") == 1, "one less")
        again = self.take(self.receiver(peer, "in", credit=2), 1)[0]
        self.assertEqual((again.body, again.message.delivery_count), (1, 1))

    def test_a_lost_connection_rolls_back(self):
        self.put(self.sender(self.connect(self.node), "in"), Message(body=1))
        peer, control = self.control()
        received = self.take(self.receiver(peer, "in", credit=1), 1)[0]
        transaction = control.declare()
        transactions.say(received, transaction, settled=True)
        sent = transactions.send(self.sender(peer, "a"), transaction, Message(body=1))
        self.wait_until(lambda: sent.settled, "the state")
        peer.drop(reset=True)
        again = self.take(self.receiver(self.connect(self.node), "in", credit=1), 1)[0]
        self.assertEqual((again.body, again.message.delivery_count), (1, 1))
        self.assertEqual(self.depth("a"), 0)
        self.assertEqual(self.metric("weft_transactions_abandoned_total"), 1)

    def test_a_full_queue_rejects_the_discharge_and_says_why(self):
        peer, control = self.control()

        def small(link):
            link.properties = {symbol("weft.address"): {
                "type": "queue", "maxMessages": 2, "overflow": "reject"}}
        sender = self.sender(peer, "small", wish=small)
        other = self.sender(peer, "other")
        transaction = control.declare()
        for i in range(3):
            transactions.send(sender, transaction, Message(body=i))
        transactions.send(other, transaction, Message(body=1))
        condition, why = control.end(transaction)
        self.assertEqual(condition, "amqp:transaction:rollback")
        self.assertIn("'small' is full", why)
        self.assertEqual((self.depth("small"), self.depth("other")), (0, 0))
        self.assertEqual(self.metric("weft_transactions_failed_total"), 1)

    def test_one_that_is_open_for_too_long_is_rolled_back(self):
        self.node = self.broker({"autoCreate": True, "transactionTimeoutSeconds": 1})
        peer, control = self.control()
        sender = self.sender(peer, "a")
        transaction = control.declare()
        transactions.send(sender, transaction, Message(body=1))
        self.wait_until(lambda: self.metric("weft_transactions_timed_out_total") == 1, "its end")
        condition, why = control.end(transaction)
        self.assertEqual(condition, "amqp:transaction:timeout")
        self.assertIn("transactionTimeoutSeconds", why)
        self.assertEqual(control.end(transaction)[0], "amqp:transaction:unknown-id")
        self.assertEqual(self.depth("a"), 0)

    def test_to_acquire_in_a_transaction_is_refused(self):
        peer = raw.Peer(self.node.port, self.wait_until)
        self.addCleanup(peer.drop)
        peer.handshake()
        peer.attach(raw.RECEIVER, "a")
        peer.send(raw.link_flow(1, properties={symbol("txn-id"): b"x"}))
        detach = peer.expect(raw.DETACH)
        self.assertIn("amqp:not-implemented", str(detach.field(2)))


class Worker:
    """Does transaction after transaction: takes from "in", sends to "a" and "b"."""

    def __init__(self, test, node, name):
        self.test = test
        peer = test.connect(node)
        self.peer = peer
        self.name = name
        self.control = transactions.Control(test, peer)
        self.takes = test.receiver(peer, "in", credit=TAKEN)
        self.a, self.b = test.sender(peer, "a"), test.sender(peer, "b")
        self.declared = self.discharged = None
        self.number = 0  # of its transactions
        self.ended = {}  # names of transactions, and how the broker said they ended

    @property
    def transaction(self):
        return f"{self.name}-{self.number}"

    def work(self):
        if self.peer.gone is not None:
            return
        if self.discharged:
            self.hear()
        elif self.declared is None:
            self.number += 1
            self.declared = self.control.ask(transactions.DECLARE, None)
        elif self.declared.settled and len(self.takes.received) >= TAKEN:
            self.fill(self.declared.delivery.remote.data[0])

    def fill(self, id):
        """Each third one is rolled back."""
        for received in self.takes.received:
            transactions.say(received, id, settled=True)
            transactions.send(self.a, id, Message(subject=self.transaction, body=received.body))
        transactions.send(self.b, id, Message(subject=self.transaction, body="done"))
        self.takes.received = []
        self.fail = self.number % 3 == 0
        self.discharged = self.control.discharge(id, self.fail)

    def hear(self):
        if self.discharged.settled:
            assert self.discharged.state == Delivery.ACCEPTED, self.discharged.condition
            self.ended[self.transaction] = "rolled back" if self.fail else "committed"
            self.declared = self.discharged = None
            self.takes.grant(TAKEN)


class TransactionCrash(BrokerTest):
    def test_a_transaction_is_there_whole_or_not_at_all(self):
        dice = random.Random(SEED)
        print(f"WEFT_SEED={SEED}", flush=True)
        node = self.broker({"autoCreate": True})
        ended, stock = {}, 0
        for i in range(ROUNDS):
            more = 150
            self.put(self.sender(self.connect(node), "in"),
                     *(Message(body=stock + n) for n in range(more)))
            stock += more
            workers = [Worker(self, node, f"{i}.{n}") for n in range(WORKERS)]
            goal = dice.randrange(1, 25)

            def enough():
                for worker in workers:
                    worker.work()
                return sum(len(worker.ended) for worker in workers) >= goal
            self.wait_until(enough, "transactions")
            self.kill(node)
            self.wait_until(lambda: all(worker.peer.gone for worker in workers), "the end")
            for worker in workers:
                if worker.discharged:
                    worker.hear()  # what the broker said before it died
                ended.update(worker.ended)
            node.start()
        self.check(node, ended, stock)

    def check(self, node, ended, stock):
        left = [r.body for r in self.all_of(node, "in")]
        a = [(r.message.subject, r.body) for r in self.all_of(node, "a")]
        b = [r.message.subject for r in self.all_of(node, "b")]
        self.assertEqual(len(b), len(set(b)))
        self.assertEqual(set(b), {name for name, _ in a})
        self.assertEqual(len(a), TAKEN * len(b))
        self.assertEqual(sorted(left + [body for _, body in a]), list(range(stock)))
        self.assertEqual({n for n, how in ended.items() if how == "committed"} - set(b), set())
        self.assertEqual({n for n, how in ended.items() if how == "rolled back"} & set(b), set())
        self.assertGreater(len(b), ROUNDS)

    def all_of(self, node, name):
        receiver = self.receiver(self.connect(node), name, credit=250, accepts=True)
        self.wait_until(lambda: self.queue(node, name)["messages"] == 0, "an empty queue")
        return receiver.received


if __name__ == "__main__":
    harness.main()
