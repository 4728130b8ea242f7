"""Clients that vanish: what the other side of their messages sees."""
import subprocess
import sys

from proton import Delivery, Message

import harness
import raw

LARGE = 8 * 1024 * 1024


class LostPeers(harness.Test):
    def setUp(self):
        super().setUp()
        self.node = self.router()
        self.client = self.connect(self.node)

    def victim(self, part, address):
        command = [sys.executable, "-B", str(harness.HERE / "victim.py"), part, str(self.node.port),
                   address]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_for(process, b"attached")
        return process

    def wait_for(self, process, word):
        self.wait_until(lambda: raw.readable(process.stdout), f"the victim's {word}")
        self.assertEqual(process.stdout.readline().strip(), word)

    def wait_until_begun(self, process):
        self.wait_for(process, b"begun")

    def test_a_consumer_killed_in_the_middle_of_a_message(self):
        victim = self.victim("consume", "q")
        sender = self.sender(self.client, "q")
        sent = sender.send_bytes(raw.body(bytes(LARGE)))
        self.wait_until_begun(victim)
        self.assertFalse(sent.settled)
        victim.kill()
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual((sent.state, sent.failed), (Delivery.MODIFIED, True))
        self.assertFalse(sender.detached)

    def test_a_consumer_killed_before_it_settled(self):
        victim = self.victim("hold", "q")
        sent = self.sender(self.client, "q").send(Message(body="x"))
        self.wait_until_begun(victim)
        victim.kill()
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual((sent.state, sent.failed), (Delivery.MODIFIED, True))

    def test_what_a_lost_consumer_had_not_begun_goes_to_another(self):
        victim = self.victim("hold", "q")  # has credit for one
        sender = self.sender(self.client, "q")
        sent = [sender.send(Message(body=i)) for i in range(10)]
        self.wait_until_begun(victim)
        other = self.receiver(self.connect(self.node), "q")
        victim.kill()
        self.wait_until(lambda: sent[0].settled, "the first outcome")
        other.accepts = True
        other.grant(10)
        self.wait_until(lambda: all(s.settled for s in sent), "all outcomes")
        self.assertEqual(sent[0].state, Delivery.MODIFIED)
        self.assertEqual({s.state for s in sent[1:]}, {Delivery.ACCEPTED})
        self.assertEqual(other.bodies, list(range(1, 10)))

    def test_what_waits_when_the_last_consumer_is_lost_is_released(self):
        consumer = self.connect(self.node)
        self.receiver(consumer, "q")
        sender = self.sender(self.client, "q")
        sent = [sender.send(Message(body=i)) for i in range(10)]
        self.settle_down(self.client)
        consumer.drop(reset=True)
        self.wait_until(lambda: all(s.settled for s in sent), "all outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.RELEASED})

    def test_a_consumer_that_detaches_with_unsettled_messages(self):
        receiver = self.receiver(self.connect(self.node), "q", credit=5)
        sent = self.sender(self.client, "q").send(Message(body="x"))
        self.wait_until(lambda: receiver.count == 1, "the message")
        receiver.close()
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertIn(sent.state, (Delivery.MODIFIED, Delivery.RELEASED))

    def test_a_producer_killed_in_the_middle_of_a_message(self):
        receiver = self.receiver(self.client, "q", credit=10, accepts=True)
        victim = self.victim("produce", "q")
        self.wait_until_begun(victim)
        self.wait_until(lambda: receiver.bytes_now == 71_000, "the first part")
        victim.kill()
        self.wait_until(lambda: receiver.aborted == 1, "the abort")
        sent = self.sender(self.connect(self.node), "q").send(Message(body="whole"))
        self.wait_until(lambda: sent.settled, "the next message")
        self.assertEqual((receiver.count, receiver.bodies), (1, ["whole"]))

    def test_a_killed_producers_message_that_nobody_had_begun_is_never_seen(self):
        receiver = self.receiver(self.client, "q")
        victim = self.victim("produce", "q")
        self.wait_until_begun(victim)
        gone = self.node.log().count(" gone: ")
        victim.kill()
        victim.wait()
        self.wait_until(lambda: self.node.log().count(" gone: ") > gone, "the router to see it")
        sent = self.sender(self.connect(self.node), "q").send(Message(body="whole"))
        receiver.accepts = True
        receiver.grant(10)
        self.wait_until(lambda: sent.settled, "the next message")
        self.assertEqual((receiver.aborted, receiver.bodies), (0, ["whole"]))

    def test_a_producer_aborts_a_message(self):
        receiver = self.receiver(self.client, "q", credit=10, accepts=True)
        sender = self.sender(self.connect(self.node), "q")
        begun = sender.begin()
        sender.more(raw.body(bytes(200_000))[:100_000])
        self.wait_until(lambda: receiver.bytes_now > 0, "the first part")
        sender.abort(begun)
        sent = sender.send(Message(body="next"))
        self.wait_until(lambda: sent.settled, "the next message")
        self.assertEqual((receiver.aborted, receiver.bodies), (1, ["next"]))

    def test_a_producer_that_leaves_early_does_not_take_its_messages_along(self):
        receiver = self.receiver(self.client, "q")
        producer = self.connect(self.node)
        sender = self.sender(producer, "q")
        for i in range(10):
            sender.send(Message(body=i))
        self.settle_down(producer)
        producer.drop()
        self.settle_down(self.client)
        receiver.grant(10)
        self.wait_until(lambda: receiver.count == 10, "all messages")
        self.assertEqual(receiver.bodies, list(range(10)))
        for received in receiver.received:
            received.accept()
        self.settle_down(self.client)

    def test_a_multicast_loses_one_consumer_in_the_middle_of_a_message(self):
        node = self.node = self.router(addresses=[{"address": "news", "type": "multicast"}])
        stays = self.receiver(self.connect(node), "news", credit=1, accepts=True)
        victim = self.victim("consume", "news")
        producer = self.connect(node)
        sender = self.sender(producer, "news")
        data = raw.body(bytes(LARGE))
        sent = sender.send_bytes(data)
        self.wait_until_begun(victim)
        victim.kill()
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.ACCEPTED)
        self.assertEqual(stays.received[0].data, data)


if __name__ == "__main__":
    harness.main()
