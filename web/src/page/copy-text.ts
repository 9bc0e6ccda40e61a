import { create } from './create';

/** Copies a text. Without HTTPS, browsers offer the clipboard to pages of localhost only. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const focused = document.activeElement;
    const area = create('textarea', { class: 'unseen' }, text);
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
