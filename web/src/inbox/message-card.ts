import { announce } from '../page/announce';
import { copyButton } from '../page/copy-button';
import { create, find } from '../page/create';
import { fill } from '../page/fill';
import { icon } from '../page/icons';
import { emailBody } from './email-body';
import { type InboxMessage } from './inbox-message.types';
import { type InboxTexts } from './inbox.texts';
import { relativeTime } from './relative-time';
import { providersOf, sendList } from './send-list';

/** The length that Korean carriers transmit as one SMS; a longer text is an LMS. */
const SMS_BYTES = 90;

export interface CardContext {
  texts: InboxTexts;
  /** Is called with the recipient when the user selects it. */
  showOnly: (to: string) => void;
}

/** Creates the card of a message. Its texts are inserted as text, and its HTML only into a frame. */
export function messageCard(message: InboxMessage, context: CardContext): HTMLLIElement {
  const { texts } = context;
  const { channel, code } = message;
  const head = create(
    'div',
    { class: 'head' },
    create('span', { class: 'kind' }, icon(channel === 'SMS' ? 'sms' : 'email')),
    create('div', { class: 'who' }, recipientLink(message, context), metaLine(message, texts)),
    copyButton({ text: code, label: fill(texts.copyCode, { code }), shown: code }, () =>
      announce(fill(texts.codeCopied, { code })),
    ),
  );
  const body =
    channel === 'SMS' ? [create('div', { class: 'bubble' }, message.text)] : emailBody(message, texts);
  return create('li', { class: 'message' }, head, sendList(message, texts), ...body);
}

/** Shows what has changed of a message. Its text does not change, and its frame would load again. */
export function updateCard(card: HTMLElement, message: InboxMessage, texts: InboxTexts): void {
  find('.meta', card).replaceWith(metaLine(message, texts));
  find('.sends', card).replaceWith(sendList(message, texts));
}

function recipientLink({ to }: InboxMessage, { texts, showOnly }: CardContext): HTMLElement {
  const link = create('a', { class: 'to', href: `/inbox?to=${encodeURIComponent(to)}` }, to);
  link.addEventListener('click', (event) => {
    // The browser opens another tab.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    showOnly(to);
  });
  return create('div', {}, create('span', { class: 'unseen' }, `${texts.to} `), link);
}

/** `SMS · 2 minutes ago · 58 of 90 bytes · via sens-alimtalk → inbox` */
function metaLine(message: InboxMessage, texts: InboxTexts): HTMLElement {
  const { channel, sentAt, bytes } = message;
  const time = create('time', { datetime: sentAt, title: new Date(sentAt).toLocaleString(texts.locale) });
  time.textContent = relativeTime(sentAt, texts);
  const meta = create('div', { class: 'meta' }, channel === 'SMS' ? texts.sms : texts.email, ' · ', time);
  if (bytes !== null) meta.append(' · ', byteCount(bytes, texts));
  const providers = providersOf(message);
  // A message is stored a moment before its send is complete.
  if (providers !== '') meta.append(' · ', fill(texts.providers, { providers }));
  return meta;
}

function byteCount(bytes: number, texts: InboxTexts): HTMLElement {
  const isLong = bytes > SMS_BYTES;
  const text = fill(isLong ? texts.bytesOfLms : texts.bytes, { bytes });
  return create('span', { class: isLong ? 'bytes long' : 'bytes', title: texts.bytesMeaning }, text);
}
