// Writes the files of a folder, compressed, as a C++ source that common/daemon/console.hpp declares.
// usage: node embed.mjs FOLDER SOURCE
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";

const WIRE_MAX = 150 * 1024; // bytes of all files, compressed: what a first visit may cost
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

function filesBelow(folder) {
  return readdirSync(folder).sort().flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

function fail(text) {
  console.error(`embed.mjs: ${text}`);
  process.exit(1);
}

const [folder, source] = process.argv.slice(2);
const files = filesBelow(folder).map((file) => {
  const plain = readFileSync(file);
  const path = relative(folder, file);
  const type = TYPES[extname(path)] ?? fail(`${path}: of what type is it? Name it in TYPES`);
  const hash = createHash("sha256").update(plain).digest("hex").slice(0, 16);
  return { path, type, hash, gzip: gzipSync(plain, { level: 9 }) };
});
const index = files.findIndex((file) => file.path === "index.html");
if (index < 0) fail(`${folder} has no index.html`);
files.unshift(...files.splice(index, 1));
const size = files.reduce((sum, file) => sum + file.gzip.length, 0);
if (size > WIRE_MAX) fail(`the console has ${size} bytes compressed, at most ${WIRE_MAX} are allowed`);

const bytes = (gzip) => (gzip.toString("hex").match(/../g) ?? []).map((hex) => `'\\x${hex}'`);
writeFileSync(source, `#include "common/daemon/console.hpp"

#include <array>

namespace weft::daemon {
namespace {

${files.map((file, i) => `constexpr char kFile${i}[]{${bytes(file.gzip).join(",")}};`).join("\n")}
constexpr std::array<ConsoleFile, ${files.length}> kFiles{{
${files.map((file, i) =>
  `    {"${file.path}", "${file.type}", R"("${file.hash}")", {kFile${i}, sizeof kFile${i}}},`).join("\n")}
}};

}  // namespace

std::span<const ConsoleFile> console_files() {
    return kFiles;
}

}  // namespace weft::daemon
`);
console.log(`the console: ${files.length} files, ${size} bytes compressed`);
