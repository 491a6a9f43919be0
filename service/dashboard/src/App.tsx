import { lazy, Suspense } from "react";
import { Link, Redirect, Route, Switch, useLocation, useRoute } from "wouter";
import { ErrorBoundary } from "./components/basics/ErrorBoundary";
import { NotFound } from "./components/basics/NotFound";
import { Loading } from "./components/basics/Notice";
import { ThemeChoice } from "./components/basics/ThemeChoice";
import { CatalogPage } from "./pages/CatalogPage";
import { ComparePage } from "./pages/ComparePage";
import { SignInPage } from "./pages/SignInPage";
import { StudiesPage } from "./pages/StudiesPage";
import { StudyPage } from "./pages/StudyPage";
import { TrialPage } from "./pages/TrialPage";
import { WorkersPage } from "./pages/WorkersPage";
import { useTokenWanted } from "./state/session";

/** The editor is as large as the rest of the page, and most visits do not need it. */
const NewStudyPage = lazy(() => import("./pages/NewStudyPage").then(({ NewStudyPage: page }) => ({ default: page })));

export function App() {
  const [place] = useLocation();
  return (
    <>
      <header className="top">
        <Link href="/studies" className="brand">
          <img src="/icon.svg" alt="" width={26} height={26} /> Studyhall
        </Link>
        <nav aria-label="Main">
          <PageLink to="/studies" beneath="/studies/*?" name="Studies" />
          <PageLink to="/workers" beneath="/workers" name="Workers" />
          <PageLink to="/catalog" beneath="/catalog/:kind?/:name?" name="Catalog" />
          <a href="/mlflow/#/experiments?workflowType=machine_learning">MLflow</a>
          <a href="/api/docs">API</a>
        </nav>
        <ThemeChoice />
      </header>
      <main>
        <ErrorBoundary place={place}>{useTokenWanted() ? <SignInPage /> : <Pages />}</ErrorBoundary>
      </main>
    </>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/">
        <Redirect to="/studies" replace />
      </Route>
      <Route path="/studies">
        <StudiesPage />
      </Route>
      <Route path="/studies/new">
        <Suspense fallback={<Loading what="the editor" />}>
          <NewStudyPage />
        </Suspense>
      </Route>
      <Route path="/studies/:name/trials/:number">{({ name, number }) => <TrialPage key={`${name} ${number}`} name={name} number={number} />}</Route>
      <Route path="/studies/:name/:tab?">{({ name, tab }) => <StudyPage key={name} name={name} tab={tab ?? null} />}</Route>
      <Route path="/compare">
        <ComparePage />
      </Route>
      <Route path="/workers">
        <WorkersPage />
      </Route>
      <Route path="/catalog/:kind?/:name?">
        {({ kind, name }) => <CatalogPage kind={kind ?? null} name={name ?? null} />}
      </Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}

interface PageLinkProps {
  readonly to: string;
  /** The pages on which it is marked. */
  readonly beneath: string;
  readonly name: string;
}

function PageLink({ to, beneath, name }: PageLinkProps) {
  const [active] = useRoute(beneath);
  return (
    <Link href={to} className={active ? "active" : ""} aria-current={active ? "page" : undefined}>
      {name}
    </Link>
  );
}
