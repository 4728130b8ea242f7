"""Files of users, as `weft user` keeps them."""
import pathlib
import subprocess
import tempfile

import harness

ITERATIONS = "4096"  # the fewest that there may be: tests log in often


def weft(*arguments, text="", folder=None):
    """Runs `weft` with `text` as its standard input."""
    return subprocess.run([harness.binary("weft"), *map(str, arguments)], input=text, cwd=folder,
                          capture_output=True, text=True, timeout=2 * harness.TIMEOUT)


class Users:
    """A file of users in a folder of its own, which has to be cleaned up."""

    def __init__(self, **passwords):
        self.folder = tempfile.TemporaryDirectory(prefix="weft-users-")
        self.file = pathlib.Path(self.folder.name) / "users"
        for name, password in passwords.items():
            self.change("add", name, password)
        self.section = {"file": str(self.file)}

    def change(self, verb, name, password=""):
        flags = [] if verb == "delete" else ["--iterations", ITERATIONS]
        done = weft("user", verb, self.file, name, *flags, text=password + "\n")
        assert done.returncode == 0, done.stderr

    def clean_up(self):
        self.folder.cleanup()
