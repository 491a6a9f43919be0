import react from "@vitejs/plugin-react";
import { defineConfig, loadEnv } from "vite";

// In development the page is served by Vite and everything else by a running service.
const service = loadEnv("development", ".", "STUDYHALL_")["STUDYHALL_URL"] ?? "http://127.0.0.1:8765";

export default defineConfig({
  plugins: [react()],
  build: { outDir: "dist", emptyOutDir: true, target: "es2022" },
  server: { proxy: { "/api": { target: service }, "/mlflow": { target: service } } }, // the host stays, so it is one origin
});
