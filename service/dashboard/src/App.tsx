import { Link, Redirect, Route, Switch } from "wouter";
import { NotFoundPage } from "./pages/NotFoundPage";
import { StudiesPage } from "./pages/StudiesPage";
import { StudyPage } from "./pages/StudyPage";

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
          <a href="/mlflow/#/experiments?workflowType=machine_learning">MLflow</a>
          <a href="/api/docs">API</a>
        </nav>
      </header>
      <main>
        <Switch>
          <Route path="/">
            <Redirect to="/studies" replace />
          </Route>
          <Route path="/studies">
            <StudiesPage />
          </Route>
          <Route path="/studies/:name">{({ name }) => <StudyPage key={name} name={decodeURIComponent(name)} />}</Route>
          <Route>
            <NotFoundPage />
          </Route>
        </Switch>
      </main>
    </>
  );
}
