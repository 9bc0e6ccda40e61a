import { type InboxFilter, type InboxMessage } from './inbox-message.types';

/**
 * Reads the messages that a filter shows, newest first. The server finds whole recipients only, so a part of one is
 * searched among the newest messages.
 */
export async function readMessages({ to, channel }: InboxFilter): Promise<InboxMessage[]> {
  const exact = await request({ to, channel });
  if (exact.length > 0 || to === '') return exact;
  const part = to
    .toLowerCase()
    .replace(/[\s()-]/g, '')
    .replace(/^0(?=[0-9])/, '');
  const newest = await request({ to: '', channel });
  return newest.filter((message) => message.to.toLowerCase().replace(/-/g, '').includes(part));
}

async function request({ to, channel }: InboxFilter): Promise<InboxMessage[]> {
  const query = new URLSearchParams();
  if (to !== '') query.set('to', to);
  if (channel !== null) query.set('channel', channel);
  const answer = await fetch(`/inbox/messages?${query}`);
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return (await answer.json()) as InboxMessage[];
}
