/** What keeps a fault of one screen from blanking the page. */
import { Component, type ComponentChildren } from 'preact';
import { asProblem } from '../net/api-calls.ts';
import { ProblemNote } from './problem-note.tsx';

interface State {
  readonly error: unknown;
}

export class FailureFrame extends Component<{ readonly children: ComponentChildren }, State> {
  override state: State = { error: null };

  static override getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  override render(): ComponentChildren {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return <ProblemNote problem={asProblem(error)} onRetry={() => this.setState({ error: null })} />;
  }
}
