import '../page/theme.css';
import './demo.css';
import '@injeung/client/element';
import { announce } from '../page/announce';
import { create, find } from '../page/create';
import { InboxFeed } from '../inbox/inbox-feed';
import { MessageList } from '../inbox/message-list';
import { showAccount } from './account';
import { type DemoLanguage, type DemoTexts, TEXTS } from './demo.texts';
import * as session from './session';

/** What `GET /demo/settings` returns. */
interface DemoSettings {
  /** The channels that the server sends on, in the form of the element's attribute. */
  channels: ('email' | 'sms')[];
  /** Whether messages are delivered to the inbox. */
  hasInbox: boolean;
  /** Whether requests require an application key, which a page must not have. */
  requiresKey: boolean;
}

const PURPOSE = 'sign-up';
/** How many messages are shown. The inbox has the others. */
const SHOWN_MESSAGES = 3;
const form = find<HTMLFormElement>('#form');
const account = find('#account');
const settings = (await (await fetch('/demo/settings')).json()) as DemoSettings;
let language = firstLanguage();

function firstLanguage(): DemoLanguage {
  const asked = new URLSearchParams(location.search).get('lang') ?? navigator.language;
  return asked.startsWith('ko') ? 'ko' : 'en';
}

/** Shows the page in a language. The element takes it from the attribute `lang` of the page. */
function speak(next: DemoLanguage): void {
  language = next;
  const texts = TEXTS[language];
  document.documentElement.lang = language;
  document.title = texts.title;
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]'))
    element.textContent = texts[element.dataset.text as Exclude<keyof DemoTexts, 'claims'>];
  find('#empty').textContent = settings.hasInbox ? texts.noMessages : texts.noInbox;
  find<HTMLInputElement>(`[name=language][value=${language}]`).checked = true;
}

/** Shows the form. A sign-up that was begun before a reload or in another language continues. */
function begin(): void {
  const element = create('injeung-verify', {
    endpoint: '/graphql',
    channel: settings.channels.join(' '),
    purpose: PURPOSE,
    nonce: session.nonce(),
    name: 'proof',
    required: '',
  });
  find('#element').replaceChildren(element);
  account.hidden = true;
  form.hidden = false;
}

async function signUp(): Promise<void> {
  const proof = new FormData(form).get('proof') as string;
  const nonce = session.end();
  form.hidden = true;
  account.hidden = false;
  await showAccount(account, proof, { expected: { purpose: PURPOSE, nonce }, language });
  account.focus();
}

function showInbox(): void {
  const list = new MessageList(find('.messages'), (to) => {
    location.href = `/inbox?to=${encodeURIComponent(to)}`;
  });
  const feed = new InboxFeed(
    { to: '', channel: null },
    {
      messages: (messages) => {
        const { added, areNew } = list.show(messages.slice(0, SHOWN_MESSAGES));
        if (areNew && added > 0) announce(`${TEXTS[language].inbox}: ${messages[0]!.to}`);
        find('#empty').hidden = messages.length > 0;
      },
      connection: () => undefined,
    },
  );
  feed.start();
  // A message is stored a moment after the request for it was accepted.
  document.addEventListener('requested', () => void feed.read());
}

for (const choice of document.querySelectorAll<HTMLInputElement>('[name=language]'))
  choice.addEventListener('change', () => {
    history.replaceState(null, '', `?lang=${choice.value}`);
    speak(choice.value as DemoLanguage);
    if (account.hidden) begin();
  });
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void signUp();
});
find('#again').addEventListener('click', begin);

speak(language);
find('#keys-required').hidden = !settings.requiresKey;
begin();
if (settings.hasInbox) showInbox();
