"""config/hono: the addresses of Eclipse Hono's APIs, used as its adapters and applications use them."""
import json
import pathlib
import re

from proton import Delivery, Message

import harness

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "config/hono"
TENANT = "DEFAULT_TENANT"


def example(name):
    return json.loads(re.sub(r"^\s*//.*$", "", (EXAMPLE / name).read_text(), flags=re.M))


class Hono(harness.Test):
    def setUp(self):
        super().setUp()
        config = example("router.json")
        for listener in config["listeners"]:
            listener["port"] = 0
        self.node = self.router(config=config)
        self.adapter = self.connect(self.node)
        self.application = self.connect(self.node)

    def broker(self):
        config = example("broker.json")
        config["connectors"][0]["port"] = self.node.ports["brokers"]
        config["store"]["path"] = "data"
        return self.router(config=config, program="weft-broker")

    def device(self, body, **properties):
        return Message(body=body, content_type="application/json", properties={"device_id": "4711", **properties})

    def test_telemetry_has_credit_while_an_application_receives(self):
        sender = self.sender(self.adapter, f"telemetry/{TENANT}", credit=False)
        self.settle_down(self.adapter)
        self.assertEqual(sender.credit, 0)
        other = self.receiver(self.application, "telemetry/OTHER", credit=10, accepts=True)
        self.settle_down(self.adapter)
        self.assertEqual(sender.credit, 0)
        receiver = self.receiver(self.application, f"telemetry/{TENANT}", credit=10, accepts=True)
        self.wait_until(lambda: sender.credit > 0, "credit")
        sent = sender.send(self.device("21.4"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual((sent.state, receiver.bodies, other.count), (Delivery.ACCEPTED, ["21.4"], 0))
        self.assertEqual(receiver.received[0].message.properties["device_id"], "4711")

    def test_events_wait_for_an_application(self):
        self.broker()
        sender = self.sender(self.adapter, f"event/{TENANT}")
        sent = sender.send(self.device("door open"))
        self.wait_until(lambda: sent.settled, "the outcome")
        self.assertEqual(sent.state, Delivery.ACCEPTED)
        other = self.receiver(self.application, "event/OTHER", credit=10, accepts=True)
        receiver = self.receiver(self.application, f"event/{TENANT}", credit=10, accepts=True)
        self.wait_until(lambda: receiver.count == 1, "the event")
        self.assertEqual((receiver.bodies, other.count), (["door open"], 0))

    def test_a_command_goes_to_the_device_and_its_answer_back(self):
        router = self.connect(self.node)  # Hono's command router
        commands = self.receiver(router, f"command/{TENANT}", credit=10, accepts=True)
        instance = self.receiver(self.adapter, "command_internal/mqtt-adapter-1", credit=10, accepts=True)
        answers = self.receiver(self.application, f"command_response/{TENANT}/app-7", credit=10, accepts=True)

        asked = self.sender(self.application, f"command/{TENANT}").send(
            Message(subject="setBrightness", body="80", correlation_id="c1", address=f"command/{TENANT}/4711",
                    reply_to=f"command_response/{TENANT}/app-7"))
        self.wait_until(lambda: commands.count == 1, "the command at the command router")
        passed = self.sender(router, None)  # it knows which adapter has the device
        command = commands.received[0].message
        passed.send(Message(subject=command.subject, body=command.body, correlation_id=command.correlation_id,
                            reply_to=command.reply_to, address="command_internal/mqtt-adapter-1"))
        self.wait_until(lambda: instance.count == 1 and asked.settled, "the command at the adapter")
        self.assertEqual(asked.state, Delivery.ACCEPTED)
        order = instance.received[0].message
        self.sender(self.adapter, None).send(
            Message(address=order.reply_to, correlation_id=order.correlation_id, properties={"status": 200}))
        self.wait_until(lambda: answers.count == 1, "the answer")
        answer = answers.received[0].message
        self.assertEqual((answer.correlation_id, answer.properties["status"]), ("c1", 200))

    def test_commands_have_no_credit_while_no_command_router_is_there(self):
        sender = self.sender(self.application, f"command/{TENANT}", credit=False)
        self.settle_down(self.application)
        self.assertEqual(sender.credit, 0)

    def test_changes_are_told_to_all_adapters(self):
        second = self.connect(self.node)
        told = [self.receiver(peer, "notification/registry-tenant", credit=10, accepts=True)
                for peer in (self.adapter, second)]
        self.sender(self.application, "notification/registry-tenant").send(Message(body="changed"))
        self.wait_until(lambda: [each.count for each in told] == [1, 1], "both copies")


if __name__ == "__main__":
    harness.main()
