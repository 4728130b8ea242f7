"""The packages of Debian: installed in a clean system, used, upgraded and removed.

Needs root, debootstrap and the archive that apt uses; each test has a root folder and a network of its own.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

PACKAGES = pathlib.Path(os.environ["WEFT_PACKAGES"])
BASE = pathlib.Path(os.environ["WEFT_BASE"])  # a clean system, made once
DAEMONS = {"weft-router": "router", "weft-broker": "broker", "weft-mqtt-gateway": "mqtt-gateway"}
LIMIT = 300
# What apt and adduser keep for themselves.
OTHERS = re.compile(r"^(proc|sys|dev|run|tmp|var/(lib/(apt|dpkg|systemd)|cache|log)|etc/.*-$|etc/(passwd|group|g?shadow|sub[ug]id|ld.so.cache|systemd))(/|$)")

START = r"""
start() {
  for one in router broker mqtt-gateway; do
    setpriv --reuid weft-$one --regid weft-$one --clear-groups weft-$one --config /etc/weft/$one.json 2>>/tmp/weft-$one.log &
    echo $! >>/tmp/pids
  done
  for try in $(seq 100); do
    [ "$(weft stat -c --json 2>/dev/null | grep -c -e '"container": "broker"' -e '"container": "gateway"')" = 2 ] && return
    sleep 0.1
  done
  cat /tmp/weft-*.log >&2
  return 1
}
stop() {
  kill $(cat /tmp/pids)
  wait
  rm /tmp/pids
}
"""


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=LIMIT, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


def make_base():
    if not (BASE / "made").exists():
        shutil.rmtree(BASE, ignore_errors=True)
        BASE.mkdir(parents=True)
        run("debootstrap", "--variant=minbase", "--include=systemd,adduser,procps", "bookworm", BASE / "root")
        (BASE / "made").touch()
    return BASE / "root"


class Packages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="weft-packages-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name) / "root"
        run("cp", "-a", make_base(), self.root)
        self.before = self.files()
        for package in PACKAGES.glob("*.deb"):
            shutil.copy(package, self.root / "tmp")

    def within(self, script, network=False):
        """Runs a script in the root folder; with the machine's network, or with a loopback of its own."""
        outer = 'mount -t proc proc "$1/proc"\n' + ("" if network else "ip link set lo up\n") + 'exec chroot "$1" bash -ec "$2"'
        return run("unshare", "--mount", *([] if network else ["--net"]), "bash", "-ec", outer, "bash", self.root,
                   "export DEBIAN_FRONTEND=noninteractive LC_ALL=C\n" + START + script)

    def install(self):
        self.within("apt-get install -y -qq --no-install-recommends /tmp/weft*.deb", network=True)

    def files(self):
        found = set()
        for folder, folders, names in os.walk(self.root):
            inside = pathlib.Path(folder).relative_to(self.root)
            folders[:] = [name for name in folders if not OTHERS.match(str(inside / name))]
            found |= {str(inside / name) for name in names + folders if not OTHERS.match(str(inside / name))}
        return found

    def left(self):
        """What is there of us, and was not before."""
        return {name for name in self.files() - self.before if "weft" in name}

    def test_what_is_installed_works_at_once_and_leaves_nothing(self):
        self.install()
        for daemon, config in DAEMONS.items():
            self.within(f"{daemon} --config /etc/weft/{config}.json --check")
            self.assertIn(f"{daemon}:", (self.root / "etc/passwd").read_text())
        for name in ("man/man1/weft-queue.1.gz", "man/man8/weft-router.8.gz", "bash-completion/completions/weft",
                     "doc/weft-broker/configuration.md"):
            self.assertTrue((self.root / "usr/share" / name).exists(), name)
        said = self.within("start; weft recv telemetry --count 1 & receiving=$!\n"
                           "weft send telemetry hello\nwait $receiving\nstop")
        self.assertIn("hello", said.splitlines())
        self.within("rm -r /var/lib/weft-*/*\n"
                    "apt-get purge -y -qq weft weft-router weft-broker weft-mqtt-gateway")
        self.assertEqual(self.left(), set())
        self.assertNotIn("weft", (self.root / "etc/passwd").read_text())

    def test_what_is_stored_and_configured_outlives_an_upgrade_and_a_removal(self):
        self.install()
        addresses = self.root / "etc/weft/addresses.json"
        addresses.write_text('{ "addresses": [{ "address": "orders", "type": "queue", "brokers": ["broker"] }] }')
        self.within('start; weft send orders "two teas"; stop')
        self.within("dpkg --install --force-confold /tmp/weft*.deb")
        self.assertIn("orders", addresses.read_text())
        self.within("apt-get remove -y -qq weft-broker; dpkg --install /tmp/weft-broker*.deb")
        self.assertIn("two teas", self.within("start; weft recv orders --count 1; stop").splitlines())
        said = self.within("apt-get purge -y -qq weft weft-router weft-broker weft-mqtt-gateway 2>&1")
        self.assertIn("weft-broker: what it stored stays in /var/lib/weft-broker", said)
        self.assertIn("var/lib/weft-broker/store.db", self.left())
        self.assertEqual([name for name in self.left() if not name.startswith("var/lib/weft-")], [])

    def test_the_units_are_such_as_systemd_understands(self):
        self.install()
        units = sorted((self.root / "lib/systemd/system").glob("weft-*.service"))
        self.assertEqual(len(units), 2 * len(DAEMONS))
        names = [unit.name.replace("@.", "@one.") for unit in units]
        self.assertEqual(self.within(f"systemd-analyze verify --man=no {' '.join(names)} 2>&1"), "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
