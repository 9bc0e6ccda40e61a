import { copyText } from './copy-text';
import { create } from './create';
import { icon } from './icons';

const SHOWN_MS = 1_600;

/**
 * Creates a button that copies a text, and shows for a moment that it did.
 *
 * @param copied is called afterwards, to announce it to screen readers.
 */
export function copyButton(
  { text, label, shown }: { text: string; label: string; shown: string },
  copied: () => void,
): HTMLButtonElement {
  const button = create(
    'button',
    { type: 'button', class: 'copy', 'aria-label': label },
    create('span', {}, shown),
  );
  button.append(icon('copy'), icon('done'));
  button.addEventListener('click', () => {
    void copyText(text).then(() => {
      button.classList.add('copied');
      setTimeout(() => button.classList.remove('copied'), SHOWN_MS);
      copied();
    });
  });
  return button;
}
