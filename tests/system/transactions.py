"""What a client does in transactions, on the clients of clients.py. Spec: AMQP 1.0 part 4."""
from cproton import pn_data_clear, pn_disposition_data
from proton import Delivery, Described, Message, ulong

DECLARE, DISCHARGE, DECLARED, TRANSACTIONAL = 0x31, 0x32, 0x33, 0x34
ACCEPTED, RELEASED = 0x24, 0x26


class Control:
    """A link to a coordinator."""

    def __init__(self, test, peer):
        self.test = test
        self.link = peer.sender(None, coordinator=True)
        test.wait_until(lambda: self.link.credit > 0 or self.link.detached, "a coordinator")

    def ask(self, code, *fields):
        return self.link.send(Message(body=Described(ulong(code), list(fields))))

    def declare(self):
        declared = self.ask(DECLARE, None)
        self.test.wait_until(lambda: declared.settled, "a transaction")
        self.test.assertEqual(declared.state, DECLARED)
        return declared.delivery.remote.data[0]

    def discharge(self, transaction, fail=False):
        """Its end, once there is one: accepted, or rejected with a condition."""
        return self.ask(DISCHARGE, transaction, fail)

    def end(self, transaction, fail=False):
        """None, or the condition and description of what the coordinator has against it."""
        done = self.discharge(transaction, fail)
        self.test.wait_until(lambda: done.settled, "the end of a transaction")
        if done.state == Delivery.ACCEPTED:
            return None
        return done.condition.name, done.condition.description


def send(sender, transaction, message):
    sent = sender.begin()
    sent.delivery.local.data = [transaction]
    sent.delivery.update(TRANSACTIONAL)
    sender.more(message.encode())
    sender.finish(sent)
    return sent


def say(received, transaction, outcome=ACCEPTED, settled=False):
    """What became of a message that came, if the transaction is committed."""
    pn_data_clear(pn_disposition_data(received.delivery.local._impl))  # else Proton adds to it
    received.delivery.local.data = [transaction, Described(ulong(outcome), [])]
    received.delivery.update(TRANSACTIONAL)
    if settled:
        received.settle()
