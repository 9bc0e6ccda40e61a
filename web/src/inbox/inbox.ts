import '../page/theme.css';
import './inbox.css';
import { announce } from '../page/announce';
import { copyButton } from '../page/copy-button';
import { create, find } from '../page/create';
import { InboxFeed } from './inbox-feed';
import { type InboxFilter, type InboxMessage } from './inbox-message.types';
import { ENGLISH } from './inbox.texts';
import { MessageList } from './message-list';
import { listenForShortcuts } from './shortcuts';

const search = find<HTMLInputElement>('#to');
const form = find<HTMLFormElement>('form');
const connection = find('#connection');
const list = new MessageList(find('.messages'), {
  texts: ENGLISH,
  showOnly: (to) => {
    search.value = to;
    applyFilter();
  },
});
/** Whether the number of messages was announced to screen readers since the filter has changed. */
let isAnnounced = false;
const feed = new InboxFeed(readFilter(new URLSearchParams(location.search)), {
  messages: show,
  connection: showConnection,
});

function readFilter(query: URLSearchParams): InboxFilter {
  const channel = query.get('channel');
  search.value = query.get('to') ?? '';
  const choice = form.querySelector<HTMLInputElement>(`[name=channel][value="${CSS.escape(channel ?? '')}"]`);
  if (choice) choice.checked = true;
  return currentFilter();
}

function currentFilter(): InboxFilter {
  const channel = new FormData(form).get('channel') as InboxMessage['channel'] | '';
  return { to: search.value.trim(), channel: channel || null };
}

function applyFilter(): void {
  const filter = currentFilter();
  const query = new URLSearchParams();
  if (filter.to !== '') query.set('to', filter.to);
  if (filter.channel !== null) query.set('channel', filter.channel);
  history.replaceState(null, '', query.size > 0 ? `?${query}` : location.pathname);
  list.filterChanged();
  isAnnounced = false;
  feed.change(filter);
}

function show(messages: InboxMessage[], { to, channel }: InboxFilter): void {
  const arrived = list.show(messages);
  if (arrived > 0) announce(`${counted(arrived)} arrived`);
  else if (!isAnnounced) announce(counted(messages.length));
  isAnnounced = true;
  const isFiltered = to !== '' || channel !== null;
  find('#empty').hidden = messages.length > 0 || isFiltered;
  find('#no-match').hidden = messages.length > 0 || !isFiltered;
  if (!isFiltered) return;
  const kind = channel === null ? 'messages' : channel === 'SMS' ? 'SMS' : 'e-mail';
  find('#no-match h2').textContent = to === '' ? `No ${kind} yet` : `No ${kind} to “${to}”`;
}

function counted(count: number): string {
  return count === 1 ? '1 message' : `${count} messages`;
}

function showConnection(works: boolean): void {
  const text = works ? 'Live' : 'No answer from the server';
  if (connection.textContent === text) return;
  connection.textContent = text;
  connection.classList.toggle('lost', !works);
}

/** The command of the empty inbox, which requests a code. */
function showCommand(): void {
  const query = 'mutation { requestEmailCode(input: {email: "user@example.com"}) { id } }';
  const body = JSON.stringify({ query });
  const command = `curl ${location.origin}/graphql \\\n  -H 'content-type: application/json' \\\n  -d '${body}'`;
  const button = copyButton({ text: command, label: 'Copy command', shown: 'Copy command' }, () =>
    announce('Command copied'),
  );
  find('.command').append(create('pre', {}, command), button);
}

/** Moves the focus to the code of the next message, or of an earlier one for -1. */
function moveFocus(step: 1 | -1): void {
  const buttons = list.copyButtons();
  const focused = buttons.findIndex((button) => button.closest('.message')?.contains(document.activeElement));
  const next = focused === -1 ? 0 : Math.min(Math.max(focused + step, 0), buttons.length - 1);
  buttons[next]?.focus();
}

/** Copies the code of the message that has the focus, else of the newest one. */
function copyCode(): void {
  const card = document.activeElement?.closest('.message');
  (card?.querySelector<HTMLButtonElement>('.head .copy') ?? list.copyButtons()[0])?.click();
}

function focusSearch(): void {
  search.focus();
  search.select();
}

form.addEventListener('input', applyFilter);
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void feed.read();
});
find('#show-all').addEventListener('click', () => {
  form.reset();
  search.value = '';
  applyFilter();
  search.focus();
});
listenForShortcuts(
  { '/': focusSearch, c: copyCode, j: () => moveFocus(1), k: () => moveFocus(-1) },
  find<HTMLInputElement>('#shortcuts'),
);
showCommand();
feed.start();
