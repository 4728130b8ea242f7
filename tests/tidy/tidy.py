#!/usr/bin/env python3
"""The rules of the house that a compiler does not hold: who may include whom, sizes, words.

usage: tidy.py ROOT   prints one line a fault; exit status 1 if there are any
"""
import json
import pathlib
import re
import sys

LINE_MAX = 100
FILE_MAX = 700
TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "README.md", "router", "broker", "mqtt-gateway",
             "common", "config", "tests", "tools", "docs", "build"}
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')
# What makes a machine impure without an include of its own.
IMPURE = re.compile(r"\b(?:steady_clock|system_clock|high_resolution_clock)::now\b|\bgetenv\b|\brand\s*\(")
SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\b")
MARK = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
C_HEADER = re.compile(r"^(?:[a-z_0-9]+|[a-z_]+\.h|sys/.+|netinet/.+|arpa/.+|net/.+)$")


class Tidy:
    def __init__(self, root):
        self.root = root
        self.layers = json.loads((root / "tests/tidy/layers.json").read_text())
        self.faults = []

    def fault(self, path, line, text):
        self.faults.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def folder_of(self, path):
        text = str(path.relative_to(self.root))
        names = [n for n in self.layers["folders"] if text.startswith(n + "/")]
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

    def check_source(self, path):
        folder = self.folder_of(path)
        if folder is None:
            self.fault(path, 1, "stands in no folder of tests/tidy/layers.json")
            return
        lines = path.read_text().splitlines()
        if len(lines) > FILE_MAX:
            self.fault(path, FILE_MAX, f"{len(lines)} lines: split by noun (at most {FILE_MAX})")
        if path.suffix == ".hpp" and "#pragma once" not in lines:
            self.fault(path, 1, "no #pragma once")
        pure = self.layers["folders"][folder].get("pure")
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_MAX:
                self.fault(path, number, f"{len(line)} columns (at most {LINE_MAX})")
            if match := INCLUDE.match(line):
                self.check_include(path, number, folder, *match.groups())
            if pure and IMPURE.search(line):
                self.fault(path, number, f"{folder} is pure: time and chance are arguments")
            if SLEEP.search(line):
                self.fault(path, number, "sleeps: wait on a condition")
            if MARK.search(line):
                self.fault(path, number, "a mark that must not stay")

    def check_listed(self, sources):
        """Every source stands in its folder's CMake list, or in the one above."""
        for path in sources:
            texts = "".join(f.read_text() for d in (path.parent, path.parent.parent, self.root)
                            for f in list(d.glob("CMakeLists.txt")) + list(d.glob("*.cmake")))
            if path.suffix == ".cpp" and path.name not in texts:
                self.fault(path, 1, "stands in no CMake list")

    def run(self):
        for entry in self.root.iterdir():
            if entry.name not in TOP_LEVEL and not entry.name.startswith("."):
                self.fault(entry, 1, "does not belong on the top level")
        sources = [p for d in ("common", "router", "broker", "mqtt-gateway", "tools", "tests")
                   for p in (self.root / d).rglob("*") if p.suffix in (".cpp", ".hpp")]
        for path in sorted(sources):
            self.check_source(path)
        self.check_listed(sources)
        print("\n".join(self.faults) or f"{len(sources)} files are tidy")
        return 1 if self.faults or not sources else 0


if __name__ == "__main__":
    sys.exit(Tidy(pathlib.Path(sys.argv[1]).resolve()).run())
