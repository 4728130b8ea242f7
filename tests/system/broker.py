"""A small broker on python-proton: queues that keep what comes until somebody takes it.

It is driven as the clients of a test are (clients.py), dials a router or is dialled, and serves the
links that the router attaches.

    broker.py PORT CONTAINER    dials a listener of the role route-container, and serves until it ends
"""
import collections
import sys

from proton import Condition, Delivery, Described, Message, ulong

import clients


DECLARED, TRANSACTIONAL = 0x33, 0x34  # delivery states
DECLARE, DISCHARGE, ACCEPTED_CODE = 0x31, 0x32, 0x24


def described(code):
    return Described(ulong(code), [])


class Broker:
    """queues: by name what is kept, whole messages. refuses: queues that it has not.
    mute: attaches are not answered. committed: bodies of what transactions brought, in order."""

    def __init__(self, net, container="broker", **options):
        self.net = net
        self.queues = collections.defaultdict(collections.deque)
        self.refuses = set()
        self.mute = False
        self.answers_drains = True
        self.links = []
        self.transactions = {}  # by id, what each brought
        self.committed = []
        self.options = {"container": container, "on_link": self.on_link, **options}
        self.peers = []

    def dial(self, port):
        self.peers.append(self.net.connect(port, **self.options))
        return self.peers[-1]

    def listen(self):
        return self.net.listen(**self.options)

    def on_link(self, link):
        if link.is_receiver and link.remote_target.type == link.remote_target.COORDINATOR:
            served = Coordinator(self, link)
        else:
            served = Outlet(self, link) if link.is_sender else Intake(self, link)
        self.links.append(served)
        return served

    def depth(self, queue):
        return len(self.queues[queue])

    def serving(self, queue):
        """Its links that stand, to the queue and from it."""
        return [link for link in self.links if link.queue == queue and not link.detached
                and link.peer_of(self.net) is not None]


class Served(clients.Link):
    """A link that the router attached."""

    def __init__(self, broker, link):
        peer = next(p for p in broker.net.peers if p.connection == link.connection)
        super().__init__(peer, link)
        self.broker = broker
        self.by_tag = {}  # sent and not settled
        ours, theirs = ((link.source, link.remote_source) if link.is_sender else
                        (link.target, link.remote_target))
        self.queue = theirs.address
        self.told = dict(link.remote_properties or {}).get("weft.address")
        self.copies = link.is_sender and theirs.distribution_mode == theirs.DIST_MODE_COPY
        if theirs.dynamic:
            self.queue = f"made-up-{peer.next_number()}"
        if broker.mute:
            return
        if self.queue in broker.refuses:
            ours.type = ours.UNSPECIFIED
            link.condition = Condition("amqp:not-found", f"no queue {self.queue}")
            link.open()
            link.close()
            self.detached = True
            return
        link.source.copy(link.remote_source)
        link.target.copy(link.remote_target)
        ours.address = self.queue
        link.snd_settle_mode = link.remote_snd_settle_mode
        link.rcv_settle_mode = link.remote_rcv_settle_mode
        link.open()
        self.begin()

    def peer_of(self, net):
        return self.peer if self.peer.socket is not None else None

    def begin(self):
        pass

    def end(self, condition=None):
        """The broker detaches it."""
        if condition:
            self.link.condition = Condition(condition, "by the broker")
        self.link.close()
        self.detached = True


class Intake(Served):
    """Messages for a queue."""

    CREDIT = 100

    def begin(self):
        self.link.flow(self.CREDIT)

    def on_delivery(self, delivery):
        if delivery.aborted:
            delivery.settle()
            self.link.flow(1)
            return
        if not delivery.readable or delivery.partial:
            return
        message = self.link.recv(delivery.pending)
        self.link.advance()
        if delivery.remote_state == TRANSACTIONAL:
            transaction = delivery.remote.data[0]
            self.broker.transactions[transaction].append(message)
            delivery.local.data = [transaction, described(ACCEPTED_CODE)]
            delivery.update(TRANSACTIONAL)
            delivery.settle()
            return
        self.broker.queues[self.queue].append(message)
        delivery.update(Delivery.ACCEPTED)
        delivery.settle()
        self.link.flow(1)


class Coordinator(Served):
    """Declares and discharges transactions."""

    def begin(self):
        self.link.flow(10)

    def on_delivery(self, delivery):
        if not delivery.readable or delivery.partial:
            return
        message = Message()
        message.decode(self.link.recv(delivery.pending))
        self.link.advance()
        what = message.body.descriptor
        if what in ("amqp:declare:list", DECLARE):
            transaction = f"txn-{self.peer.next_number()}".encode()
            self.broker.transactions[transaction] = []
            delivery.local.data = [transaction]
            delivery.update(DECLARED)
        else:
            transaction, failed = message.body.value
            brought = self.broker.transactions.pop(transaction)
            if not failed:
                self.broker.committed += brought
            delivery.update(Delivery.ACCEPTED)
        delivery.settle()
        self.link.flow(1)


class Outlet(Served):
    """Messages from a queue: a message is gone once it is accepted, and comes again if not. Who
    browses gets a copy of each. flows: so often it was told of credit."""

    copied = 0
    flows = 0

    def feed(self):
        if self.detached:
            return
        queue = self.broker.queues[self.queue]
        if self.copies:  # once each, from the front
            queue = collections.deque(list(queue)[self.copied:])
        while queue and self.link.credit > 0:
            self.copied += 1
            tag = str(self.peer.next_number())
            self.by_tag[tag] = queue.popleft()
            self.link.delivery(tag)
            self.link.stream(self.by_tag[tag])
            self.link.advance()

    def on_flow(self):
        self.flows += 1
        self.feed()
        if self.link.drain_mode and self.broker.answers_drains:
            self.link.drained()

    def on_delivery(self, delivery):
        if not delivery.updated or delivery.tag not in self.by_tag:
            return
        message = self.by_tag.pop(delivery.tag)
        if not self.copies and delivery.remote_state not in (Delivery.ACCEPTED, Delivery.REJECTED):
            self.broker.queues[self.queue].appendleft(message)
        delivery.settle()

    def on_detached(self):
        super().on_detached()
        for message in reversed([] if self.copies else self.by_tag.values()):
            self.broker.queues[self.queue].appendleft(message)


def main():
    net = clients.Net()
    peer = Broker(net, sys.argv[2]).dial(int(sys.argv[1]))
    while not peer.gone:
        net.pump(1.0)


if __name__ == "__main__":
    main()
