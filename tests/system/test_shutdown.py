"""The router stops in order: what was accepted has arrived, and every client is told."""
import signal
import socket

from proton import Delivery, Message

import harness
import raw


class Shutdown(harness.Test):
    def wait_for_end(self, node):
        self.wait_until(lambda: not node.alive(), "the router to end")
        self.assertEqual(node.process.returncode, 0)

    def test_nothing_accepted_is_lost_under_load(self):
        node = self.router()
        receivers = [self.receiver(self.connect(node), "q", credit=50, accepts=True)
                     for _ in range(2)]
        senders = [self.sender(self.connect(node), "q") for _ in range(3)]
        sent = []

        def load():
            for number, sender in enumerate(senders):
                while sender.credit > 0 and not sender.peer.closed_by_router:
                    sent.append((f"{number}-{len(sent)}", None))
                    sent[-1] = (sent[-1][0], sender.send(Message(body=sent[-1][0])))
            return sum(r.count for r in receivers) > 2000

        self.wait_until(load, "2000 messages under way")
        node.terminate()
        self.wait_until(lambda: load() and not node.alive(), "the router to end")
        self.assertEqual(node.process.returncode, 0)
        accepted = {body for body, s in sent if s.state == Delivery.ACCEPTED}
        received = [body for r in receivers for body in r.bodies]
        self.assertGreater(len(accepted), 1000)
        self.assertEqual(accepted - set(received), set(), "accepted, but never received")
        self.assertEqual(len(received), len(set(received)), "each at most once")
        for link in senders + receivers:
            self.assertEqual(link.peer.condition.name, "amqp:connection:forced")

    def test_clients_get_an_orderly_close(self):
        node = self.router()
        peers = [self.connect(node), self.connect(node, sasl=False)]
        node.terminate()
        self.wait_for_end(node)
        for peer in peers:
            self.assertTrue(peer.closed_by_router)
            self.assertEqual(peer.condition.name, "amqp:connection:forced")

    def test_it_waits_for_outcomes_and_takes_no_new_clients(self):
        node = self.router()
        receiver = self.receiver(self.connect(node), "q", credit=5)
        sender = self.sender(self.connect(node), "q")
        sent = sender.send(Message(body="x"))
        self.wait_until(lambda: receiver.count == 1, "the message")
        node.terminate()

        def refused():
            try:
                socket.create_connection(("127.0.0.1", node.port)).close()
            except ConnectionRefusedError:
                return True
            except ConnectionResetError:  # it was in the queue of the listener
                pass
            return False

        self.wait_until(refused, "the listener to be closed")
        self.wait_until(lambda: sender.credit == 0, "the credit to be taken back")
        self.assertTrue(node.alive())
        self.assertFalse(sender.peer.closed_by_router)
        receiver.received[0].accept()
        self.wait_for_end(node)
        self.assertEqual(sent.state, Delivery.ACCEPTED)

    def test_it_does_not_wait_longer_than_it_is_told(self):
        node = self.router(router={"shutdownSeconds": 1})
        receiver = self.receiver(self.connect(node), "q", credit=5)
        sent = self.sender(self.connect(node), "q").send(Message(body="x"))
        self.wait_until(lambda: receiver.count == 1, "the message")
        node.terminate()
        self.wait_for_end(node)
        self.assertNotEqual(sent.state, Delivery.ACCEPTED)
        self.assertEqual(receiver.peer.condition.name, "amqp:connection:forced")

    def test_peers_that_do_not_answer_do_not_keep_it(self):
        node = self.router(router={"shutdownSeconds": 0})
        silent = raw.Peer(node.port, self.wait_until)
        self.addCleanup(silent.drop)
        silent.handshake()
        half_open = raw.Peer(node.port, self.wait_until)
        self.addCleanup(half_open.drop)
        half_open.write(raw.SASL_HEADER)
        half_open.read_header()
        node.terminate()
        self.wait_for_end(node)

    def test_sigint_is_as_good(self):
        node = self.router()
        peer = self.connect(node)
        node.process.send_signal(signal.SIGINT)
        self.wait_for_end(node)
        self.assertEqual(peer.condition.name, "amqp:connection:forced")


if __name__ == "__main__":
    harness.main()
