"""A router that is written by hand: it opens its control links, and data links later or never."""
import unittest

from proton import Message, symbol, uint

import harness
import management
import raw
from mesh import MeshTest
from raw import ATTACH, RECEIVER, SENDER, TRANSFER, composite

CONTROL, DATA = "qd.router", "qd.router-data"
HELLO_TO, ALL, ALL_ADDRESSES = ("amqp:/_local/qdhello", "amqp:/_topo/0/all/qdrouter",
                                "_topo/0/all/qdrouter.ma")


class Poser(raw.Peer):
    """The router P: says what the test says, when the test says it."""

    def __init__(self, router, cost=1):
        super().__init__(router.ports["mesh"], harness.wait_until)
        self.next_handle = 0
        self.deliveries = 0
        opening = raw.open_(container="P")
        opening.value += [None] * 4 + [{symbol("qd.inter-router-cost"): cost}]
        self.write(raw.HEADER + raw.frame(opening) + raw.frame(raw.begin()))
        assert self.read_header() == raw.HEADER
        self.expect(raw.BEGIN)

    def attach_pair(self, capability):
        """A receiver with credit and a sender; the handles of both."""
        handles = [self.attach_one(role, capability) for role in (RECEIVER, SENDER)]
        self.send(raw.link_flow(250, handles[0]))
        return handles

    def attach_one(self, role, capability):
        handle, self.next_handle = self.next_handle, self.next_handle + 1
        source = composite(0x28, *[None] * 10, symbol(capability))
        target = composite(0x29, *[None] * 6, symbol(capability))
        self.send(composite(ATTACH, f"link-{handle}", uint(handle), role, None, None, source, target,
                            None, None, uint(0) if role == SENDER else None))
        return handle

    def tell(self, handle, opcode, to, **fields):
        message = Message(address=to, properties={"opcode": opcode},
                          body={"id": "P", "pv": 1, "area": "0", **fields})
        self.send(raw.transfer(self.deliveries, handle, settled=True), message.encode())
        self.deliveries += 1

    def hear(self, opcode, what=lambda body: True):
        """Reads until the router says such a thing; its body."""
        while True:
            said = self.message(self.expect(TRANSFER))
            if (said.properties or {}).get("opcode") == opcode and what(said.body):
                return said.body

    @staticmethod
    def message(frame):
        message = Message()
        message.decode(frame.payload)
        return message

    def greet(self, instance=1):
        """Opens the control links and exchanges HELLOs; the handle to speak at."""
        _, out = self.attach_pair(CONTROL)
        assert self.hear("HELLO")["id"] == "a"
        self.tell(out, "HELLO", HELLO_TO, instance=instance, seen=["a"])
        self.hear("HELLO", lambda body: body["seen"] == ["P"])
        return out


class ControlLinks(MeshTest):
    def setUp(self):
        super().setUp()
        self.node = self.mesh_router("a", {})

    def poser(self, **options):
        peer = Poser(self.node, **options)
        self.addCleanup(peer.drop)
        return peer

    def test_a_router_without_data_links_is_greeted_and_no_way(self):
        peer = self.poser()
        out = peer.greet()
        peer.tell(out, "LSR", "amqp:/_topo/0/a/qdrouter")
        self.assertEqual(peer.hear("LSU")["ls"]["peers"], {})
        self.assertEqual(peer.hear("RA")["id"], "a")
        self.receiver(self.connect(self.node), "orders")
        self.assertIn("M0orders", peer.hear("MAU")["add"])
        self.assertEqual(self.reachable_from(self.node), {"a"})

    def test_it_is_a_way_once_data_links_follow(self):
        peer = self.poser()
        peer.greet()
        self.assertEqual(self.reachable_from(self.node), {"a"})
        peer.attach_pair(DATA)
        self.assertEqual(peer.hear("LSU", lambda body: body["ls"]["peers"])["ls"]["peers"],
                         {"P": 1})
        self.wait_for_routers(self.node, {"a", "P"})

    def test_a_long_list_of_addresses_is_taken_whole_and_in_order(self):
        peer = self.poser()
        out = peer.greet()
        peer.attach_pair(DATA)
        self.wait_for_routers(self.node, {"a", "P"})
        peer.tell(out, "LSU", ALL, instance=1, ls_seq=1,
                  ls={"id": "P", "area": "0", "ls_seq": 1, "peers": {"a": 1}})
        keys = [f"M0q{i}" for i in range(1500)]
        peer.tell(out, "MAU", ALL_ADDRESSES, mobile_seq=1, **{"add": keys, "del": []})
        peer.tell(out, "MAU", ALL_ADDRESSES, mobile_seq=2, **{"add": ["M0last"], "del": ["M0q7"]})
        sender = self.sender(self.connect(self.node), "last")
        sender.send(Message(body="last"), settled=True)
        self.net.pump()
        peer.expect(TRANSFER, lambda frame: peer.message(frame).body == "last")
        node = management.Node(self.node.url, harness.TIMEOUT)
        self.addCleanup(node.close)
        known = {row["key"] for row in node.query("router.address", ["key"])}
        self.assertEqual({key for key in keys if key in known}, set(keys) - {"M0q7"})

    def test_messages_keep_to_a_way_that_works_while_a_shorter_one_carries_none(self):
        peer = self.poser(cost=5)
        out = peer.greet()
        peer.attach_pair(DATA)
        self.wait_for_routers(self.node, {"a", "P"})
        peer.tell(out, "LSU", ALL, instance=1, ls_seq=1,
                  ls={"id": "P", "area": "0", "ls_seq": 1, "peers": {"a": 5}})
        peer.tell(out, "RA", ALL, instance=1, ls_seq=1, mobile_seq=1)
        peer.tell(out, "MAU", ALL_ADDRESSES, mobile_seq=1, **{"add": ["M0orders"], "del": []})
        sender = self.sender(self.connect(self.node), "orders")

        def passes(number):
            sender.send(Message(body=number), settled=True)
            self.net.pump()
            peer.expect(TRANSFER, lambda frame: peer.message(frame).body == number)

        passes(1)
        shorter = self.poser(cost=1)
        shorter.greet()
        peer.tell(out, "HELLO", HELLO_TO, instance=1, seen=["a"])
        passes(2)
        self.assertEqual(self.reachable_from(self.node), {"a", "P"})


if __name__ == "__main__":
    unittest.main()
