import { Link, Redirect, Route, Switch, useRoute } from "wouter";
import { NotFound } from "./components/basics/NotFound";
import { CatalogPage } from "./pages/CatalogPage";
import { SignInPage } from "./pages/SignInPage";
import { StudiesPage } from "./pages/StudiesPage";
import { StudyPage } from "./pages/StudyPage";
import { useTokenWanted } from "./state/session";

export function App() {
  return (
    <>
      <header className="top">
        <Link href="/studies" className="brand">
          <img src="/icon.svg" alt="" width={26} height={26} /> Studyhall
        </Link>
        <nav>
          <Link href="/studies" className={(active) => (active ? "active" : "")}>
            Studies
          </Link>
          <CatalogLink />
          <a href="/mlflow/#/experiments?workflowType=machine_learning">MLflow</a>
          <a href="/api/docs">API</a>
        </nav>
      </header>
      <main>{useTokenWanted() ? <SignInPage /> : <Pages />}</main>
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
      <Route path="/studies/:name">{({ name }) => <StudyPage key={name} name={decodeURIComponent(name)} />}</Route>
      <Route path="/catalog/:kind?/:name?">
        {({ kind, name }) => <CatalogPage kind={kind ?? null} name={name ?? null} />}
      </Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}

/** Marked on all pages of the catalog. */
function CatalogLink() {
  const [active] = useRoute("/catalog/:kind?/:name?");
  return (
    <Link href="/catalog" className={active ? "active" : ""}>
      Catalog
    </Link>
  );
}
