"""weft-broker in a test: a daemon that can be killed and started again on the same store."""
import http.client
import signal

from proton import Delivery

import harness
import management


class BrokerTest(harness.Test):
    """Base of the tests of the broker."""

    def broker(self, broker=None, **sections):
        """A running broker, which must end with status 0 when the test is over."""
        node = self.new_broker(broker, **sections).start()
        self.addCleanup(self.end, node)
        return node

    def new_broker(self, broker=None, store=None, **sections):
        config = {"broker": {"id": "b1", **(broker or {})},
                  "store": {"path": "data", **(store or {})},
                  "listeners": [{"name": "clients", "port": 0},
                                {"name": "web", "port": 0, "http": True}], **sections}
        return self.new_router(program="weft-broker", config=config)

    def kill(self, node):
        """As a crash does it: nobody is told."""
        node.process.send_signal(signal.SIGKILL)
        node.process.wait()

    def restart(self, node):
        node.stop()
        node.start()

    def page(self, node, path):
        """(status, text) of one request to its web site."""
        client = http.client.HTTPConnection("127.0.0.1", node.ports["web"], timeout=harness.TIMEOUT)
        self.addCleanup(client.close)
        client.request("GET", path)
        response = client.getresponse()
        return response.status, response.read().decode()

    def queue(self, node, name):
        """A queue as management shows it."""
        agent = management.Node(node.url, harness.TIMEOUT)
        try:
            return next(row for row in agent.query("queue") if row["name"] == name)
        finally:
            agent.close()

    def put(self, sender, *messages):
        """Sends, and waits for all to be accepted."""
        sent = [sender.send(message) for message in messages]
        self.wait_until(lambda: all(s.settled for s in sent), "the outcomes")
        self.assertEqual({s.state for s in sent}, {Delivery.ACCEPTED})

    def take(self, receiver, count):
        """The next messages, which stay unsettled."""
        self.wait_until(lambda: receiver.count >= count, f"{count} messages")
        taken, receiver.received = receiver.received[:count], receiver.received[count:]
        return taken
