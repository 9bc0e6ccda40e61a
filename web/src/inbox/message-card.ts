import { announce } from '../page/announce';
import { copyButton } from '../page/copy-button';
import { create } from '../page/create';
import { icon } from '../page/icons';
import { emailBody } from './email-body';
import { type InboxMessage } from './inbox-message.types';
import { relativeTime } from './relative-time';
import { providersOf, sendList } from './send-list';

/** The length that Korean carriers transmit as one SMS; a longer text is an LMS. */
const SMS_BYTES = 90;

/**
 * Creates the card of a message. Its texts are inserted as text, and its HTML only into a frame.
 *
 * @param showOnly is called with the recipient when the user selects it.
 */
export function messageCard(message: InboxMessage, showOnly: (to: string) => void): HTMLLIElement {
  const { channel, code } = message;
  const card = create('li', { class: 'message' });
  const head = create('div', { class: 'head' });
  head.append(
    create('span', { class: 'kind' }, icon(channel === 'SMS' ? 'sms' : 'email')),
    create('div', { class: 'who' }, recipientLink(message, showOnly), metaLine(message)),
    copyButton({ text: code, label: `Copy code ${code}`, shown: code }, () =>
      announce(`Code ${code} copied`),
    ),
  );
  card.append(head);
  const sends = sendList(message);
  if (sends !== null) card.append(sends);
  if (channel === 'SMS') card.append(create('div', { class: 'bubble' }, message.text));
  else card.append(...emailBody(message));
  return card;
}

function recipientLink({ to }: InboxMessage, showOnly: (to: string) => void): HTMLElement {
  const link = create('a', { class: 'to', href: `/inbox?to=${encodeURIComponent(to)}` }, to);
  link.addEventListener('click', (event) => {
    // The browser opens another tab.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showOnly(to);
  });
  return create('div', {}, create('span', { class: 'unseen' }, 'To '), link);
}

/** `SMS · 2 minutes ago · 58 of 90 bytes · sens-alimtalk → inbox` */
function metaLine(message: InboxMessage): HTMLElement {
  const { channel, sentAt, bytes } = message;
  const time = create('time', { datetime: sentAt, title: new Date(sentAt).toLocaleString() });
  time.textContent = relativeTime(sentAt);
  const meta = create('div', { class: 'meta' }, channel === 'SMS' ? 'SMS' : 'E-mail', ' · ', time);
  if (bytes !== null) meta.append(' · ', byteCount(bytes));
  meta.append(' · ', create('span', { title: 'Providers' }, providersOf(message)));
  return meta;
}

function byteCount(bytes: number): HTMLElement {
  const isLong = bytes > SMS_BYTES;
  const title = 'Length in EUC-KR, as Korean carriers count it';
  return create(
    'span',
    { class: isLong ? 'bytes long' : 'bytes', title },
    isLong ? `${bytes} bytes, sent as LMS` : `${bytes} of ${SMS_BYTES} bytes`,
  );
}
