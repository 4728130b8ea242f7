"""A message larger than any memory should be, to a consumer that is always the slower one."""
import hashlib
import os
import select

import harness
import mesh
import raw

SIZE = (1 << 27) if harness.SANITIZED else (1 << 30)  # bytes of the body
GROWTH_MAX = 64 << 20  # bytes of a router's memory
FRAME = 16 * 1024  # bytes: the default of a listener
SAMPLE = 16 << 20  # bytes between two looks at the memory
ACCEPTED = 0x24


class Frames:
    """Cuts what comes on a socket that does not block into frames, as bytes."""

    def __init__(self, peer):
        self.socket = peer.socket
        self.socket.setblocking(False)
        self.buffer = peer.buffer

    def read(self):
        try:
            data = self.socket.recv(FRAME)
        except BlockingIOError:
            return
        assert data, "the router ended the connection"
        self.buffer += data
        at = 0
        while len(self.buffer) - at >= 8:
            size = int.from_bytes(self.buffer[at:at + 4], "big")
            if len(self.buffer) - at < size:
                break
            yield self.buffer[at:at + size]
            at += size
        self.buffer = self.buffer[at:]


class Producer:
    """Writes one delivery in frames, as fast as the session's window and TCP let it."""

    def __init__(self, peer, address):
        peer.handshake(max_frame=FRAME)
        peer.attach(raw.SENDER, address)
        begin = next(frame for frame in peer.seen if frame.code == raw.BEGIN)
        self.allowed = int(begin.field(2))  # frames
        self.sent = 0
        self.frames = self.all_frames()
        self.pending = memoryview(b"")
        self.socket = peer.socket
        self.answers = Frames(peer)
        self.digest = hashlib.sha256()
        self.complete = False
        self.outcome = None

    def all_frames(self):
        """One data section; each frame's bytes differ from the others'."""
        yield self.frame(raw.transfer(0, more=True), b"\x00\x53\x75\xb0" + SIZE.to_bytes(4, "big"))
        head = raw.encode(raw.transfer(more=True))
        room = FRAME - 8 - len(head)
        noise = os.urandom(room)
        for at in range(0, SIZE, room):
            yield self.frame(head, (at.to_bytes(8, "big") + noise)[:min(room, SIZE - at)])
        yield self.frame(raw.transfer(more=False), b"")

    def frame(self, performative, payload):
        self.digest.update(payload)
        return memoryview(raw.frame(performative, payload))

    def read(self):
        for data in self.answers.read():
            frame = raw.Frame(data)
            if frame.code == raw.FLOW:
                self.allowed = int(frame.field(0)) + int(frame.field(1))
            elif frame.code == raw.DISPOSITION:
                self.outcome = int(frame.field(4).descriptor)

    def write(self):
        """Until nothing more is taken."""
        while not self.complete and (self.pending or self.sent < self.allowed):
            if not self.pending:
                self.pending = next(self.frames, None)
                self.complete = self.pending is None
                self.sent += 1
                continue
            try:
                self.pending = self.pending[self.socket.send(self.pending):]
            except BlockingIOError:
                return


class Consumer:
    """Reads one delivery, and no more than it is told to."""

    def __init__(self, peer, address):
        peer.handshake(max_frame=FRAME)
        peer.attach(raw.RECEIVER, address)
        peer.send(raw.link_flow(1, window=0x7FFFFFFF))
        self.peer = peer
        self.socket = peer.socket
        self.frames = Frames(peer)
        self.digest = hashlib.sha256()
        self.received = 0
        self.complete = False

    def read(self):
        for data in self.frames.read():
            if data[8:11] != b"\x00\x53\x14":
                continue
            assert data[11] == 0xC0, "a transfer with a short list"
            payload = data[13 + data[12]:]
            self.digest.update(payload)
            self.received += len(payload)
            self.complete = self.complete or not raw.Frame(data[:13 + data[12]]).field(5)
        if self.complete:
            self.socket.setblocking(True)
            self.peer.send(raw.disposition(raw.RECEIVER, 0, ACCEPTED))


class Streams(mesh.MeshTest):
    def peer(self, node):
        peer = raw.Peer(node.port, self.wait_until)
        self.addCleanup(peer.drop)
        return peer

    def stream(self, nodes):
        """From the first router to the last; the consumer reads only while the producer can't
        write, so that all in between is as full as it gets."""
        consumer = Consumer(self.peer(nodes[-1]), "huge")
        producer = Producer(self.peer(nodes[0]), "huge")
        before = [node.resident_bytes() for node in nodes]
        growth, sampled = 0, 0

        def step():
            nonlocal growth, sampled
            writes = [producer.socket] if producer.pending else []
            reads = [producer.socket] + ([] if consumer.complete else [consumer.socket])
            readable, writable, _ = select.select(reads, writes, [], harness.POLL)
            if producer.socket in readable:
                producer.read()
            producer.write()
            if consumer.socket in readable and not writable:
                consumer.read()
            if consumer.received >= sampled + SAMPLE:
                sampled = consumer.received
                growth = max([growth] + [n.resident_bytes() - b for n, b in zip(nodes, before)])

        harness.wait_until(lambda: producer.outcome is not None, "the outcome", step)
        self.assertEqual(producer.outcome, ACCEPTED)
        self.assertEqual(consumer.received, SIZE + 8)
        self.assertEqual(consumer.digest.digest(), producer.digest.digest())
        self.assertGreater(sampled, SIZE - SAMPLE)
        if not harness.SANITIZED:  # which keep what was freed
            self.assertLess(growth, GROWTH_MAX)

    def test_a_gibibyte_through_one_router(self):
        self.stream([self.router()])

    def test_a_gibibyte_through_two_routers(self):
        nodes = self.mesh({"a": {}, "b": {"a": 1}})
        self.stream([nodes["a"], nodes["b"]])


if __name__ == "__main__":
    harness.main()
