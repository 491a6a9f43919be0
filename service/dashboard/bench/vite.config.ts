import { defineConfig } from "vite";

// The page of tests/benchmarks/page, which is no part of the dashboard's bundle.
export default defineConfig({ root: "bench", base: "./", build: { outDir: "dist", emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 2000 } });
