"""An authentication service as Qpid Dispatch's authServicePlugin asks one: PLAIN by hand, SCRAM-SHA-1 by GNU SASL."""
import ctypes
import socket
import threading

from proton import symbol

import gsasl
import raw

OK, AUTH, TEMPORARY = 0, 1, 4  # codes of an outcome


class Server(gsasl.Session):
    """The server's side of one exchange; whoever it is has that password."""

    def __init__(self, mechanism, password):
        self.library = ctypes.CDLL("libgsasl.so.18")
        self.context, self.session = ctypes.c_void_p(), ctypes.c_void_p()
        self.must(self.library.gsasl_init(ctypes.byref(self.context)))
        self.must(self.library.gsasl_server_start(self.context, mechanism.encode(), ctypes.byref(self.session)))
        self.library.gsasl_property_set(self.session, gsasl.PASSWORD, password.encode())


class Service:
    """users: passwords by name. grants: what the open says of addresses, by user; None: nothing."""

    def __init__(self, users, mechanisms=("SCRAM-SHA-1", "PLAIN"), grants=None):
        self.users, self.mechanisms, self.grants = users, list(mechanisms), grants
        self.asked = []  # (mechanism, host of the init, host of the open, desired capabilities)
        self.mute = False  # says nothing after the first header
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.closed = False
        threading.Thread(target=self.serve, daemon=True).start()

    def close(self):
        if not self.closed:
            self.closed = True
            self.server.shutdown(socket.SHUT_RDWR)
            self.server.close()

    def serve(self):
        while not self.closed:
            try:
                connection = self.server.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.talk, args=[connection], daemon=True).start()

    def talk(self, connection):
        try:
            with connection, connection.makefile("rb") as stream:
                self.converse(connection, stream)
        except (OSError, EOFError):
            pass  # the other side went

    @staticmethod
    def read(stream):
        head = stream.read(4)
        if len(head) < 4:
            raise EOFError
        return raw.Frame(head + stream.read(int.from_bytes(head, "big") - 4))

    def converse(self, connection, stream):
        assert stream.read(8) == raw.SASL_HEADER
        connection.sendall(raw.SASL_HEADER)
        if self.mute:
            stream.read()
            return
        offered = raw.Data()
        offered.put_described()
        offered.enter()
        offered.put_ulong(raw.MECHANISMS)
        offered.put_list()
        offered.enter()
        offered.put_array(False, raw.Data.SYMBOL)
        offered.enter()
        for mechanism in self.mechanisms:
            offered.put_symbol(mechanism)
        connection.sendall(raw.frame(offered.encode(), kind=raw.SASL))
        init = self.read(stream)
        mechanism, response = str(init.field(0)), bytes(init.field(1) or b"")
        user, data = self.exchange(connection, stream, mechanism, response)
        code = AUTH if user is None else OK
        connection.sendall(raw.frame(raw.composite(raw.OUTCOME, raw.ubyte(code), data), kind=raw.SASL))
        if user is None:
            return
        assert stream.read(8) == raw.HEADER
        connection.sendall(raw.HEADER)
        opened = self.read(stream)
        self.asked.append((mechanism, init.field(2), opened.field(1), str(opened.field(8))))
        connection.sendall(raw.frame(self.open_for(user)))
        while self.read(stream).code != raw.CLOSE:
            pass
        connection.sendall(raw.frame(raw.composite(raw.CLOSE)))

    def exchange(self, connection, stream, mechanism, response):
        """(user, data that goes with the outcome); no user: it is none."""
        if mechanism == "PLAIN":
            _, user, password = response.decode().split("\0")
            return (user if self.users.get(user) == password else None), None
        user = response.decode().split("n=", 1)[1].split(",")[0]
        session = Server(mechanism, self.users.get(user, "none"))
        try:
            while True:
                code, said = session.step(response)
                if code not in (gsasl.OK, gsasl.NEEDS_MORE):
                    return None, None
                if code == gsasl.OK:
                    return user, said or None
                connection.sendall(raw.frame(raw.composite(gsasl.CHALLENGE, said), kind=raw.SASL))
                response = bytes(self.read(stream).field(0))
        finally:
            session.close()

    def open_for(self, user):
        properties = {symbol("authenticated-identity"): {"sub": user, "preferred_username": user.upper()}}
        offered = None
        if self.grants is not None:
            offered = symbol("ADDRESS-AUTHZ")
            properties[symbol("address-authz")] = self.grants.get(user, {})
        return raw.composite(raw.OPEN, "auth", None, None, None, None, None, None, offered, None, properties)
