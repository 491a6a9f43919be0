import { useState } from "react";
import { ErrorNotice, Loading } from "../components/basics/Notice";
import { ComponentDetails } from "../components/catalogue/ComponentDetails";
import { matching } from "../components/catalogue/finding";
import { KindList } from "../components/catalogue/KindList";
import { Sidebar } from "../components/catalogue/Sidebar";
import { useCatalogue } from "../state/queries";
import { useTitle } from "../state/title";
import { NotFoundPage } from "./NotFoundPage";

interface Props {
  readonly kind: string | null;
  readonly name: string | null;
}

/** All components, those of one kind, or one in full. */
export function CataloguePage({ kind, name }: Props) {
  useTitle("Catalogue");
  const [query, setQuery] = useState("");
  const { data, error, refetch } = useCatalogue();
  if (!data) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Loading what="the catalogue" />;
  const found = matching(data.kinds, query);
  const shown = kind === null ? found : data.kinds.filter((one) => one.name === kind);
  return (
    <div className="catalogue">
      <Sidebar kinds={found} selected={{ kind, name }} query={query} onQuery={setQuery} />
      <div className="catalogue-main">
        {kind !== null && name !== null ? (
          <ComponentDetails key={`${kind} ${name}`} kind={kind} name={name} />
        ) : kind !== null && shown.length === 0 ? (
          <NotFoundPage what={`There is no kind “${kind}”`} />
        ) : (
          <>
            <h1>Catalogue</h1>
            <KindList kinds={shown} />
          </>
        )}
      </div>
    </div>
  );
}
