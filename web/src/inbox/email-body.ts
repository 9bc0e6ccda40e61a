import { create } from '../page/create';
import { fill } from '../page/fill';
import { type InboxMessage } from './inbox-message.types';
import { type InboxTexts } from './inbox.texts';

const MAX_HEIGHT = 3_000;

/**
 * Creates the subject and the body of an e-mail, with a button that switches between HTML and text. The frame runs no
 * script: it has no `allow-scripts`, and it inherits the policy of the page. With `allow-same-origin` the page can
 * measure the e-mail.
 */
export function emailBody({ subject, html, text, to }: InboxMessage, texts: InboxTexts): HTMLElement[] {
  const title = create('h2', {}, subject || texts.noSubject);
  const plain = create('pre', { class: 'text' }, text);
  if (html === null) return [create('div', { class: 'subject' }, title), plain];
  const frame = create('iframe', {
    class: 'frame',
    sandbox: 'allow-same-origin',
    title: fill(texts.emailTo, { to }),
    srcdoc: html,
  });
  fitHeight(frame);
  const button = create('button', { type: 'button', class: 'plain' });
  const show = (asText: boolean) => {
    frame.hidden = asText;
    plain.hidden = !asText;
    button.textContent = asText ? texts.showHtml : texts.showText;
  };
  button.addEventListener('click', () => show(plain.hidden));
  show(false);
  return [create('div', { class: 'subject' }, title, button), frame, plain];
}

function fitHeight(frame: HTMLIFrameElement): void {
  const fit = () => {
    const page = frame.contentDocument?.documentElement;
    const height = page && frame.clientWidth > 0 ? page.getBoundingClientRect().height : 0;
    if (height > 0) frame.style.height = `${Math.min(Math.ceil(height), MAX_HEIGHT) + 1}px`;
  };
  frame.addEventListener('load', fit);
  new ResizeObserver(fit).observe(frame);
}
