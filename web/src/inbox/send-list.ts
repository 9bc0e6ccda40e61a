import { create } from '../page/create';
import { type InboxMessage, type InboxSend } from './inbox-message.types';
import { type InboxTexts } from './inbox.texts';

/** Returns the providers of a message in one line, each once in a row: `sens-alimtalk → inbox`. */
export function providersOf({ sends }: InboxMessage): string {
  const names = sends.map(({ provider }) => provider);
  return names.filter((name, index) => name !== names[index - 1]).join(' → ');
}

/** Creates the list of the sends with their results. It is hidden for a message that needed only one. */
export function sendList({ sends }: InboxMessage, texts: InboxTexts): HTMLElement {
  const list = create('ol', { class: 'sends', 'aria-label': texts.sends });
  list.append(...sends.map((send) => item(send, texts)));
  list.hidden = sends.length < 2;
  return list;
}

function item(
  { provider, result, failure, detail, endedAt }: InboxSend,
  { results, locale }: InboxTexts,
): HTMLElement {
  const time = new Date(endedAt).toLocaleTimeString(locale, { hourCycle: 'h23' });
  const reasons = [failure, detail].filter((one) => one !== null).join(', ');
  return create(
    'li',
    {},
    create('strong', {}, provider),
    ` ${results[result]}${reasons === '' ? '' : ` (${reasons})`} `,
    create('time', { datetime: endedAt }, time),
  );
}
