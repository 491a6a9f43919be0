import type { ReactNode } from "react";
import { Component } from "react";
import { ErrorNotice } from "./Notice";

interface Props {
  /** Where the reader is; elsewhere the page is tried anew. */
  readonly place: string;
  readonly children: ReactNode;
}

interface State {
  readonly error: Error | null;
  readonly place: string;
}

/** Keeps an error within the part of the page that met it, and says what it was. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null, place: this.props.place };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  static getDerivedStateFromProps({ place }: Props, state: State): Partial<State> | null {
    return place === state.place ? null : { error: null, place };
  }

  override render() {
    const { error } = this.state;
    return error ? <ErrorNotice error={error} onRetry={() => this.setState({ error: null })} /> : this.props.children;
  }
}
