import { create } from '../page/create';
import { type InboxMessage, type InboxSend, type SendResult } from './inbox-message.types';

const RESULTS: Record<SendResult, string> = {
  ACCEPTED: 'accepted',
  DELIVERED: 'delivered',
  NOT_DELIVERED: 'not delivered',
  REFUSED: 'refused',
  TEMPORARY_ERROR: 'temporary error',
  UNKNOWN: 'no usable answer',
  SKIPPED: 'skipped',
};

/** Returns the providers of a message in one line, each once in a row: `sens-alimtalk → inbox`. */
export function providersOf({ sends }: InboxMessage): string {
  const names = sends.map(({ provider }) => provider);
  return names.filter((name, index) => name !== names[index - 1]).join(' → ');
}

/** Creates the list of the sends with their results. Null for a message that needed only one. */
export function sendList({ sends }: InboxMessage): HTMLElement | null {
  if (sends.length < 2) return null;
  return create('ol', { class: 'sends', 'aria-label': 'Sends of this message' }, ...sends.map(item));
}

function item({ provider, result, failure, detail, endedAt }: InboxSend): HTMLLIElement {
  const time = new Date(endedAt).toLocaleTimeString('en', { hourCycle: 'h23' });
  const reasons = [failure, detail].filter((one) => one !== null).join(', ');
  return create(
    'li',
    {},
    create('strong', {}, provider),
    ` ${RESULTS[result]}${reasons === '' ? '' : ` (${reasons})`} `,
    create('time', { datetime: endedAt }, time),
  );
}
