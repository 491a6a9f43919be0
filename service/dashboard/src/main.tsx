import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { ApiError } from "./api/client";
import { noteRefusal } from "./state/session";
import { applyTheme } from "./state/theme";
import "./styles/theme.css";
import "./styles/basics.css";
import "./styles/studies.css";
import "./styles/workers.css";
import "./styles/study.css";
import "./styles/views.css";
import "./styles/compare.css";
import "./styles/curves.css";
import "./styles/answer.css";
import "./styles/trials.css";
import "./styles/trial.css";
import "./styles/catalog.css";
import "./styles/editor.css";
import "./styles/insight.css";
import "./styles/sign-in.css";

/** What the server refuses stays refused; what it could not answer is asked again. */
function retry(failures: number, error: Error): boolean {
  return failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500);
}

const queries = new QueryClient({
  queryCache: new QueryCache({ onError: noteRefusal }),
  mutationCache: new MutationCache({ onError: noteRefusal }),
  defaultOptions: { queries: { retry, retryDelay: 800, staleTime: 2000, refetchOnWindowFocus: true, networkMode: "always" } },
});

applyTheme();
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
