"""weft-broker, with clients that attach to it straight."""
import contextlib
import sqlite3
import subprocess

from proton import Delivery, Message, symbol

import clients
import harness
from broker_daemon import BrokerTest


def entry(**settings):
    """What a router tells of an address, as a link property."""
    def wish(link):
        link.properties = {symbol("weft.address"): {"type": "queue", **settings}}
    return wish


class Broker(BrokerTest):
    def drain(self, receiver, credit):
        receiver.link.drain(credit)
        self.wait_until(lambda: receiver.credit == 0, "the end of the drain")

    # --- keeping ----------------------------------------------------------------------------------

    def test_messages_are_kept_in_order_and_survive_an_orderly_end_and_a_kill(self):
        node = self.broker({"autoCreate": True})
        sent = [Message(body=f"m{i}", properties={"n": i}) for i in range(50)]
        self.put(self.sender(self.connect(node), "orders"), *sent[:25])
        self.net.close()
        self.restart(node)
        self.put(self.sender(self.connect(node), "orders"), *sent[25:])
        self.kill(node)
        node.start()
        receiver = self.receiver(self.connect(node), "orders", credit=100)
        taken = self.take(receiver, 50)
        self.assertEqual([r.data for r in taken], [m.encode() for m in sent])
        for received in taken:
            received.accept()
        self.wait_until(lambda: self.queue(node, "orders")["messages"] == 0, "an empty queue")
        self.net.close()
        self.restart(node)
        self.assertEqual(self.queue(node, "orders")["messages"], 0)

    def test_a_large_message(self):
        node = self.broker({"autoCreate": True})
        body = "x" * 3_000_000
        self.put(self.sender(self.connect(node), "orders"), Message(body=body))
        receiver = self.receiver(self.connect(node), "orders", credit=1)
        self.assertEqual(self.take(receiver, 1)[0].body, body)

    def test_a_message_that_is_too_large_for_a_consumer_waits_for_another(self):
        node = self.broker({"autoCreate": True})
        self.put(self.sender(self.connect(node), "orders"),
                 Message(body="x" * 1000), Message(body="small"))
        small = self.receiver(self.connect(node), "orders", credit=2, max_size=500)
        self.assertEqual(self.take(small, 1)[0].body, "small")
        self.assertFalse(small.detached)
        large = self.receiver(self.connect(node), "orders", credit=2)
        self.assertEqual(len(self.take(large, 1)[0].body), 1000)

    def test_consumers_compete_and_credit_holds(self):
        node = self.broker({"autoCreate": True})
        first, second = (self.receiver(self.connect(node), "orders", credit=3) for _ in range(2))
        self.put(self.sender(self.connect(node), "orders"),
                 *(Message(body=i) for i in range(10)))
        self.wait_until(lambda: first.count + second.count == 6, "what credit allows")
        self.assertEqual((first.count, second.count), (3, 3))
        self.assertEqual(sorted(first.bodies + second.bodies), list(range(6)))

    def test_drain_is_answered_with_what_there_is(self):
        node = self.broker({"autoCreate": True})
        self.put(self.sender(self.connect(node), "orders"), Message(body=1), Message(body=2))
        receiver = self.receiver(self.connect(node), "orders")
        self.drain(receiver, 10)
        self.assertEqual(receiver.bodies, [1, 2])

    # --- outcomes ---------------------------------------------------------------------------------

    def test_released_comes_back_uncounted_and_modified_counts(self):
        node = self.broker({"autoCreate": True})
        self.put(self.sender(self.connect(node), "orders"), Message(body=1))
        receiver = self.receiver(self.connect(node), "orders", credit=10)
        received, = self.take(receiver, 1)
        self.assertEqual(received.message.delivery_count, 0)
        received.settle(Delivery.RELEASED)
        received, = self.take(receiver, 1)
        self.assertEqual(received.message.delivery_count, 0)
        received.delivery.local.failed = True
        received.settle(Delivery.MODIFIED)
        received, = self.take(receiver, 1)
        self.assertEqual((received.message.delivery_count, received.body), (1, 1))
        self.assertFalse(received.message.first_acquirer)

    def test_what_a_lost_consumer_had_comes_back_as_failed(self):
        node = self.broker({"autoCreate": True})
        self.put(self.sender(self.connect(node), "orders"), Message(body=1))
        lost = self.connect(node)
        self.take(self.receiver(lost, "orders", credit=1), 1)
        lost.drop()
        receiver = self.receiver(self.connect(node), "orders", credit=1)
        self.assertEqual(self.take(receiver, 1)[0].message.delivery_count, 1)

    def test_rejected_goes_to_the_dead_letter_queue(self):
        node = self.broker({"autoCreate": True})
        self.put(self.sender(self.connect(node), "orders"), Message(body="bad"))
        receiver = self.receiver(self.connect(node), "orders", credit=1)
        self.take(receiver, 1)[0].settle(Delivery.REJECTED)
        dead = self.receiver(self.connect(node), "$dlq", credit=1)
        self.assertEqual(self.take(dead, 1)[0].body, "bad")
        row = self.queue(node, "orders")
        self.assertEqual((row["messages"], row["deadRejected"]), (0, 1))

    def test_too_many_failures_end_in_the_queue_that_the_entry_names(self):
        node = self.broker()
        told = entry(maxDeliveries=2, deadLetter="orders.dlq")
        self.put(self.sender(self.connect(node), "orders", wish=told), Message(body="bad"))
        receiver = self.receiver(self.connect(node), "orders", credit=10)
        for _ in range(2):
            received, = self.take(receiver, 1)
            received.delivery.local.failed = True
            received.settle(Delivery.MODIFIED)
        self.wait_until(lambda: self.queue(node, "orders")["deadFailed"] == 1, "its death")
        dead = self.receiver(self.connect(node), "orders.dlq", credit=1)
        self.assertEqual(self.take(dead, 1)[0].body, "bad")

    def test_a_browser_takes_nothing(self):
        node = self.broker({"autoCreate": True})
        self.put(self.sender(self.connect(node), "orders"), Message(body=1), Message(body=2))

        def browses(link):
            link.source.distribution_mode = link.source.DIST_MODE_COPY
        browser = self.receiver(self.connect(node), "orders", credit=10, wish=browses)
        self.take(browser, 2)
        self.assertEqual(self.queue(node, "orders")["messages"], 2)

    # --- selectors --------------------------------------------------------------------------------

    def test_a_consumer_that_selects_leaves_the_rest_to_others(self):
        node = self.broker({"autoCreate": True})
        sender = self.sender(self.connect(node), "orders")
        self.put(sender, *(Message(body=i, properties={"colour": "green" if i % 3 == 0 else "red"})
                           for i in range(9)))
        green = self.receiver(self.connect(node), "orders", credit=100, wish=clients.selects)
        taken = self.take(green, 3)
        self.assertEqual([r.body for r in taken], [0, 3, 6])
        others = self.receiver(self.connect(node), "orders", credit=6)
        self.assertEqual([r.body for r in self.take(others, 6)], [1, 2, 4, 5, 7, 8])
        for received in taken:
            received.accept()
        self.wait_until(lambda: self.queue(node, "orders")["messages"] == 6, "the outcomes")
        self.put(sender, Message(body="new", properties={"colour": "green"}))
        self.assertEqual(self.take(green, 1)[0].body, "new")

    def test_what_is_selected_is_found_behind_many_that_are_not(self):
        node = self.broker({"autoCreate": True})
        sender = self.sender(self.connect(node), "orders")
        self.put(sender, *(Message(body=i) for i in range(2500)))
        self.put(sender, Message(body="last", properties={"colour": "green"}))
        green = self.receiver(self.connect(node), "orders", credit=1, wish=clients.selects)
        received, = self.take(green, 1)
        self.assertEqual(received.body, "last")
        received.settle(Delivery.RELEASED)
        green.grant(1)
        received, = self.take(green, 1)
        received.accept()
        self.wait_until(lambda: self.queue(node, "orders")["messages"] == 2500, "the outcome")
        self.drain(green, 5)
        self.assertEqual(green.received, [])

    def test_a_browser_with_a_selector(self):
        node = self.broker({"autoCreate": True})
        self.put(self.sender(self.connect(node), "orders"),
                 Message(body=1), Message(body=2, properties={"colour": "green"}))

        def browses(link):
            clients.selects(link)
            link.source.distribution_mode = link.source.DIST_MODE_COPY
        browser = self.receiver(self.connect(node), "orders", wish=browses)
        self.drain(browser, 10)
        self.assertEqual(browser.bodies, [2])
        self.assertEqual(self.queue(node, "orders")["messages"], 2)

    def test_the_answer_states_the_filters_that_hold(self):
        node = self.broker({"autoCreate": True})

        def filters(*, selector, other):
            def wish(link):
                data = link.source.filter
                data.put_map()
                data.enter()
                for name, number, text in selector, other:
                    data.put_symbol(symbol(name))
                    data.put_described()
                    data.enter()
                    data.put_ulong(number)
                    data.put_string(text)
                    data.exit()
                data.exit()
            return wish
        known, unknown = ("s", 0x468C00000004, "colour = 'green'"), ("x", 7, "else")
        peer = self.connect(node)
        receiver = self.receiver(peer, "orders", wish=filters(selector=known, other=unknown))
        stated = receiver.link.remote_source.filter
        stated.rewind()
        stated.next()
        self.assertEqual([str(key) for key in stated.get_object()], ["s"])
        wrong = "s", 0x468C00000004, "colour ="
        refused = peer.receiver("orders", wish=filters(selector=wrong, other=unknown))
        self.assertEqual(self.refused(refused), "amqp:invalid-field")

    # --- limits and refusals ----------------------------------------------------------------------

    def test_a_full_queue_rejects_if_told_so(self):
        node = self.broker()
        told = entry(maxMessages=1, overflow="reject")
        sender = self.sender(self.connect(node), "orders", wish=told)
        self.put(sender, Message(body=1))
        sent = sender.send(Message(body=2))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.REJECTED)
        self.assertEqual(sent.condition.name, "amqp:resource-limit-exceeded")

    def test_a_full_queue_gives_no_credit_until_there_is_room(self):
        node = self.broker()
        self.put(self.sender(self.connect(node), "orders", wish=entry(maxMessages=1)),
                 Message(body=1))
        late = self.sender(self.connect(node), "orders", credit=False)
        self.settle_down(late.peer)
        self.assertEqual(late.credit, 0)
        receiver = self.receiver(self.connect(node), "orders", credit=1)
        self.take(receiver, 1)[0].accept()
        self.wait_until(lambda: late.credit > 0, "credit")

    def test_a_full_queue_drops_the_oldest_if_told_so(self):
        node = self.broker()
        told = entry(maxMessages=2, overflow="drop-oldest")
        self.put(self.sender(self.connect(node), "orders", wish=told),
                 *(Message(body=i) for i in range(4)))
        self.wait_until(lambda: self.queue(node, "orders")["dropped"] == 2, "room")
        receiver = self.receiver(self.connect(node), "orders", credit=5)
        self.assertEqual([r.body for r in self.take(receiver, 2)], [2, 3])
        self.assertEqual(self.queue(node, "orders")["messages"], 2)
        self.assertIn("message 1 of queue 'orders' is dropped: reason=overflow",
                      self.whole_log(node))

    def test_what_a_full_queue_does_not_take_is_dead_if_told_so(self):
        node = self.broker()
        told = entry(maxMessages=1, overflow="dead-letter")
        self.put(self.sender(self.connect(node), "orders", wish=told),
                 Message(body=1), Message(body=2))
        dead = self.receiver(self.connect(node), "$dlq", credit=5)
        self.assertEqual(self.take(dead, 1)[0].body, 2)
        self.assertEqual(self.queue(node, "orders")["overflowed"], 1)

    # --- time -------------------------------------------------------------------------------------

    def test_a_message_whose_time_is_over_is_dead_though_nobody_asks_for_it(self):
        node = self.broker({"autoCreate": True})
        self.put(self.sender(self.connect(node), "orders"),
                 Message(body="late", ttl=0.05), Message(body="stays"))
        self.wait_until(lambda: self.queue(node, "orders")["deadExpired"] == 1, "its death")
        receiver = self.receiver(self.connect(node), "orders", credit=5)
        self.assertEqual(self.take(receiver, 1)[0].body, "stays")
        dead = self.receiver(self.connect(node), "$dlq", credit=5)
        self.assertEqual(self.take(dead, 1)[0].body, "late")

    def test_times_to_live_of_the_entry_hold_after_a_restart(self):
        node = self.broker()
        told = entry(ttlSeconds={"default": 1.5})
        self.put(self.sender(self.connect(node), "orders", wish=told), Message(body=1))
        self.kill(node)
        node.start()
        self.wait_until(lambda: self.queue(node, "orders")["deadExpired"] == 1, "its death")
        self.assertEqual(self.queue(node, "$dlq")["messages"], 1)

    def test_a_message_waits_after_a_failure_and_others_pass_it(self):
        node = self.broker()
        told = entry(redelivery={"delaySeconds": 0.3, "multiplier": 2})
        self.put(self.sender(self.connect(node), "orders", wish=told),
                 Message(body=1), Message(body=2))
        receiver = self.receiver(self.connect(node), "orders", credit=1)
        received, = self.take(receiver, 1)
        received.delivery.local.failed = True
        received.settle(Delivery.MODIFIED)
        receiver.grant(2)
        first, second = self.take(receiver, 2)
        self.assertEqual((first.body, second.body), (2, 1))
        self.assertEqual(second.message.delivery_count, 1)

    # --- addresses --------------------------------------------------------------------------------

    def test_an_anonymous_sender_names_queues_in_its_messages(self):
        node = self.broker()
        self.sender(self.connect(node), "orders", wish=entry())
        sender = self.sender(self.connect(node), None)
        self.put(sender, Message(address="orders", body=1))
        sent = sender.send(Message(address="nowhere", body=2))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual((sent.state, sent.condition.name), (Delivery.REJECTED, "amqp:not-found"))
        self.assertEqual(self.queue(node, "orders")["messages"], 1)

    def test_what_is_not_there_or_can_not_be_done_is_refused(self):
        node = self.broker()
        peer = self.connect(node)
        self.assertEqual(self.refused(peer.sender("orders")), "amqp:not-found")
        self.assertEqual(self.refused(peer.receiver("orders")), "amqp:not-found")
        for told in entry(type="exchange"), entry(groups=True), entry(overflow="ring"):
            self.assertEqual(self.refused(peer.sender("orders", wish=told)),
                             "amqp:not-implemented")
        self.assertEqual(self.refused(peer.sender(None, dynamic=True)), "amqp:not-implemented")

    def test_a_store_that_is_in_use_or_damaged(self):
        node = self.broker()
        other = self.new_broker(store={"path": str(node.folder / "data")})
        other.spawn()
        self.assertEqual(other.wait_for_exit(), 1)
        self.assertIn("is in use by another broker", other.log())
        damaged = self.new_broker()
        (damaged.folder / "data").mkdir()
        (damaged.folder / "data" / "store.db").write_bytes(b"x" * 20_000)
        damaged.spawn()
        self.assertEqual(damaged.wait_for_exit(), 1)
        self.assertIn("the store is damaged", damaged.log())

    def test_a_full_store_accepts_nothing_and_says_why(self):
        node = self.broker({"autoCreate": True}, store={"maxBytes": "1MiB"})
        sender = self.sender(self.connect(node), "orders")
        self.put(sender, Message(body="small"))
        refused = sender.send(Message(body="x" * 2_000_000))
        self.wait_until(lambda: refused.settled, "the outcome")
        self.assertEqual(refused.state, Delivery.REJECTED)
        self.assertIn("no room for this message", refused.condition.description)
        count = 0
        while "little room" not in self.page(node, "/healthz")[1]:
            count += 1
            self.assertLess(count, 60)
            sent = sender.send(Message(body="x" * 30_000))
            self.wait_until(lambda: sent.settled or sender.link.credit == 0, "the outcome")
        self.wait_until(lambda: sender.link.credit == 0, "credit to be taken back")
        anonymous = self.sender(self.connect(node), None, credit=False)
        self.wait_until(lambda: anonymous.attached, "the link")
        self.assertEqual(anonymous.link.credit, 0)
        receiver = self.receiver(self.connect(node), "orders", credit=100, accepts=True)
        self.assertEqual(self.take(receiver, 1)[0].body, "small")
        self.wait_until(lambda: sender.link.credit > 0 and anonymous.link.credit > 0, "credit")
        self.put(anonymous, Message(body="again", address="orders"))

    def test_a_copy_that_is_made_beside_the_running_broker_is_a_store(self):
        node = self.broker({"autoCreate": True})
        sender = self.sender(self.connect(node), "orders")
        self.put(sender, *(Message(body=i) for i in range(3)))
        other = self.new_broker({"autoCreate": True})
        (other.folder / "data").mkdir()
        source = f"file:{node.folder / 'data' / 'store.db'}?mode=ro"
        with contextlib.closing(sqlite3.connect(source, uri=True, isolation_level=None)) as file:
            file.execute("VACUUM INTO ?", (str(other.folder / "data" / "store.db"),))
        self.put(sender, Message(body=3))
        other.start()
        self.addCleanup(self.end, other)
        receiver = self.receiver(self.connect(other), "orders", credit=10)
        self.assertEqual([r.body for r in self.take(receiver, 3)], [0, 1, 2])
        self.assertEqual(self.queue(node, "orders")["messages"], 4)

    # --- what is seen of it -----------------------------------------------------------------------

    def test_metrics_health_and_check(self):
        node = self.broker({"autoCreate": True})
        self.put(self.sender(self.connect(node), "orders"), Message(body=1))
        self.assertIn('"broker": "b1"', self.page(node, "/healthz")[1].replace('":"', '": "'))
        self.assertIn('weft_queue_messages{queue="orders"} 1', self.page(node, "/metrics")[1])
        done = subprocess.run([harness.binary("weft-broker"), "--check", "-c", node.config_file,
                               "--set", "/broker/autoCreate=perhaps"],
                              capture_output=True, text=True, timeout=harness.TIMEOUT)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/broker/autoCreate", done.stderr)


if __name__ == "__main__":
    harness.main()
