import { useState } from "react";
import { ErrorNotice, Loading } from "../components/basics/Notice";
import { Details } from "../components/catalogue/Details";
import { familiesOf } from "../components/catalogue/families";
import { matching } from "../components/catalogue/finding";
import { KindList } from "../components/catalogue/KindList";
import { LeftOutNotice } from "../components/catalogue/LeftOutNotice";
import { Sidebar } from "../components/catalogue/Sidebar";
import { useCatalogue } from "../state/queries";
import { useTitle } from "../state/title";
import { NotFoundPage } from "./NotFoundPage";

interface Props {
  readonly kind: string | null;
  readonly name: string | null;
}

/** Everything that a study can name, what there is of one kind, or one in full. */
export function CataloguePage({ kind, name }: Props) {
  useTitle("Catalogue");
  const [query, setQuery] = useState("");
  const { data, error, refetch } = useCatalogue();
  if (!data) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <Loading what="the catalogue" />;
  const families = familiesOf(data);
  const found = matching(families, query);
  const shown = kind === null ? found : families.filter((one) => one.name === kind);
  return (
    <div className="catalogue">
      <Sidebar families={found} selected={{ kind, name }} query={query} onQuery={setQuery} />
      <div className="catalogue-main">
        {kind !== null && name !== null ? (
          <Details key={`${kind} ${name}`} kind={kind} name={name} />
        ) : kind !== null && shown.length === 0 ? (
          <NotFoundPage what={`There is no kind “${kind}”`} />
        ) : (
          <>
            <h1>Catalogue</h1>
            <LeftOutNotice refused={data.refused} />
            <KindList families={shown} />
          </>
        )}
      </div>
    </div>
  );
}
