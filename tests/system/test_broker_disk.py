"""weft-broker on a disk that others fill, and the copies of its store."""
import json
import os
import pathlib
import subprocess

from proton import Delivery, Message

import broker_daemon
import harness

MIB = 1024 * 1024


class SmallDisk(broker_daemon.BrokerTest):
    """A broker whose store is on a file system of its own."""

    SIZE = 24 * MIB
    LIMITS = {"minFreeBytes": "4MiB", "reserveBytes": "4MiB"}

    def mount(self, folder):
        folder.mkdir()
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={self.SIZE}", "tmpfs", folder],
                              capture_output=True, text=True)
        if made.returncode != 0:
            self.skipTest(f"no file system can be mounted here: {made.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)

    def small_broker(self):
        node = self.new_broker({"autoCreate": True}, store=self.LIMITS)
        self.mount(node.folder / "data")
        node.start()
        self.addCleanup(self.end, node)
        return node

    def fill(self, node, left):
        """Others take all of the disk but `left` bytes."""
        disk = os.statvfs(node.folder / "data")
        size = disk.f_bavail * disk.f_frsize - left
        with open(node.folder / "data" / "others", "ab") as file:
            os.posix_fallocate(file.fileno(), file.tell(), size)
        return pathlib.Path(file.name)

    def health(self, node):
        return self.page(node, "/healthz")[1]

    def metric(self, node, name):
        for line in self.page(node, "/metrics")[1].splitlines():
            if line.startswith(name + " "):
                return int(line.split()[1])
        raise AssertionError(f"no metric {name}")

    def test_credit_goes_first_then_messages_are_rejected_and_all_comes_back(self):
        node = self.small_broker()
        sender = self.sender(self.connect(node), "orders")
        anonymous = self.sender(self.connect(node), None)
        self.put(sender, *(Message(body=i) for i in range(3)))
        self.wait_until(lambda: anonymous.link.credit > 0, "credit")
        others = self.fill(node, 3 * MIB)
        self.put(sender, Message(body=3))  # a commit looks at the disk
        self.wait_until(lambda: sender.link.credit == 0 and anonymous.link.credit == 0,
                        "credit to be taken back")
        self.assertIn("little room", self.health(node))
        # What is there stays: a broker that found room meanwhile would not look again.
        others = self.fill(node, MIB // 2)
        self.wait_until(lambda: "messages are rejected" in self.health(node), "a full disk")
        self.assertFalse((node.folder / "data" / "reserve").exists())
        receiver = self.receiver(self.connect(node), "orders", credit=10)
        taken = self.take(receiver, 4)
        for received in taken:
            received.accept()
        self.wait_until(lambda: self.queue(node, "orders")["messages"] == 0, "an empty queue")
        others.unlink()
        self.wait_until(lambda: sender.link.credit > 0 and anonymous.link.credit > 0, "credit")
        self.put(sender, Message(body=4))
        self.put(anonymous, Message(body=5, address="orders"))
        self.assertTrue((node.folder / "data" / "reserve").exists())
        self.assertIn('"ok"', self.health(node))
        self.assertEqual(self.metric(node, "weft_store_room"), 0)

    def test_a_disk_filled_to_the_last_byte_is_drained(self):
        node = self.small_broker()
        sender = self.sender(self.connect(node), "orders")
        self.put(sender, *(Message(body="x" * 1000) for _ in range(200)))
        self.fill(node, 0)
        receiver = self.receiver(self.connect(node), "orders", credit=200)
        for received in self.take(receiver, 200):
            received.accept()
        self.wait_until(lambda: self.queue(node, "orders")["messages"] == 0, "an empty queue")
        refused = sender.send(Message(body="late"))
        self.wait_until(lambda: refused.settled or sender.link.credit <= 0, "no room")
        self.assertNotEqual(refused.state, Delivery.ACCEPTED)
        self.net.close()
        self.restart(node)  # with all of it full
        self.assertEqual(self.queue(node, "orders")["messages"], 0)


class Copies(broker_daemon.BrokerTest):
    """weft broker backup, verify, restore."""

    def tool(self, *arguments, status=0):
        done = subprocess.run([harness.binary("weft"), "broker", *map(str, arguments)],
                              capture_output=True, text=True, timeout=harness.TIMEOUT)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_a_backup_beside_the_running_broker_is_restored(self):
        node = self.broker({"autoCreate": True})
        store = node.folder / "data"
        sender = self.sender(self.connect(node), "orders")
        bodies = ["small", "x" * 100_000, "y" * 1_000_000]
        self.put(sender, *(Message(body=body) for body in bodies))
        copy = node.folder / "copy"
        self.assertIn("sound: 1 queues, 3 messages",
                      self.tool("backup", "--store", store, "--to", copy))
        self.put(sender, Message(body="after it"))
        verdict = json.loads(self.tool("verify", "--store", store, "--json"))
        self.assertEqual((verdict["messages"], verdict["faults"]), (4, 0))
        self.assertIn("in use", self.tool("restore", "--from", copy, "--store", store, status=1))
        other = self.new_broker({"autoCreate": True})
        self.tool("restore", "--from", copy, "--store", other.folder / "data")
        other.start()
        self.addCleanup(self.end, other)
        receiver = self.receiver(self.connect(other), "orders", credit=10)
        self.assertEqual([received.body for received in self.take(receiver, 3)], bodies)

    def test_a_damaged_message_is_set_aside_and_its_queue_goes_on(self):
        node = self.broker({"autoCreate": True})
        sender = self.sender(self.connect(node), "orders")
        self.put(sender, Message(body="x" * 100_000), Message(body="sound"))
        self.net.close()
        node.stop()
        with open(node.folder / "data" / "bodies" / "1", "r+b") as file:
            file.seek(50_000)
            file.write(b"!")
        text = self.tool("verify", "--store", node.folder / "data", status=2)
        self.assertIn("message 1 of queue 'orders': its checksum is wrong", text)
        node.start()
        receiver = self.receiver(self.connect(node), "orders", credit=10)
        self.assertEqual(self.take(receiver, 1)[0].body, "sound")
        self.wait_until(lambda: self.queue(node, "orders")["deadDamaged"] == 1, "the count")
        self.assertIn("1 damaged messages were set aside", self.page(node, "/healthz")[1])
        self.assertIn("reason=damaged", node.log())
        self.assertIn("set aside by the broker", self.tool("verify", "--store",
                                                           node.folder / "data"))


if __name__ == "__main__":
    harness.main()
