#!/usr/bin/env python3
"""The rules of the house that a compiler does not hold: who may include whom, sizes, words, threads.

usage: tidy.py ROOT   prints one line a fault; exit status 1 if there are any
"""
import json
import pathlib
import re
import sys

import classes

LINE_MAX = 100
FILE_MAX = 700
CLASS_LINES_MAX = 1000  # with all its sources
PUBLIC_MAX = 25
PRIVATE_MAX = 40
PRODUCT = ("common", "router", "broker", "mqtt-gateway")
TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "README.md", "router", "broker", "mqtt-gateway",
             "common", "config", "tests", "tools", "docs", "build"}
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')
# What makes a machine impure without an include of its own.
IMPURE = re.compile(r"\b(?:steady_clock|system_clock|high_resolution_clock)::now\b|\bgetenv\b|\brand\s*\(")
SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\b")
THREADS = re.compile(r"#include <(?:atomic|barrier|condition_variable|future|latch|mutex|semaphore|shared_mutex|"
                     r"stop_token|thread)>|\bstd::(?:atomic|async|condition_variable|future|jthread|mutex|"
                     r"promise|shared_mutex|thread)\w*\b")
# An AMQP error condition in quotes; addresses ("amqp:/x") and names of types ("amqp:data:binary") are none.
CONDITION = re.compile(r'"amqp:(?!/)(?![^"]*(?::(?:list|map|binary|\*)|-transactions|-per-ssn)")')
NAMESPACE = re.compile(r"^namespace (weft[\w:]*) \{\n(.*?)^\}", re.M | re.S)
DECLARATIONS = re.compile(r"(?:(?:class|struct|enum class|template <[^>]*>) ?[\w :]*;?\s*)*")
MARK = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
SCRIPT_COLUMNS = 120
SCRIPT_MAX = 300  # lines of a source of the console
# What makes HTML or code of text that somebody else has written, and what asks another host.
SCRIPT_FORBIDDEN = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|"
                              r"\bhttps?://(?!www\.w3\.org/2000/svg)")
C_HEADER = re.compile(r"^(?:[a-z_0-9]+|[a-z_]+\.h|sys/.+|netinet/.+|arpa/.+|net/.+)$")


class Tidy:
    def __init__(self, root):
        self.root = root
        self.layers = json.loads((root / "tests/tidy/layers.json").read_text())
        self.faults = []
        self.excused = set()

    def fault(self, path, line, text):
        self.faults.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def fault_unless_excused(self, path, line, rule, what, text):
        """Reports a fault, unless layers.json names `what` as one that stands still."""
        if what in self.layers["still"][rule]:
            self.excused.add((rule, what))
        else:
            self.fault(path, line, text)

    def folder_of(self, path):
        """The longest folder of the table that it stands in; one that is `itself` alone has no rooms below."""
        text = str(path.relative_to(self.root))
        names = [n for n, rule in self.layers["folders"].items() if text.startswith(n + "/")
                 and not (rule.get("itself") and "/" in text[len(n) + 1:])]
        return max(names, key=len) if names else None

    def check_include(self, path, number, folder, ours, theirs):
        rule = self.layers["folders"][folder]
        if ours:
            allowed = ours.startswith(folder + "/") or any(ours.startswith(f + "/") for f in rule["ours"])
            if not allowed:
                self.fault(path, number, f"{folder} may not include {ours}")
            elif not (self.root / ours).exists():
                self.fault(path, number, f'"{ours}" is not a path from the root')
            return
        if rule.get("pure") and any(theirs == f or (f.endswith("/") and theirs.startswith(f))
                                    for f in self.layers["pure_forbids"]):
            self.fault(path, number, f"{folder} is pure and may not include <{theirs}>")
        elif not C_HEADER.match(theirs) and not any(theirs.startswith(t) for t in rule["third_party"]):
            self.fault(path, number, f"{folder} may not include <{theirs}>")

    def check_namespaces(self, path, text, folder):
        """What a folder defines is in its own namespace; of others it declares types at most."""
        own = self.layers["folders"][folder].get("namespace")
        for match in NAMESPACE.finditer(text) if own else ():
            if match[1] != own and not DECLARATIONS.fullmatch(match[2]):
                self.fault(path, text.count("\n", 0, match.start()) + 1,
                           f"{folder} defines in {own}, not in {match[1]}")

    def check_source(self, path):
        folder = self.folder_of(path)
        if folder is None:
            self.fault(path, 1, "stands in no folder of tests/tidy/layers.json")
            return
        text = path.read_text()
        self.check_namespaces(path, text, folder)
        lines = text.splitlines()
        if len(lines) > FILE_MAX:
            self.fault(path, FILE_MAX, f"{len(lines)} lines: split by noun (at most {FILE_MAX})")
        if path.suffix == ".hpp" and "#pragma once" not in lines:
            self.fault(path, 1, "no #pragma once")
        pure = self.layers["folders"][folder].get("pure")
        name = str(path.relative_to(self.root))
        ours = folder != "tests"
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_MAX:
                self.fault(path, number, f"{len(line)} columns (at most {LINE_MAX})")
            if match := INCLUDE.match(line):
                self.check_include(path, number, folder, *match.groups())
            if pure and IMPURE.search(line):
                self.fault(path, number, f"{folder} is pure: time and chance are arguments")
            code = line.split("//")[0]
            if ours and folder != "common/io" and THREADS.search(code):
                self.fault_unless_excused(path, number, "with_threads", name,
                                          "threads, mutexes and atomics are common/io's alone")
            if ours and name != self.layers["conditions"] and CONDITION.search(code):
                self.fault(path, number, f"error conditions are spelt in {self.layers['conditions']}")
            if SLEEP.search(line):
                self.fault(path, number, "sleeps: wait on a condition")
            if MARK.search(line):
                self.fault(path, number, "a mark that must not stay")

    def check_script(self, path):
        lines = path.read_text().splitlines()
        if len(lines) > SCRIPT_MAX:
            self.fault(path, SCRIPT_MAX, f"{len(lines)} lines: split by noun (at most {SCRIPT_MAX})")
        for number, line in enumerate(lines, 1):
            if len(line) > SCRIPT_COLUMNS:
                self.fault(path, number, f"{len(line)} columns (at most {SCRIPT_COLUMNS})")
            if SCRIPT_FORBIDDEN.search(line):
                self.fault(path, number, "text is never made HTML or code, and no other host is asked")
            if MARK.search(line):
                self.fault(path, number, "a mark that must not stay")

    def check_listed(self, sources):
        """Every source stands in its folder's CMake list, or in the one above."""
        for path in sources:
            texts = "".join(f.read_text() for d in (path.parent, path.parent.parent, self.root)
                            for f in list(d.glob("CMakeLists.txt")) + list(d.glob("*.cmake")))
            if path.suffix == ".cpp" and path.name not in texts:
                self.fault(path, 1, "stands in no CMake list")

    def check_classes(self, folder):
        for (header, name), one in classes.measure(folder).items():
            sizes = (one.lines, one.public, one.private)
            if any(size > most for size, most in zip(sizes, (CLASS_LINES_MAX, PUBLIC_MAX, PRIVATE_MAX))):
                what = f"{folder.relative_to(self.root)}/{header}: {name}"
                self.fault_unless_excused(
                    folder / header, 1, "too_large", what,
                    f"class {name} has {one.lines} lines with its sources, {one.public} public and "
                    f"{one.private} private methods: split by noun (at most {CLASS_LINES_MAX}, "
                    f"{PUBLIC_MAX}, {PRIVATE_MAX})")

    def check_rooms(self, sources):
        """Each room opens with a README; no class is larger than a person can hold."""
        for folder in sorted({p.parent for p in sources if p.parts[len(self.root.parts)] != "tests"}):
            self.check_classes(folder)
            room = str(folder.relative_to(self.root))
            if room.startswith(PRODUCT) and not (folder / "README.md").exists():
                self.fault_unless_excused(folder, 1, "without_readme", room, "a room without a README.md")
        if not (self.root / "tests/README.md").exists():
            self.fault(self.root / "tests", 1, "a room without a README.md")

    def check_excuses(self):
        """An excuse that is no longer needed goes, so that the list only shrinks."""
        for rule, names in self.layers["still"].items():
            for what in names:
                if (rule, what) not in self.excused:
                    self.fault(self.root / "tests/tidy/layers.json", 1,
                               f'"{what}" is tidy now: remove it from "still", "{rule}"')

    def run(self):
        for entry in self.root.iterdir():
            if entry.name not in TOP_LEVEL and not entry.name.startswith("."):
                self.fault(entry, 1, "does not belong on the top level")
        sources = [p for d in ("common", "router", "broker", "mqtt-gateway", "tools", "tests")
                   for p in (self.root / d).rglob("*") if p.suffix in (".cpp", ".hpp")]
        for path in sorted(sources):
            self.check_source(path)
        scripts = sorted((self.root / "tools/console/src").rglob("*.ts*"))
        for path in scripts:
            self.check_script(path)
        self.check_listed(sources)
        self.check_rooms(sources)
        self.check_excuses()
        print("\n".join(self.faults) or f"{len(sources) + len(scripts)} files are tidy")
        return 1 if self.faults or not sources else 0


if __name__ == "__main__":
    sys.exit(Tidy(pathlib.Path(sys.argv[1]).resolve()).run())
