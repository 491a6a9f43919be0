import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { signIn } from "../api/session";
import { ErrorNotice } from "../components/basics/Notice";
import { noteSignIn } from "../state/session";

/** Asks for the token that the service was started with; afterward the page that was asked for is shown. */
export function SignInPage() {
  const queries = useQueryClient();
  const [token, setToken] = useState("");
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => signIn(token.trim()),
    onSuccess: () => {
      queries.clear();
      noteSignIn();
    },
  });
  return (
    <form
      className="panel sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        mutate();
      }}
    >
      <h1>Sign in</h1>
      <p>
        This service wants the token that it was started with (<code>STUDYHALL_TOKEN</code>). Whoever runs it knows it.
      </p>
      <label>
        Token
        <input
          type="password"
          autoComplete="current-password"
          autoFocus
          required
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
      </label>
      <button type="submit" className="button" disabled={isPending || token.trim() === ""}>
        {isPending ? "Signing in…" : "Sign in"}
      </button>
      {error && <ErrorNotice error={error} />}
    </form>
  );
}
