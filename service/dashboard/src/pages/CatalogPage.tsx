import { useState } from "react";
import { NotFound } from "../components/basics/NotFound";
import { ErrorNotice, Loading } from "../components/basics/Notice";
import { Details } from "../components/catalog/Details";
import { familiesOf } from "../components/catalog/families";
import { matching } from "../components/catalog/finding";
import { KindList } from "../components/catalog/KindList";
import { LeftOutNotice } from "../components/catalog/LeftOutNotice";
import { Sidebar } from "../components/catalog/Sidebar";
import { useCatalog } from "../state/queries";
import { useTitle } from "../state/title";

interface Props {
  readonly kind: string | null;
  readonly name: string | null;
}

/** Everything that a study can name, what there is of one kind, or one in full. */
export function CatalogPage({ kind, name }: Props) {
  useTitle("Catalog");
  const [query, setQuery] = useState("");
  const { data, error, refetch } = useCatalog();
  if (!data) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Loading what="the catalog" />;
  const families = familiesOf(data);
  const found = matching(families, query);
  const shown = kind === null ? found : families.filter((one) => one.name === kind);
  return (
    <div className="catalog">
      <Sidebar families={found} selected={{ kind, name }} query={query} onQuery={setQuery} />
      <div className="catalog-main">
        {kind !== null && name !== null ? (
          <Details key={`${kind} ${name}`} kind={kind} name={name} />
        ) : kind !== null && shown.length === 0 ? (
          <NotFound what={`There is no kind “${kind}”`} />
        ) : (
          <>
            <h1>Catalog</h1>
            <LeftOutNotice refused={data.refused} />
            <KindList families={shown} />
          </>
        )}
      </div>
    </div>
  );
}
