// `npm run dev` serves the sources, and asks the node at WEFT_NODE (http://127.0.0.1:18672) for the rest.
import { defineConfig } from "vite";

const node = process.env.WEFT_NODE ?? "http://127.0.0.1:18672";

export default defineConfig({
  base: "./",
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2021",
    assetsInlineLimit: 0, // the Content-Security-Policy lets nothing in that is written into the page
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      "/api": { target: node, changeOrigin: true, ws: true, headers: { origin: node } },
      "/healthz": { target: node, changeOrigin: true },
    },
  },
});
