import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { ApiError } from "../api/client";
import { submit } from "../api/definitions";
import { ErrorNotice, Loading } from "../components/basics/Notice";
import { TextDiff } from "../components/basics/TextDiff";
import { Preview } from "../components/editor/Preview";
import { placeProblems, syntaxProblems } from "../components/editor/problemPlaces";
import { useDraft } from "../components/editor/useDraft";
import { wordsOf } from "../components/editor/words";
import { YamlEditor } from "../components/editor/YamlEditor";
import { usePreview } from "../state/drafts";
import { useSearchParams } from "../state/url/parameters";
import { useCatalog } from "../state/queries";
import { useTitle } from "../state/title";

/** A study written in the browser: what it would do is shown while it is written, and what is wrong where it stands. */
export function NewStudyPage() {
  useTitle("New study");
  const [parameters] = useSearchParams();
  const [study, trial, ready] = ["study", "trial", "ready"].map((name) => parameters.get(name)) as [string | null, string | null, string | null];
  const { text, begun, error, change } = useDraft({ study, trial: trial === null || !/^\d{1,9}$/.test(trial) ? null : Number(trial), ready });
  const { data: catalog } = useCatalog();
  const words = useMemo(() => (catalog ? wordsOf(catalog) : []), [catalog]);
  if (text === null) return error ? <ErrorNotice error={error} /> : <Loading what="the definition" />;
  return (
    <>
      <header className="list-head">
        <h1>New study</h1>
        <span className="muted">{study === null ? (ready ?? "") : trial === null ? `like ${study}` : `trial ${trial} of ${study}`}</span>
        <nav className="ready-made" aria-label="Ready-made studies">
          {catalog?.studies.map(({ name, summary }) => (
            <Link key={name} href={`/studies/new?ready=${encodeURIComponent(name)}`} className={`button small ${name === ready ? "primary" : ""}`} title={summary}>
              {name}
            </Link>
          ))}
        </nav>
      </header>
      <Editor text={text} words={words} onChange={change}>
        {begun !== null && begun !== text && (
          <section className="panel padded editor-changes" aria-label="What was changed">
            <h2>What was changed</h2>
            <TextDiff before={begun} after={text} names={["what it began with", "the new one"]} />
          </section>
        )}
      </Editor>
    </>
  );
}

interface EditorProps {
  readonly text: string;
  readonly words: ReturnType<typeof wordsOf>;
  readonly onChange: (text: string) => void;
  /** What is said of the text beside what it would do. */
  readonly children: ReactNode;
}

function Editor({ text, words, onChange, children }: EditorProps) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const { data: preview, error, isFetching, isPlaceholderData, settled } = usePreview(text);
  const [key] = useState(() => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`);
  const { mutate, isPending, error: refusal } = useMutation({
    mutationFn: (definition: string) => submit(definition, `${key}-${definition.length}-${hash(definition)}`),
    onSuccess: async ({ name }) => {
      await client.invalidateQueries({ queryKey: ["studies"] });
      navigate(`/studies/${encodeURIComponent(name)}`);
    },
  });
  const current = settled === text && !isPlaceholderData;
  const problems = useMemo(() => {
    const broken = syntaxProblems(text);
    if (broken.length > 0) return broken;
    const told = [error, refusal].flatMap((one) => (one instanceof ApiError ? one.errors : []));
    return placeProblems(text, told);
  }, [text, error, refusal]);
  const freeName = current && !error ? preview?.free_name : null;
  const warnings = useMemo(() => (freeName ? placeProblems(text, [{ path: "name", message: `a study has this name; ${freeName} is free` }]) : []), [text, freeName]);
  const ready = current && !error && !isFetching && problems.length === 0;
  const send = () => ready && !isPending && mutate(text);
  return (
    <div className="editor-columns">
      <section className="panel" aria-label="Definition as YAML">
        <YamlEditor text={text} problems={problems} warnings={warnings} words={words} onChange={onChange} onSubmit={send} />
      </section>
      <div className="editor-stack">
        <section className="panel padded editor-side" aria-label="What it would do" aria-busy={!current || isFetching}>
          <header className="section-head">
            <h2>What it would do</h2>
            <button type="button" className="button primary" disabled={!ready || isPending} title="Control Enter" onClick={send}>
              {isPending ? "Submitting…" : "Submit"}
            </button>
          </header>
          {refusal && <ErrorNotice error={refusal} />}
          {error ? <ErrorNotice error={error} /> : preview ? <Preview preview={preview} /> : <Loading what="the preview" />}
        </section>
        {children}
      </div>
    </div>
  );
}

/** Tells texts apart, so that the same text is submitted once and a changed one is another request. */
function hash(text: string): number {
  let found = 0;
  for (let i = 0; i < text.length; i++) found = (Math.imul(found, 31) + text.charCodeAt(i)) | 0;
  return found;
}
