/**
 * The program of the inbox, which runs in the browser. It inserts the text of a message as text, and its HTML
 * only as the srcdoc of a frame that runs no script. Elements on the page are never rebuilt or moved, because
 * a frame that moves loads again and flickers.
 */
export const INBOX_SCRIPT = String.raw`
'use strict';
const POLL_MS = 2000;
const find = (selector, root = document) => root.querySelector(selector);
const list = find('.messages');
const search = find('#to');
const state = find('.state');
const shown = new Map();
let asked = 0;
let timer = 0;
let first = true;

function say(text) { find('#said').textContent = text; }

async function copy(button, text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without HTTPS browsers offer the clipboard to localhost only.
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'unseen';
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
    button.focus();
  }
  button.classList.add('copied');
  say(what + ' copied');
  setTimeout(() => button.classList.remove('copied'), 1600);
}

function ago(iso) {
  const seconds = Math.round((new Date(iso) - Date.now()) / 1000);
  if (seconds > -10) return 'just now';
  const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  if (seconds > -60) return words.format(seconds, 'second');
  if (seconds > -3600) return words.format(Math.round(seconds / 60), 'minute');
  if (seconds > -86400) return words.format(Math.round(seconds / 3600), 'hour');
  return new Date(iso).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
}

function card(message) {
  const template = find(message.channel === 'SMS' ? '#sms' : '#email');
  const item = template.content.firstElementChild.cloneNode(true);
  const to = find('.to', item);
  to.textContent = message.to;
  to.href = '?to=' + encodeURIComponent(message.to);
  to.onclick = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    look(message.to);
  };
  const time = find('time', item);
  time.dateTime = message.sentAt;
  time.title = new Date(message.sentAt).toLocaleString();
  const button = find('.copy', item);
  find('.code', button).textContent = message.code;
  button.setAttribute('aria-label', 'Copy code ' + message.code);
  button.onclick = () => copy(button, message.code, 'Code');
  if (message.channel === 'SMS') find('.bubble', item).textContent = message.text;
  else fillEmail(item, message);
  return item;
}

function fillEmail(item, message) {
  find('h2', item).textContent = message.subject || '(no subject)';
  const frame = find('.frame', item);
  const text = find('.text', item);
  const plain = find('.plain', item);
  const fit = () => {
    const page = frame.contentDocument && frame.contentDocument.documentElement;
    const height = page && frame.clientWidth ? page.getBoundingClientRect().height : 0;
    if (height > 0) frame.style.height = Math.min(Math.ceil(height), 3000) + 1 + 'px';
  };
  text.textContent = message.text;
  frame.title = 'E-mail to ' + message.to;
  frame.onload = fit;
  frame.srcdoc = message.html || '';
  new ResizeObserver(fit).observe(frame);
  const show = (asText) => {
    frame.hidden = asText;
    text.hidden = !asText;
    plain.textContent = asText ? 'Show HTML' : 'Show text';
  };
  plain.hidden = !message.html;
  plain.onclick = () => show(text.hidden);
  show(!message.html);
}

function show(messages, to) {
  const wanted = new Map(messages.map((message) => [message.id, JSON.stringify(message)]));
  for (const [id, { item, key }] of shown) {
    if (wanted.get(id) === key) continue;
    item.remove();
    shown.delete(id);
  }
  let next = list.firstElementChild;
  let arrived = 0;
  for (const message of messages) {
    const known = shown.get(message.id);
    if (known) {
      next = known.item.nextElementSibling;
      continue;
    }
    const item = card(message);
    if (!first) item.classList.add('fresh');
    list.insertBefore(item, next);
    shown.set(message.id, { item, key: wanted.get(message.id) });
    arrived += 1;
  }
  for (const time of list.querySelectorAll('time')) {
    const words = ago(time.dateTime);
    if (time.textContent !== words) time.textContent = words;
  }
  if (arrived) say(arrived + (arrived === 1 ? ' message' : ' messages') + (first ? '' : ' arrived'));
  first = false;
  find('#nothing').hidden = messages.length > 0 || to !== '';
  find('#nobody').hidden = messages.length > 0 || to === '';
  find('#nobody span').textContent = to;
}

async function read(to) {
  const answer = await fetch('/inbox/messages' + (to ? '?to=' + encodeURIComponent(to) : ''));
  if (!answer.ok) throw new Error('HTTP ' + answer.status);
  return answer.json();
}

/** The server looks for a whole address or number; a part of one is looked for among the newest messages. */
async function readFor(to) {
  const exact = await read(to);
  if (exact.length > 0 || to === '') return exact;
  const part = to.toLowerCase().replace(/[\s()-]/g, '').replace(/^0(?=[0-9])/, '');
  return (await read('')).filter((message) => message.to.toLowerCase().replace(/-/g, '').includes(part));
}

async function refresh() {
  clearTimeout(timer);
  const mine = ++asked;
  const to = search.value.trim();
  try {
    const messages = await readFor(to);
    // An answer to an earlier question must not overwrite a later one's.
    if (mine !== asked) return;
    show(messages, to);
    tell(true);
  } catch {
    if (mine !== asked) return;
    tell(false);
  }
  if (!document.hidden) timer = setTimeout(refresh, POLL_MS);
}

function tell(live) {
  if (state.dataset.live === String(live)) return;
  state.dataset.live = String(live);
  state.classList.toggle('lost', !live);
  state.textContent = live ? 'Live' : 'No answer from the server';
}

/** Messages that appear because the filter changed are not new, so they are not highlighted. */
function look(to) {
  search.value = to;
  first = true;
  history.replaceState(null, '', to.trim() ? '?to=' + encodeURIComponent(to.trim()) : location.pathname);
  clearTimeout(timer);
  asked += 1;
  timer = setTimeout(refresh, 120);
}

const body = JSON.stringify({ query: 'mutation { requestEmailCode(input: {email: "user@example.com"}) { id } }' });
const command = 'curl ' + location.origin + "/graphql \\\n  -H 'content-type: application/json' \\\n  -d '" + body + "'";
find('.command pre').textContent = command;
find('.command .copy').onclick = (event) => copy(event.currentTarget, command, 'Command');
find('.all').onclick = () => { look(''); search.focus(); };

search.value = new URLSearchParams(location.search).get('to') || '';
search.oninput = () => look(search.value);
find('form').onsubmit = (event) => { event.preventDefault(); refresh(); };
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.target === search) return;
  event.preventDefault();
  search.focus();
  search.select();
});
document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });
refresh();
`;
