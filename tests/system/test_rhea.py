"""Clients written with rhea (JavaScript), over TCP and over WebSocket."""
import harness

OUTCOMES = {"accept": "accepted", "reject": "rejected", "release": "released", "modify": "modified"}


class Rhea(harness.Test):
    carrier, listener = "tcp", "clients"

    def setUp(self):
        super().setUp()
        # As a receiver rhea gives a session 2048 frames and no more within one message.
        frames = {"maxFrameSize": "64KiB"}
        self.node = self.router(config={"router": {"id": "r1"}, "listeners": [
            {"name": "clients", "port": 0, **frames},
            {"name": "web", "port": 0, "http": True, **frames}]})

    def scenario(self, name):
        return harness.run_rhea(name, self.carrier, self.node.ports[self.listener])

    def test_each_outcome_end_to_end(self):
        heard = self.scenario("outcomes")
        self.assertEqual({name: heard[name]["event"] for name in OUTCOMES}, OUTCOMES)
        self.assertEqual((heard["reject"]["condition"], heard["reject"]["description"]),
                         ("app:bad", "no good"))
        self.assertTrue(heard["modify"]["failed"])
        self.assertTrue(heard["modify"]["undeliverable"])
        self.assertEqual(heard["modify"]["annotations"], {"why": "full"})

    def test_32_mib_with_all_sections(self):
        result = self.scenario("large")
        self.assertEqual(result["outcome"], "accepted")
        self.assertEqual(result["received"], result["sent"])
        self.assertEqual([key for key, same in result["same"].items() if not same], [])

    def test_request_and_reply(self):
        self.assertEqual(self.scenario("requests"), {"answers": [[i, 2 * i] for i in range(10)]})

    def test_the_message_format_is_kept(self):
        self.assertEqual(self.scenario("format"), {"format": 0x1234})

    def test_drained_credit(self):
        self.assertEqual(self.scenario("drain"), {"bodies": [0, 1, 2], "credit": 0})

    def test_a_client_with_a_short_idle_time_out_stays(self):
        self.assertEqual(self.scenario("heartbeats"), {"kept": True})


class RheaOverWebSocket(Rhea):
    carrier, listener = "ws", "web"


if __name__ == "__main__":
    harness.main()
