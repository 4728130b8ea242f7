"""A small broker on python-proton: queues that keep what comes until somebody takes it.

It is driven as the clients of a test are (clients.py), dials a router or is dialled, and serves the
links that the router attaches.

    broker.py PORT CONTAINER    dials a listener of the role route-container, and serves until it ends
"""
import collections
import sys

from proton import Condition, Delivery

import clients


class Broker:
    """queues: by name what is kept, whole messages. refuses: queues that it has not."""

    def __init__(self, net, container="broker"):
        self.net = net
        self.queues = collections.defaultdict(collections.deque)
        self.refuses = set()
        self.links = []
        self.options = {"container": container, "on_link": self.on_link}
        self.peers = []

    def dial(self, port):
        self.peers.append(self.net.connect(port, **self.options))
        return self.peers[-1]

    def listen(self):
        return self.net.listen(**self.options)

    def on_link(self, link):
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
        if self.queue in broker.refuses:
            ours.type = ours.UNSPECIFIED
            link.condition = Condition("amqp:not-found", f"no queue {self.queue}")
            link.open()
            link.close()
            self.detached = True
            return
        ours.copy(theirs)
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
        if not delivery.readable or delivery.partial:
            return
        self.broker.queues[self.queue].append(self.link.recv(delivery.pending))
        self.link.advance()
        delivery.update(Delivery.ACCEPTED)
        delivery.settle()
        self.link.flow(1)


class Outlet(Served):
    """Messages from a queue: a message is gone once it is accepted, and comes again if not."""

    def feed(self):
        if self.detached:
            return
        queue = self.broker.queues[self.queue]
        while queue and self.link.credit > 0:
            tag = str(self.peer.next_number())
            self.by_tag[tag] = queue.popleft()
            self.link.delivery(tag)
            self.link.stream(self.by_tag[tag])
            self.link.advance()

    def on_flow(self):
        self.feed()
        if self.link.drain_mode:
            self.link.drained()

    def on_delivery(self, delivery):
        if not delivery.updated or delivery.tag not in self.by_tag:
            return
        message = self.by_tag.pop(delivery.tag)
        if delivery.remote_state not in (Delivery.ACCEPTED, Delivery.REJECTED):
            self.broker.queues[self.queue].appendleft(message)
        delivery.settle()

    def on_detached(self):
        super().on_detached()
        for message in reversed(self.by_tag.values()):
            self.broker.queues[self.queue].appendleft(message)


def main():
    net = clients.Net()
    peer = Broker(net, sys.argv[2]).dial(int(sys.argv[1]))
    while not peer.gone:
        net.pump(1.0)


if __name__ == "__main__":
    main()
