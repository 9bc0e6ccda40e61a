import { readStored, store } from '../page/storage';

const STORED = 'injeung inbox shortcuts';

/** An action for each key. */
export type Shortcuts = Record<string, () => void>;

/**
 * Runs an action when its key is pressed outside a text field. A user can switch the keys off, because speech input
 * and other aids can press single keys by mistake (WCAG 2.2, criterion 2.1.4).
 *
 * @param toggle switches the keys on and off. The browser remembers it.
 */
export function listenForShortcuts(shortcuts: Shortcuts, toggle: HTMLInputElement): void {
  toggle.checked = readStored(STORED) !== 'off';
  toggle.addEventListener('change', () => store(STORED, toggle.checked ? 'on' : 'off'));
  document.addEventListener('keydown', (event) => {
    const action = shortcuts[event.key];
    if (!action || !toggle.checked || event.ctrlKey || event.metaKey || event.altKey || isTyping(event))
      return;
    event.preventDefault();
    action();
  });
}

function isTyping({ target }: KeyboardEvent): boolean {
  return (
    target instanceof HTMLElement && target.matches('input:not([type=radio], [type=checkbox]), textarea')
  );
}
