import { find } from './create';

/** Lets screen readers say a text. The page contains the live region. */
export function announce(text: string): void {
  find('#announcement').textContent = text;
}
