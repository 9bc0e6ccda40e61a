import '../page/theme.css';
import './demo.css';
import '@injeung/client/element';
import { announce } from '../page/announce';
import { create, find } from '../page/create';
import { InboxFeed } from '../inbox/inbox-feed';
import { MessageList } from '../inbox/message-list';
import { type InboxMessage } from '../inbox/inbox-message.types';
import { ENGLISH, KOREAN } from '../inbox/inbox.texts';
import { showAccount } from './account';
import { type CheckedProof, checkProof } from './check-proof';
import { type DemoLanguage, type DemoTexts, TEXTS } from './demo.texts';
import { endSession, sessionNonce } from './session';

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
/** How often the messages are read, in milliseconds. */
const POLL_MS = 700;
const INBOX_TEXTS = { ko: KOREAN, en: ENGLISH };
const form = find<HTMLFormElement>('#form');
const account = find('#account');
const settings = (await (await fetch('/demo/settings')).json()) as DemoSettings;
let language = firstLanguage();
/** The last sign-up; null while the form is shown. */
let signedUp: CheckedProof | null = null;

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
  signedUp = null;
  const element = create('injeung-verify', {
    endpoint: '/graphql',
    channel: settings.channels.join(' '),
    purpose: PURPOSE,
    nonce: sessionNonce(),
    name: 'proof',
    required: '',
  });
  element.toggleAttribute('disabled', settings.requiresKey);
  find('#element').replaceChildren(element);
  account.hidden = true;
  form.hidden = false;
}

async function signUp(): Promise<void> {
  const proof = new FormData(form).get('proof') as string;
  const { nonce = '' } = find('injeung-verify');
  endSession();
  signedUp = await checkProof(proof, { purpose: PURPOSE, nonce });
  showAccount(account, signedUp, language);
  form.hidden = true;
  account.hidden = false;
  account.focus();
}

function createList(): MessageList {
  const showOnly = (to: string) => location.assign(`/inbox?to=${encodeURIComponent(to)}`);
  return new MessageList(find('.messages'), { texts: INBOX_TEXTS[language], showOnly });
}

function createFeed(): InboxFeed {
  const showMessages = (messages: InboxMessage[]) => {
    const arrived = list.show(messages.slice(0, SHOWN_MESSAGES));
    if (arrived > 0) announce(`${TEXTS[language].inbox}: ${messages[0]!.to}`);
    find('#empty').hidden = messages.length > 0;
  };
  const events = { messages: showMessages, connection: () => undefined };
  return new InboxFeed({ to: '', channel: null }, events, POLL_MS);
}

function changeLanguage(next: DemoLanguage): void {
  history.replaceState(null, '', `?lang=${next}`);
  speak(next);
  list.speak(INBOX_TEXTS[next]);
  if (settings.hasInbox) void feed.read();
  if (signedUp) showAccount(account, signedUp, language);
  else begin();
}

for (const choice of document.querySelectorAll<HTMLInputElement>('[name=language]'))
  choice.addEventListener('change', () => changeLanguage(choice.value as DemoLanguage));
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void signUp();
});
find('#again').addEventListener('click', begin);

speak(language);
const list = createList();
const feed = createFeed();
find('#keys-required').hidden = !settings.requiresKey;
begin();
if (settings.hasInbox) feed.start();
