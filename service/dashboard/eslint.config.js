/** What the compiler does not see: the rules of hooks, and the arrows between the page's folders. */

import path from "node:path";
import hooks from "eslint-plugin-react-hooks";
import typescript from "typescript-eslint";

const SOURCES = path.join(import.meta.dirname, "src");
/** From the top; what stands in one line imports nothing of each other, and nothing of what stands above it. */
const LAYERS = [
  ["main.tsx"],
  ["App.tsx"],
  ["pages"],
  ["components/studies", "components/compare", "components/workers"],
  ["components/study", "components/bench"],
  ["components/answer", "components/trials", "components/trial", "components/catalog", "components/insight", "components/editor", "components/views"],
  ["components/basics"],
  ["charts"],
  ["curves"],
  ["state"],
  ["format"],
  ["api"],
  ["stream"],
];
const RANKS = new Map(LAYERS.flatMap((rooms, rank) => rooms.map((room) => [room, rank])));

/** The folder that a file of the page belongs to, or the file itself at the top. */
function roomOf(file) {
  const parts = path.relative(SOURCES, file).split(path.sep);
  return parts.slice(0, parts[0] === "components" ? 2 : 1).join("/");
}

const arrows = {
  meta: { type: "problem", schema: [], messages: { unknown: "{{room}} has no layer in eslint.config.js", upwards: "{{from}} must not import {{to}}: what is drawn knows what is fetched, never the other way" } },
  create(context) {
    const from = roomOf(context.filename);
    function check(node) {
      const written = node.source?.value;
      if (typeof written !== "string" || !written.startsWith(".") || written.endsWith(".css")) return;
      let to = roomOf(path.resolve(path.dirname(context.filename), written));
      if (to === "App") to = "App.tsx";
      if (from === to) return;
      for (const room of [from, to]) if (!RANKS.has(room)) context.report({ node, messageId: "unknown", data: { room } });
      if (RANKS.get(from) >= RANKS.get(to)) context.report({ node, messageId: "upwards", data: { from, to } });
    }
    return { ImportDeclaration: check, ImportExpression: check, ExportNamedDeclaration: check, ExportAllDeclaration: check };
  },
};

export default typescript.config(
  { ignores: ["dist", "src/api/schema.ts"] },
  {
    files: ["src/**/*.{ts,tsx}"],
    extends: [typescript.configs.recommended],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { "react-hooks": hooks, house: { rules: { arrows } } },
    rules: {
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      "house/arrows": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-expressions": "off",
    },
  },
);
