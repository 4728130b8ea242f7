"""weft-broker's topics and subscriptions, with clients that attach to it straight."""
from proton import Delivery, Message, Terminus, symbol

import clients
import harness
import management
from broker_daemon import BrokerTest


def subscribes(*capabilities, durable=False, timeout=None, **settings):
    """A subscription of an address that a router tells as a topic."""
    def wish(link):
        link.properties = {symbol("weft.address"): {"type": "topic", **settings}}
        if capabilities:
            data = link.source.capabilities
            data.put_array(False, data.SYMBOL)
            data.enter()
            for one in capabilities:
                data.put_symbol(symbol(one))
            data.exit()
        if durable:
            link.source.durability = Terminus.DELIVERIES
            link.source.expiry_policy = Terminus.EXPIRE_NEVER
        if timeout is not None:
            link.source.durability = Terminus.DELIVERIES
            link.source.expiry_policy = Terminus.EXPIRE_WITH_LINK
            link.source.timeout = timeout
    return wish


def publishes(**settings):
    def wish(link):
        link.properties = {symbol("weft.address"): {"type": "topic", **settings}}
    return wish


class Topics(BrokerTest):
    def client(self, node, container="client"):
        return self.connect(node, container=container)

    def bodies(self, receiver, count):
        taken = self.take(receiver, count)
        for received in taken:
            received.accept()
        return [r.body for r in taken]

    def queues(self, node):
        agent = management.Node(node.url, harness.TIMEOUT)
        try:
            return agent.query("queue")
        finally:
            agent.close()

    def test_each_subscriber_gets_what_its_filter_means(self):
        node = self.broker()
        peer = self.connect(node)
        every = self.receiver(peer, "prices/#", credit=10, wish=subscribes())
        eu = self.receiver(peer, "prices/eu", credit=10, wish=subscribes())
        for name in "eu", "us":
            sender = self.sender(peer, f"prices/{name}", wish=publishes())
            self.put(sender, Message(body=name))
        self.assertEqual(self.bodies(every, 2), ["eu", "us"])
        self.assertEqual(self.bodies(eu, 1), ["eu"])

    def test_what_nobody_wants_is_accepted_and_gone(self):
        node = self.broker()
        peer = self.connect(node)
        self.put(self.sender(peer, "prices", wish=publishes()), Message(body=1))
        late = self.receiver(peer, "prices", credit=1, wish=subscribes())
        self.put(self.sender(peer, "prices", wish=publishes()), Message(body=2))
        self.assertEqual(self.bodies(late, 1), [2])

    def test_a_durable_subscription_waits_over_a_kill_and_goes_when_it_is_closed(self):
        node = self.broker()
        peer = self.client(node)
        link = self.receive_named(peer, "news", "s1", subscribes(durable=True))
        link.link.detach()
        self.wait_until(lambda: link.detached, "the detach")
        self.put(self.sender(self.connect(node), "news", wish=publishes()), Message(body=1))
        self.kill(node)
        node.start()
        self.put(self.sender(self.connect(node), "news", wish=publishes()), Message(body=2))
        peer = self.client(node)
        link = self.receive_named(peer, "news", "s1", subscribes(durable=True), credit=10)
        self.assertEqual(self.bodies(link, 2), [1, 2])
        link.close()
        self.wait_until(lambda: link.detached, "the end")
        link = self.receive_named(peer, "news", "s1", subscribes(durable=True), credit=10)
        self.put(self.sender(peer, "news", wish=publishes()), Message(body=3))
        self.assertEqual(self.bodies(link, 1), [3])

    def receive_named(self, peer, address, name, wish, credit=0):
        return self.receiver(peer, address, name=name, credit=credit, wish=wish)

    def test_a_shared_subscription_divides_its_messages(self):
        node = self.broker()
        self.assertIn("SHARED-SUBS",
                      str(self.connect(node).connection.remote_offered_capabilities))
        links = [self.receive_named(self.client(node), "jobs", name, subscribes("topic", "shared"),
                                    credit=5) for name in ("s", "s|2")]
        self.put(self.sender(self.connect(node), "jobs", wish=publishes()),
                 *(Message(body=i) for i in range(10)))
        self.wait_until(lambda: sum(link.count for link in links) == 10, "all of them")
        self.assertEqual([link.count for link in links], [5, 5])

    def test_a_subscription_that_nobody_comes_for_in_time_is_gone(self):
        node = self.broker()
        peer = self.client(node)
        link = self.receive_named(peer, "news", "s1", subscribes(timeout=1))
        link.link.detach()
        self.wait_until(lambda: not self.queues(node), "its end")

    def test_another_link_of_the_name_takes_a_durable_one(self):
        node = self.broker()
        first = self.receive_named(self.client(node), "news", "s1", subscribes(durable=True))
        second = self.receive_named(self.client(node), "news", "s1", subscribes(durable=True),
                                    credit=1)
        self.wait_until(lambda: first.detached, "the end of the first")
        self.assertEqual(first.condition.name, "amqp:link:stolen")
        self.put(self.sender(self.connect(node), "news", wish=publishes()), Message(body=1))
        self.assertEqual(self.bodies(second, 1), [1])

    def test_a_subscriber_that_selects(self):
        node = self.broker()
        peer = self.connect(node)

        def wish(link):
            subscribes()(link)
            clients.selects(link)
        green = self.receiver(peer, "news", credit=5, wish=wish)
        self.put(self.sender(peer, "news", wish=publishes()),
                 Message(body=1), Message(body=2, properties={"colour": "green"}))
        self.assertEqual(self.bodies(green, 1), [2])

    def test_a_subscription_that_is_full_rejects_if_the_entry_says_so(self):
        node = self.broker()
        told = {"maxMessages": 1, "overflow": "reject"}
        self.receiver(self.connect(node), "news", wish=subscribes(**told))
        sender = self.sender(self.connect(node), "news", wish=publishes(**told))
        self.put(sender, Message(body=1))
        sent = sender.send(Message(body=2))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.REJECTED)
        self.assertEqual(sent.condition.name, "amqp:resource-limit-exceeded")

    def test_what_can_not_be_done_is_refused(self):
        node = self.broker()
        peer = self.connect(node)
        self.assertEqual(self.refused(peer.receiver("t", capability="topic")), "amqp:not-found")
        self.assertEqual(self.refused(peer.sender("a/+", wish=publishes())), "amqp:invalid-field")
        self.assertEqual(self.refused(peer.receiver("a+/b", wish=subscribes())),
                         "amqp:invalid-field")

        wild = (f"{bits:08b}".replace("0", "a.").replace("1", "*.") for bits in range(1, 256))
        for _ in range(128):  # as many ways to have wildcards as one connection may bring
            self.receiver(peer, next(wild) + "x", wish=subscribes())
        self.assertEqual(self.refused(peer.receiver(next(wild) + "x", wish=subscribes())),
                         "amqp:resource-limit-exceeded")

        def resumes(link):
            link.source.type = Terminus.UNSPECIFIED
        self.assertEqual(self.refused(peer.receiver(None, wish=resumes)), "amqp:not-found")


if __name__ == "__main__":
    harness.main()
