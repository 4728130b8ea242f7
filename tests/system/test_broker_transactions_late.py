"""Transactions of clients that attach their links first and declare then, as the examples that come
with python-proton do: at a broker, through one router with one loop and with several, through two."""
from unittest import mock

from proton import Delivery, Message
from proton.handlers import MessagingHandler, TransactionHandler
from proton.reactor import Container

import harness
import transactions
from broker_daemon import BrokerTest
from mesh import MeshTest

CONTAINERS = {"name": "brokers", "port": 0, "role": "route-container"}
QUEUES = [{"address": name, "type": "queue", "brokers": ["b1"]} for name in ("in", "out")]
PARTS = {"address": "parts", "type": "queue", "brokers": ["b2"]}
FULL = {"address": "full", "type": "queue", "brokers": ["b1"], "maxMessages": 1}
UNCREDITED_MOST = 30  # seconds that a router waits for that credit (RoutedList::kCreditMax)
SHARED = {"address": "shared", "type": "queue", "brokers": ["b1", "b2"]}


class Client(MessagingHandler, TransactionHandler):
    """Ends after its transactions, of `batch` messages each, as `ends` says: committed or not."""

    def __init__(self, url, address, batch, ends, **options):
        super().__init__(**options)
        self.url, self.address, self.batch, self.ends = url, address, batch, list(ends)
        self.heard, self.transaction, self.done = [], None, 0

    def on_start(self, event):
        self.container = event.container
        self.connection = self.container.connect(self.url, reconnect=False)
        self.limit = self.container.schedule(harness.TIMEOUT, self)
        self.attach()
        self.container.declare_transaction(self.connection, handler=self)

    def on_transaction_declared(self, event):
        self.transaction = event.transaction
        self.begin()

    def finish_one(self):
        """One more message has a part in the transaction."""
        self.done += 1
        if self.done < self.batch:
            return
        self.done, transaction, self.transaction = 0, self.transaction, None
        transaction.commit() if self.ends.pop(0) else transaction.abort()

    def next(self, word):
        self.heard.append(word)
        if self.ends:
            self.container.declare_transaction(self.connection, handler=self)
        else:
            self.end()

    def end(self):
        self.limit.cancel()
        self.connection.close()

    def on_timer_task(self, event):
        self.heard.append(f"nothing more in {harness.TIMEOUT} s")
        self.connection.close()

    def on_transaction_committed(self, event):
        self.next("committed")

    def on_transaction_aborted(self, event):
        self.next("aborted")

    def on_transaction_commit_failed(self, event):
        self.next("commit failed")

    def on_transaction_declare_failed(self, event):
        self.next("declare failed")

    def on_link_error(self, event):
        self.heard.append(event.link.remote_condition.description)
        self.end()


class Sends(Client):
    """As tx_send.py."""

    def attach(self):
        self.sender = self.container.create_sender(self.connection, self.address)

    def begin(self):
        self.send()

    def on_sendable(self, event):
        self.send()

    def send(self):
        while self.transaction and self.sender.credit:
            self.transaction.send(self.sender, Message(body=self.done))
            self.finish_one()


class Receives(Client):
    """As tx_recv.py, which gives credit by hand; or with credit from the start."""

    def __init__(self, url, address, batch, ends, prefetch):
        super().__init__(url, address, batch, ends, prefetch=prefetch, auto_accept=False)
        self.by_hand, self.early = prefetch == 0, []

    def attach(self):
        self.receiver = self.container.create_receiver(self.connection, self.address)

    def begin(self):
        if self.by_hand:
            self.receiver.flow(self.batch)
        early, self.early = self.early, []
        for delivery in early:
            self.accept_one(delivery)

    def on_message(self, event):
        self.accept_one(event.delivery)

    def accept_one(self, delivery):
        if self.transaction is None:
            self.early.append(delivery)
            return
        self.transaction.accept(delivery)
        self.finish_one()


class LateTransactions(BrokerTest, MeshTest):
    def broker_at(self, node, name="b1"):
        return self.broker({"id": name}, connectors=[
            {"name": "router", "port": node.ports["brokers"]}])

    def attach_again(self, peer, address):
        """A sender, as soon as there is a way to its broker."""
        tries = []

        def attached():
            if not tries or tries[-1].detached:
                tries.append(peer.sender(address))
            return tries[-1].attached and not tries[-1].detached and tries[-1].credit > 0
        self.wait_until(attached, f"a way to {address}")

    def one_router(self, loops, addresses=QUEUES):
        node = self.router(addresses=addresses, router={"workerThreads": loops},
                           listeners=[dict(CONTAINERS)])
        return node, self.ready(node, self.broker_at(node))

    def two_routers(self, loops, addresses=QUEUES):
        """The client's, and the broker's."""
        a = self.mesh_router("a", {}, router={"workerThreads": loops}, addresses=addresses)
        b = self.mesh_router("b", {a: 1}, router={"workerThreads": loops}, addresses=addresses,
                             more=[dict(CONTAINERS)])
        for node in (a, b):
            self.wait_for_routers(node, {"a", "b"})
        return a, self.ready(a, self.broker_at(b))

    def ready(self, node, store):
        """The broker can be reached, by messages and by links that are passed on."""
        for queue in ("in", "out"):
            peer = self.connect(node)
            self.attach_again(peer, queue)
            self.attach_again(peer, f"$broker/b1/{queue}")
            peer.drop()
        return store

    def depths(self, store):
        return tuple(self.queue(store, name)["messages"] for name in ("in", "out"))

    def run_client(self, client):
        Container(client).run()
        return client.heard

    def works(self, node, store):
        """What the examples do."""
        sends = Sends(node.url, "out", 5, [True, False, True])
        self.assertEqual(self.run_client(sends), ["committed", "aborted", "committed"])
        self.assertEqual(self.depths(store), (0, 10))
        # More than a link has credit for at once.
        self.assertEqual(self.run_client(Sends(node.url, "out", 600, [False, True])),
                         ["aborted", "committed"])
        self.assertEqual(self.depths(store), (0, 610))
        self.put(self.sender(self.connect(node), "in"), *(Message(body=i) for i in range(40)))
        takes = Receives(node.url, "in", 5, [True, False, True], prefetch=0)
        self.assertEqual(self.run_client(takes), ["committed", "aborted", "committed"])
        self.wait_until(lambda: self.depths(store) == (30, 610), "what was not committed")
        takes = Receives(node.url, "in", 5, [True, False, True], prefetch=10)
        self.assertEqual(self.run_client(takes), ["committed", "aborted", "committed"])
        self.wait_until(lambda: self.depths(store) == (20, 610), "what was not committed")

    def test_at_a_broker(self):
        store = self.broker({"id": "b1", "autoCreate": True})
        for queue in ("in", "out"):
            self.sender(self.connect(store), queue)
        self.works(store, store)

    def test_through_one_router(self):
        self.works(*self.one_router(1))

    def test_through_one_router_of_four_loops(self):
        self.works(*self.one_router(4))

    def test_through_two_routers(self):
        self.works(*self.two_routers(1))

    def test_through_two_routers_of_four_loops(self):
        self.works(*self.two_routers(4))

    def test_where_there_are_several_brokers(self):
        for loops in (1, 4):
            node, store = self.one_router(loops, addresses=QUEUES + [PARTS])
            self.broker_at(node, "b2")
            self.works(node, store)

    def test_what_was_sent_and_received_before_goes_on(self):
        for make in (self.one_router, self.two_routers):
            for loops in (1, 4):
                for more in ([], [PARTS]):
                    node, store = make(loops, addresses=QUEUES + more)
                    self.goes_on(node, store, is_coordinated=bool(more))

    def goes_on(self, node, store, is_coordinated):
        """Links that are busy when the coordinator's comes: their deliveries of before stay as they
        are, and later ones have a part."""
        self.put(self.sender(self.connect(node), "in"), *(Message(body=i) for i in range(6)))
        peer = self.connect(node)
        out, takes = self.sender(peer, "out"), self.receiver(peer, "in", credit=3)
        before = self.take(takes, 3)
        sent = [out.send(Message(body=i)) for i in range(20)]
        control = transactions.Control(self, peer)
        sent += [out.send(Message(body=i)) for i in range(20)]
        transaction = control.declare()
        part = transactions.send(out, transaction, Message(body="part"))
        self.wait_until(lambda: all(one.settled for one in [*sent, part]), "the states")
        self.assertEqual({one.state for one in sent}, {Delivery.ACCEPTED})
        self.assertEqual(part.state, transactions.TRANSACTIONAL)
        takes.grant(3)
        later = self.take(takes, 3)
        self.assertEqual([one.body for one in before + later], list(range(6)))
        for one in later:
            transactions.say(one, transaction)
        before[0].accept()
        before[1].settle(Delivery.RELEASED)
        self.wait_until(lambda: self.depths(store) == (5, 40), "what is no part")
        self.assertIsNone(control.end(transaction))
        self.wait_until(lambda: self.depths(store) == (2, 41), "the commit")
        # What came before has no part.
        transaction = control.declare()
        part = transactions.send(out, transaction, Message(body="part"))
        self.wait_until(lambda: part.settled, "its state")
        transactions.say(before[2], transaction, settled=True)
        self.assertEqual(control.end(transaction)[0], "amqp:transaction:rollback")
        if not is_coordinated:
            self.wait_until(lambda: takes.detached, "the refusal")
            self.assertEqual(takes.condition.name, "amqp:transaction:unknown-id")
            self.assertIn("attach that before messages are received", takes.condition.description)
        self.wait_until(lambda: self.depths(store) == (2, 41), "the rollback")

    # --- a commit behind parts that have no credit -----------------------------------------------

    def uncredited(self):
        """The router; a link with a part of a transaction for which its broker gives no credit, for
        its queue is full; the discharge, which commits, and the link that it went on."""
        node, _ = self.one_router(1, addresses=[*QUEUES, FULL])
        peer = self.connect(node)
        link = self.sender(peer, "full")
        self.put(self.sender(self.connect(node), "full"), Message(body="first"))
        control = transactions.Control(self, peer)
        transaction = control.declare()
        self.assertGreater(link.credit, 0)  # of before, the router's
        transactions.send(link, transaction, Message(body="part"))
        done = control.discharge(transaction)
        self.settle_down(self.connect(node))
        self.assertFalse(done.settled)
        return node, link, done, control.link

    def test_a_commit_goes_on_once_its_parts_have_credit(self):
        node, link, done, _ = self.uncredited()
        receiver = self.receiver(self.connect(node), "full", credit=1, accepts=True)
        self.wait_until(lambda: done.settled, "the commit")
        self.assertEqual(done.state, Delivery.ACCEPTED)
        self.wait_until(lambda: receiver.bodies == ["first", "part"], "both")
        self.assertFalse(link.detached)

    def test_a_commit_does_not_wait_for_credit_for_ever(self):
        node, link, done, control = self.uncredited()
        self.enterContext(mock.patch.object(harness, "TIMEOUT", 2 * UNCREDITED_MOST))
        self.wait_until(lambda: link.detached and control.detached, "the end of the wait")
        for ended in (link, control):
            self.assertEqual(ended.condition.name, "amqp:transaction:rollback")
            self.assertIn(f"no credit for {UNCREDITED_MOST} seconds", ended.condition.description)
        self.assertFalse(done.settled)
        self.assertIn('weft_routed_links_ended_total{reason="uncredited"} 1',
                      self.page(node, "/metrics")[1])
        receiver = self.receiver(self.connect(node), "full", credit=10, accepts=True)
        self.wait_until(lambda: receiver.bodies == ["first"], "what was there before")
        self.put(self.sender(self.connect(node), "full"), Message(body="after"))
        self.wait_until(lambda: receiver.bodies == ["first", "after"], "no part")

    def test_what_several_brokers_keep_is_refused(self):
        for loops in (1, 4):
            node, store = self.one_router(loops, addresses=QUEUES + [SHARED])
            self.broker_at(node, "b2")
            peer = self.connect(node)
            self.attach_again(self.connect(node), "shared")
            link = self.sender(peer, "shared")
            control = transactions.Control(self, peer)
            transaction = control.declare()
            part = transactions.send(link, transaction, Message(body=1))
            self.wait_until(lambda: part.settled, "its state")
            self.assertEqual(part.state, Delivery.REJECTED)
            self.assertIn("attach to its part, as in '$broker/b1/shared'", part.condition.description)
            self.assertEqual(control.end(transaction)[0], "amqp:transaction:rollback")
            self.put(link, Message(body=2))  # it works as before


if __name__ == "__main__":
    harness.main()
