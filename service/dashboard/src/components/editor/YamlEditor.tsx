import { autocompletion, completeFromList, ifNotIn } from "@codemirror/autocomplete";
import type { Completion } from "@codemirror/autocomplete";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";
import { useEffect, useRef } from "react";
import type { PlacedProblem } from "./problemPlaces";

interface Props {
  readonly text: string;
  readonly problems: readonly PlacedProblem[];
  /** What does not keep the text from being submitted. */
  readonly warnings: readonly PlacedProblem[];
  readonly words: readonly Completion[];
  readonly onChange: (text: string) => void;
  readonly onSubmit: () => void;
}

/** The style sheet's colors, so that light and dark need no second editor. */
const COLORS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--accent)" },
  { tag: tags.number, color: "var(--hue-2)" },
  { tag: [tags.string, tags.content], color: "var(--hue-3)" },
  { tag: [tags.bool, tags.null, tags.keyword], color: "var(--hue-4)" },
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator], color: "var(--muted)" },
]);

/** A YAML text with its problems at their places, and completion of what the catalog has. */
export function YamlEditor({ text, problems, warnings, words, onChange, onSubmit }: Props) {
  const target = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const completion = useRef(new Compartment());
  const latest = useRef({ onChange, onSubmit, text });
  useEffect(() => {
    latest.current = { onChange, onSubmit, text };
  });

  useEffect(() => {
    const submit = keymap.of([{ key: "Mod-Enter", run: () => (latest.current.onSubmit(), true) }]);
    const listen = EditorView.updateListener.of(({ docChanged, state }) => docChanged && latest.current.onChange(state.doc.toString()));
    const made = new EditorView({
      parent: target.current as HTMLDivElement,
      state: EditorState.create({
        doc: latest.current.text,
        extensions: [submit, basicSetup, yaml(), syntaxHighlighting(COLORS), lintGutter(), completion.current.of([]), listen, EditorView.contentAttributes.of({ "aria-label": "Definition", tabindex: "0" })],
      }),
    });
    view.current = made;
    return () => made.destroy();
  }, []);

  useEffect(() => {
    const present = view.current?.state.doc.toString();
    if (present !== undefined && present !== text) view.current?.dispatch({ changes: { from: 0, to: present.length, insert: text } });
  }, [text]);

  useEffect(() => {
    view.current?.dispatch({ effects: completion.current.reconfigure(autocompletion({ override: [ifNotIn(["Comment"], completeFromList(words))] })) });
  }, [words]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const length = editor.state.doc.length;
    const placed = (severity: "error" | "warning", found: readonly PlacedProblem[]) => found.map(({ from, to, message }) => ({ from: Math.min(from, length), to: Math.min(to, length), message, severity }));
    editor.dispatch(setDiagnostics(editor.state, [...placed("error", problems), ...placed("warning", warnings)]));
  }, [problems, warnings]);

  return <div ref={target} className="yaml-editor" />;
}
