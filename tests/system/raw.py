"""An AMQP peer of which the test writes every frame itself, for what no library would do."""
import select
import socket

from proton import Data, Described, symbol, ubyte, uint, ulong, ushort

HEADER = b"AMQP\x00\x01\x00\x00"
SASL_HEADER = b"AMQP\x03\x01\x00\x00"
OPEN, BEGIN, ATTACH, FLOW, TRANSFER, DISPOSITION, DETACH, END, CLOSE = range(0x10, 0x19)
MECHANISMS, INIT, OUTCOME = 0x40, 0x41, 0x44
ERROR = 0x1D
AMQP, SASL = 0, 1  # frame types
SENDER, RECEIVER = False, True  # roles


def encode(value):
    data = Data()
    data.put_object(value)
    return data.encode()


def composite(descriptor, *fields):
    return Described(ulong(descriptor), list(fields))


def frame(performative, payload=b"", channel=0, kind=AMQP):
    body = (performative if isinstance(performative, bytes) else encode(performative)) + payload
    size = 8 + len(body)
    return size.to_bytes(4, "big") + bytes([2, kind]) + channel.to_bytes(2, "big") + body


def open_(container="raw", max_frame=65536, channel_max=100, idle_ms=None):
    return composite(OPEN, container, "127.0.0.1", uint(max_frame), ushort(channel_max),
                     None if idle_ms is None else uint(idle_ms))


def begin(window=2048):
    return composite(BEGIN, None, uint(0), uint(window), uint(0x7FFFFFFF))


def attach(role, address, handle=0, name=None, default_outcome=None):
    """`default_outcome` is a composite."""
    source = composite(0x28, address if role == RECEIVER else "here", *[None] * 7, default_outcome)
    target = composite(0x29, address if role == SENDER else "here")
    return composite(ATTACH, name or f"link-{role}-{handle}", uint(handle), role, None, None,
                     source, target, None, None, uint(0) if role == SENDER else None)


def link_flow(credit, handle=0, window=2048, properties=None):
    further = [] if properties is None else [None, None, None, properties]
    return composite(FLOW, uint(0), uint(window), uint(0), uint(0x7FFFFFFF), uint(handle), uint(0),
                     uint(credit), *further)


def transfer(delivery_id=None, handle=0, settled=None, more=None, message_format=0, state=None):
    tag = None if delivery_id is None else delivery_id.to_bytes(4, "big")
    return composite(TRANSFER, uint(handle), None if delivery_id is None else uint(delivery_id),
                     tag, uint(message_format), settled, more, None, state)


def disposition(role, first, state, last=None, settled=True):
    """`state` is the descriptor of one without fields, or None."""
    return composite(DISPOSITION, role, uint(first), uint(first if last is None else last), settled,
                     None if state is None else composite(state))


def detach(handle=0, closed=True):
    return composite(DETACH, uint(handle), closed)


def body(data):
    """A message of one data section."""
    return b"\x00\x53\x75\xb0" + len(data).to_bytes(4, "big") + data


def readable(stream):
    """True if there is something to read, or the end, right now."""
    return bool(select.select([stream], [], [], 0)[0])


SYMBOLS = {OPEN: "open", BEGIN: "begin", ATTACH: "attach", FLOW: "flow", TRANSFER: "transfer",
           DISPOSITION: "disposition", DETACH: "detach", END: "end", CLOSE: "close",
           INIT: "sasl-init", ERROR: "error", 0x24: "accepted", 0x25: "rejected",
           0x28: "source", 0x29: "target"}


def by_symbol(value):
    """A performative that has symbols for its descriptors."""
    if isinstance(value, list):
        return [by_symbol(each) for each in value]
    if not isinstance(value, Described):
        return value
    name = SYMBOLS.get(value.descriptor)
    descriptor = symbol(f"amqp:{name}:list") if name else value.descriptor
    return Described(descriptor, by_symbol(value.value))


class Frame:
    """One frame that came: `code` is the performative's descriptor, `fields` its list."""

    def __init__(self, data):
        self.kind = data[5]
        self.size = len(data)
        self.channel = int.from_bytes(data[6:8], "big")
        content = data[4 * data[4]:]
        self.code, self.fields, self.payload = None, [], b""
        if content:
            value = Data()
            self.payload = content[value.decode(content):]
            value.next()
            described = value.get_object()
            self.code, self.fields = int(described.descriptor), described.value

    def field(self, index):
        return self.fields[index] if index < len(self.fields) else None

    @property
    def error(self):
        """The condition of a close, end or detach."""
        error = self.field({CLOSE: 0, END: 0, DETACH: 2}[self.code])
        return error and str(error.value[0])

    def __repr__(self):
        return f"<{self.code and hex(self.code)} {self.fields}>"


class Peer:
    """One TCP connection. Reads wait through `wait_until(condition, what)`, writes block."""

    def __init__(self, port, wait_until, receive_buffer=None, accepted=None):
        """`accepted`: the socket of a connection that the router made, instead of a new one."""
        self.wait_until = wait_until
        self.socket = accepted or socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if not accepted:
            self.socket.connect(("127.0.0.1", port))
        self.buffer = b""
        self.seen = []  # all frames that came

    def drop(self):
        self.socket.close()

    def write(self, data):
        """False if the router does not listen any more."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def send(self, performative, payload=b"", **options):
        return self.write(frame(performative, payload, **options))

    def fill(self, size):
        """Reads until `size` bytes are there; false at the end of the stream."""
        while len(self.buffer) < size:
            self.wait_until(lambda: readable(self.socket), f"more than {self.seen[-3:]}")
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return False
            self.buffer += data
        return True

    def take(self, size):
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def read_header(self):
        return self.take(8) if self.fill(8) else None

    def read_frame(self):
        """None at the end of the stream."""
        if not self.fill(8):
            return None
        size = int.from_bytes(self.buffer[:4], "big")
        if not self.fill(size):
            return None
        self.seen.append(Frame(self.take(size)))
        return self.seen[-1]

    def expect(self, code, what=lambda frame: True):
        """Reads until a frame of that performative comes."""
        while got := self.read_frame():
            if got.code == code and what(got):
                return got
        raise AssertionError(f"the connection ended without {hex(code)}: {self.seen}")

    def at_end(self):
        """Reads until the router closes the TCP connection."""
        while self.read_frame():
            pass
        return True


    # --- usual beginnings -------------------------------------------------------------------------

    def handshake(self, **options):
        """Header, open and begin, without SASL."""
        self.write(HEADER + frame(open_(**options)) + frame(begin()))
        assert self.read_header() == HEADER
        self.expect(BEGIN)
        return self

    def answer(self, opening):
        """What a server says first to the router that dialled, with SASL if it asks for it."""
        header = self.read_header()
        if header == SASL_HEADER:
            self.write(SASL_HEADER)
            self.send(composite(MECHANISMS, symbol("ANONYMOUS")), kind=SASL)
            self.expect(INIT)
            self.send(composite(OUTCOME, ubyte(0)), kind=SASL)
            header = self.read_header()
        assert header == HEADER
        self.write(HEADER + frame(opening))
        self.expect(OPEN)
        return self

    def attach(self, role, address, handle=0, **options):
        """The router's attach; for a sender, once credit has come as well."""
        self.send(attach(role, address, handle, **options))
        answer = self.expect(ATTACH)
        if role == SENDER:
            self.expect(FLOW, lambda flow: flow.field(4) == handle and flow.field(6))
        return answer
