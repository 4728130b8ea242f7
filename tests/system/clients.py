"""AMQP clients on python-proton's engine that a test drives by hand.

Nothing happens by itself but what the protocol demands: credit, outcomes and settlement are the
test's. One thread: `Net.pump` lets all connections of a test read and write once.
"""
import collections
import itertools
import select
import socket
import struct
import time

from proton import Collector, Connection, Delivery, Event, Message, Transport, symbol

CHUNK = 64 * 1024  # bytes of a message that the engine is given at once; it moves all it has, often
READ_BYTES = WRITE_BYTES = 1024 * 1024  # of one connection at a time


def selects(link):
    """Its source takes messages with `colour = 'green'` alone."""
    link.source.filter.put_map()
    link.source.filter.enter()
    link.source.filter.put_symbol(symbol("selector"))
    link.source.filter.put_described()
    link.source.filter.enter()
    link.source.filter.put_ulong(0x468C00000004)
    link.source.filter.put_string("colour = 'green'")
    link.source.filter.exit()
    link.source.filter.exit()


class Net:
    """The connections of one test."""

    def __init__(self):
        self.peers = []
        self.servers = {}  # listening sockets, and the options of the peers that they accept

    def connect(self, port, **options):
        peer = Peer(port, **options)
        self.peers.append(peer)
        return peer

    def listen(self, **options):
        """A port at which peers are accepted."""
        server = socket.create_server(("127.0.0.1", 0))
        self.servers[server] = options
        return server.getsockname()[1]

    def pump(self, seconds=0.0):
        """Waits at most `seconds` for something to read or write, and does it."""
        live = [p for p in self.peers if p.socket is not None]
        for peer in live:
            peer.work()
        if self.servers and (ready := select.select(self.servers, [], [], 0)[0]):
            self.peers += [Peer(None, accepted=s.accept()[0], **self.servers[s]) for s in ready]
            return
        reads = [p for p in live if p.socket is not None and p.reads]
        writes = [p for p in live if p.socket is not None and p.pending() > 0]
        if not reads and not writes:
            time.sleep(seconds)
            return
        readable, writable, _ = select.select(reads, writes, [], seconds)
        for peer in writable:
            peer.write()
        for peer in readable:
            peer.read()

    def close(self):
        for server in self.servers:
            server.close()
        self.servers = {}
        for peer in self.peers:
            peer.drop()


class Peer:
    """One client connection.

    opened: the router's open has come. gone: why the connection is over (a text; None while it is
    not). condition: the error of the router's close.
    """

    def __init__(self, port, container="test", sasl=True, max_frame=None, heartbeat=None,
                 accepted=None, on_link=None, hostname="127.0.0.1", user=None, password=None,
                 channel_max=None):
        """`accepted`: the socket of one that dialled us. `on_link` is called with the engine's link
        when the other side attaches; without it that is not answered. `hostname`: of the open. `user` comes in by
        PLAIN."""
        self.opened = False
        self.gone = None
        self.closed_by_router = False
        self.condition = None
        self.reads = True  # false: leaves in the socket what comes
        self.links = []
        self.numbers = itertools.count(1)
        self.collector = Collector()
        self.connection = Connection()
        self.connection.collect(self.collector)
        self.connection.container = container
        self.connection.hostname = hostname
        self.transport = Transport(Transport.SERVER if accepted else None)
        self.on_link = on_link
        if max_frame:
            self.transport.max_frame_size = max_frame
        if heartbeat:
            self.transport.idle_timeout = heartbeat  # seconds; of this it announces half
        if channel_max is not None:
            self.transport.channel_max = channel_max
        if user is not None:
            self.connection.user, self.connection.password = user, password
            self.transport.sasl().allow_insecure_mechs = True
            self.transport.sasl().allowed_mechs("PLAIN")
        elif sasl:
            self.transport.sasl().allowed_mechs("ANONYMOUS")
        self.transport.bind(self.connection)
        self.connection.open()
        self.session = self.connection.session()
        if channel_max != 0:
            self.session.open()
        self.socket = accepted or socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)

    def fileno(self):
        return self.socket.fileno()

    def next_number(self):
        return next(self.numbers)

    # --- what a test does -------------------------------------------------------------------------

    def sender(self, address, name=None, **terminus):
        """A sender; `address` None: anonymous."""
        link = self.session.sender(name or f"out-{self.next_number()}")
        return Sender(self, link, address, **terminus)

    def receiver(self, address, name=None, **options):
        link = self.session.receiver(name or f"in-{self.next_number()}")
        return Receiver(self, link, address, **options)

    def drop(self, reset=False):
        """Closes the socket without a word: with a FIN, or with a reset."""
        if self.socket is not None:
            if reset:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.close()
            self.socket = None
            self.gone = self.gone or "dropped"

    # --- input and output -------------------------------------------------------------------------

    def read(self):
        """Takes what is there, at most READ_BYTES."""
        taken = 0
        while taken < READ_BYTES and self.socket is not None and self.reads:
            room = self.transport.capacity()
            if room <= 0:
                return
            try:
                data = self.socket.recv(room)
            except BlockingIOError:
                return
            except OSError as error:
                self.gone = str(error)
                self.drop()
                return
            if data:
                self.transport.push(data)
            else:
                self.gone = self.gone or "end of stream"
                self.transport.close_tail()
            taken += len(data)
            self.work()

    def write(self):
        """Writes what is there, at most WRITE_BYTES."""
        written = 0
        while written < WRITE_BYTES and (size := self.pending()) > 0:
            try:
                sent = self.socket.send(self.transport.peek(size))
            except BlockingIOError:
                return
            except OSError as error:
                self.gone = str(error)
                self.drop()
                return
            self.transport.pop(sent)
            written += sent

    def pending(self):
        """Bytes there are to write."""
        for link in self.links:
            link.feed()
        return self.transport.pending()

    def work(self):
        """Handles what the engine has to say."""
        self.transport.tick(time.monotonic())
        while event := self.collector.peek():
            self.handle(event)
            self.collector.pop()
        if self.transport.pending() < 0:
            self.gone = self.gone or "closed"
            self.drop()

    def handle(self, event):
        link = event.link
        handler = getattr(link, "context", None)  # none: the other side attached it
        if event.type == Event.DELIVERY:
            handler.on_delivery(event.delivery)
        elif event.type == Event.LINK_FLOW:
            handler.on_flow()
        elif event.type == Event.LINK_REMOTE_OPEN:
            if handler is None:
                handler = self.on_link(link)
            handler.attached = True
        elif event.type in (Event.LINK_REMOTE_CLOSE, Event.LINK_REMOTE_DETACH):
            handler.closed = event.type == Event.LINK_REMOTE_CLOSE
            handler.on_detached()
        elif event.type == Event.CONNECTION_REMOTE_OPEN:
            self.opened = True
        elif event.type == Event.CONNECTION_REMOTE_CLOSE:
            self.closed_by_router = True
            self.condition = self.connection.remote_condition
            self.connection.close()
        elif event.type == Event.SESSION_REMOTE_OPEN and event.session != self.session:
            event.session.open()
        elif event.type == Event.SESSION_REMOTE_CLOSE:
            self.condition = self.condition or event.session.remote_condition
            if event.session != self.session:
                event.session.close()
        elif event.type == Event.TRANSPORT_ERROR:
            self.gone = self.gone or str(self.transport.condition)


class Link:
    """What senders and receivers share. condition: the error of the router's detach."""

    def __init__(self, peer, link):
        self.peer = peer
        self.link = link
        self.attached = False
        self.detached = False
        self.closed = False  # when it was detached
        self.condition = None
        link.context = self
        peer.links.append(self)  # keeps the Python objects alive

    @property
    def credit(self):
        return self.link.credit

    @property
    def remote_address(self):
        terminus = self.link.remote_target if self.link.is_sender else self.link.remote_source
        return terminus.address

    def on_flow(self):
        pass

    def feed(self):
        pass

    def on_detached(self):
        self.detached = True
        self.condition = self.link.remote_condition
        if self.closed:
            self.link.close()
        else:
            self.link.detach()

    def close(self):
        self.link.close()


class Sent:
    """A delivery on its way out: its outcome, once there is one."""

    def __init__(self):
        self.delivery = None
        self.state = None  # Delivery.ACCEPTED …; 0 settled without a state
        self.settled = False
        self.condition = self.failed = self.undeliverable = self.annotations = None

    def update(self, delivery):
        self.state = delivery.remote_state
        remote = delivery.remote
        self.condition = remote.condition
        self.failed = remote.failed
        self.undeliverable = remote.undeliverable
        self.annotations = remote.annotations
        self.settled = delivery.settled


class Sender(Link):
    def __init__(self, peer, link, address, dynamic=False, coordinator=False, capability=None,
                 wish=None):
        super().__init__(peer, link)
        self.by_tag = {}
        self.queue = collections.deque()  # (Sent, what is left of its bytes, settled)
        if address is not None:
            link.target.address = address
        if dynamic:
            link.target.dynamic = True
        if coordinator:
            link.target.type = link.target.COORDINATOR
        if capability:
            link.target.capabilities.put_symbol(symbol(capability))
        link.source.address = "here"
        if wish:
            wish(link)
        link.open()

    def send(self, message, settled=False):
        return self.send_bytes(message.encode(), settled)

    def send_bytes(self, data, settled=False):
        sent = Sent()
        self.queue.append((sent, memoryview(data), settled))
        self.feed()
        return sent

    def begin(self, tag=None):
        """Starts a delivery; `more` adds to it, `finish` or `abort` ends it."""
        sent = Sent()
        self.start(sent, tag)
        return sent

    def start(self, sent, tag=None):
        tag = tag or str(self.peer.next_number())
        sent.delivery = self.link.delivery(tag)
        self.by_tag[tag] = sent

    def more(self, data):
        self.link.stream(data)

    def finish(self, sent, settled=False):
        if settled:
            del self.by_tag[sent.delivery.tag]
            sent.settled = True
            sent.delivery.settle()
        self.link.advance()

    def feed(self):
        """Gives the engine of what is to be sent as much as it should have."""
        while self.queue:
            sent, data, settled = self.queue[0]
            if sent.delivery is None:
                self.start(sent)
            while data and sent.delivery.pending < CHUNK:
                self.more(bytes(data[:CHUNK]))
                data = data[CHUNK:]
            if data:
                self.queue[0] = (sent, data, settled)
                return
            self.queue.popleft()
            self.finish(sent, settled)

    def abort(self, sent):
        del self.by_tag[sent.delivery.tag]
        sent.delivery.abort()

    def on_delivery(self, delivery):
        sent = self.by_tag.get(delivery.tag)
        if sent is None or not delivery.updated:
            return
        sent.update(delivery)
        if sent.settled:
            del self.by_tag[delivery.tag]
            delivery.settle()

    def on_flow(self):
        if self.link.drain_mode:
            self.link.drained()
            # Now: Proton forgets to tell it if a flow that ends the drain is read before.
            self.peer.transport.pending()


class Received:
    """A whole message that came in."""

    def __init__(self, receiver, delivery, data):
        self.receiver = receiver
        self.delivery = delivery
        self.data = data
        self.presettled = delivery.settled

    @property
    def message(self):
        message = Message()
        message.decode(self.data)
        return message

    @property
    def body(self):
        return self.message.body

    def accept(self):
        self.settle(Delivery.ACCEPTED)

    def settle(self, state=None):
        if state is not None:
            self.delivery.update(state)
        self.receiver.unsettled.discard(self.delivery.tag)  # the router may use it again
        self.delivery.settle()


class Receiver(Link):
    def __init__(self, peer, link, address, credit=0, accepts=False, dynamic=False,
                 settle_mode=None, second=False, max_size=None, capability=None, wish=None):
        """accepts: accepts and replaces the credit as messages come. second: settles second.
        wish: called with the engine's link before it is attached."""
        super().__init__(peer, link)
        self.accepts = accepts
        self.received = []
        self.aborted = 0
        self.bytes_now = 0  # of the message that is coming in
        self.parts = []
        self.unsettled = set()  # tags
        if settle_mode is not None:
            link.snd_settle_mode = settle_mode
        if max_size:
            link.max_message_size = max_size
        if second:
            link.rcv_settle_mode = link.RCV_SECOND
        if address is not None:
            link.source.address = address
        if dynamic:
            link.source.dynamic = True
        if capability:
            link.source.capabilities.put_symbol(symbol(capability))
        link.target.address = "here"
        if wish:
            wish(link)
        link.open()
        if credit:
            link.flow(credit)

    @property
    def count(self):
        return len(self.received)

    @property
    def bodies(self):
        return [r.body for r in self.received]

    def grant(self, credit):
        self.link.flow(credit)

    def drain(self, credit=0):
        self.link.drain(credit)

    @property
    def draining(self):
        """True while the router has not used up or given back the credit."""
        return self.link.draining()

    def on_delivery(self, delivery):
        if delivery.tag in self.unsettled:  # it came in whole before
            return
        if delivery.aborted:
            self.aborted += 1
            self.parts, self.bytes_now = [], 0
            delivery.settle()
            return
        if not delivery.readable:
            return
        while data := self.link.recv(max(delivery.pending, 1)):
            self.parts.append(data)
            self.bytes_now += len(data)
        if not delivery.partial:
            self.complete(delivery)

    def complete(self, delivery):
        data = b"".join(self.parts)
        self.parts, self.bytes_now = [], 0
        received = Received(self, delivery, data)
        self.link.advance()
        self.received.append(received)
        if self.accepts:
            received.accept()
            self.link.flow(1)
        elif not received.presettled:
            self.unsettled.add(delivery.tag)
