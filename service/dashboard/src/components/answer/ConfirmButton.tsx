import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { confirmStudy } from "../../api/answers";
import type { StudyView } from "../../api/types";
import type { Asked, Proposed } from "../../format/answers";
import { confirmationOf, formatCost } from "../../format/answers";
import { ErrorNotice } from "../basics/Notice";
import { ConfirmQuestion } from "./ConfirmQuestion";

interface Props {
  readonly study: StudyView;
  readonly label: string;
  readonly proposed: Proposed;
  /** Which trials are trained instead of the best, and in words. */
  readonly chosen?: { readonly trials: readonly number[]; readonly named: string };
}

/** Offers to train trials once more, and asks first; the study that does is then among the confirmations. */
export function ConfirmButton({ study, label, proposed, chosen }: Props) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const { mutate, error, isPending } = useMutation({
    mutationFn: (asked: Asked) => confirmStudy(study.name, chosen ? { ...asked, k: null, trials: [...chosen.trials] } : confirmationOf(asked, proposed)),
    onSuccess: (made) => {
      queries.setQueryData(["study", made.name], made);
      const changed = [["studies"], ["study", study.name], ...(study.confirms ? [["study", study.confirms.study]] : [])];
      return Promise.all(changed.map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
  return (
    <div className="confirm-offer">
      <button type="button" className="button primary small" disabled={isPending} onClick={() => setAsking(true)}>
        {isPending ? "Submitting…" : label}
      </button>{" "}
      <span className="muted">
        trains {proposed.k} trials over {proposed.seeds} fresh seeds: {formatCost({ ...proposed, over: "seeds" }, 1, proposed)}
      </span>
      {error && <ErrorNotice error={error} />}
      {asking && (
        <ConfirmQuestion
          study={study}
          proposed={proposed}
          named={chosen?.named ?? null}
          onClose={() => setAsking(false)}
          onConfirm={(asked) => {
            setAsking(false);
            mutate(asked);
          }}
        />
      )}
    </div>
  );
}
