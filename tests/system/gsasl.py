"""A client that says who it is by GNU SASL, whose SCRAM is none of ours; its frames are the test's."""
import ctypes

import raw

AUTHID, PASSWORD = 1, 3  # properties of a session
OK, NEEDS_MORE = 0, 1
CHALLENGE, RESPONSE = 0x42, 0x43


class Session:
    """One exchange of a client."""

    def __init__(self, mechanism, user, password):
        self.library = ctypes.CDLL("libgsasl.so.18")
        self.context, self.session = ctypes.c_void_p(), ctypes.c_void_p()
        self.must(self.library.gsasl_init(ctypes.byref(self.context)))
        self.must(self.library.gsasl_client_start(self.context, mechanism.encode(),
                                                  ctypes.byref(self.session)))
        for which, text in ((AUTHID, user), (PASSWORD, password)):
            self.library.gsasl_property_set(self.session, which, text.encode())

    def must(self, code):
        assert code == OK, f"GNU SASL says {code}"

    def step(self, said):
        """(code, answer) to what the server said."""
        out, size = ctypes.c_void_p(), ctypes.c_size_t()
        code = self.library.gsasl_step(self.session, said, ctypes.c_size_t(len(said)),
                                       ctypes.byref(out), ctypes.byref(size))
        answer = ctypes.string_at(out, size.value) if out else b""
        self.library.gsasl_free(out)
        return code, answer

    def close(self):
        self.library.gsasl_finish(self.session)
        self.library.gsasl_done(self.context)


def login(peer, mechanism, user, password):
    """Speaks SASL over a raw.Peer; the outcome's code, and whether the server proved itself."""
    session = Session(mechanism, user, password)
    try:
        peer.write(raw.SASL_HEADER)
        assert peer.read_header() == raw.SASL_HEADER
        peer.expect(raw.MECHANISMS)
        code, first = session.step(b"")
        peer.send(raw.composite(raw.INIT, raw.symbol(mechanism), first), kind=raw.SASL)
        while said := peer.read_frame():
            if said.code == raw.OUTCOME:
                if said.field(1):
                    code, _ = session.step(bytes(said.field(1)))
                return int(said.field(0)), code == OK
            code, answer = session.step(bytes(said.field(0)))
            assert code in (OK, NEEDS_MORE), f"GNU SASL says {code}"
            peer.send(raw.composite(RESPONSE, answer), kind=raw.SASL)
        raise AssertionError(f"the connection ended without an outcome: {peer.seen}")
    finally:
        session.close()
