const STYLE = `
:root { color-scheme: light dark; --ground:#f4f5f7; --card:#fff; --ink:#16181d; --soft:#5b6270; --line:#e1e4e9; --mark:#0b6bcb; --bubble:#e9ebef; }
@media (prefers-color-scheme: dark) { :root { --ground:#14161a; --card:#1e2127; --ink:#f2f3f5; --soft:#a3aab6; --line:#31353d; --mark:#6cb2ff; --bubble:#2c3038; } }
* { box-sizing: border-box; }
body { margin:0; background:var(--ground); color:var(--ink); font:16px/1.5 system-ui,'Apple SD Gothic Neo','Malgun Gothic',sans-serif; }
header { position:sticky; top:0; background:var(--card); border-bottom:1px solid var(--line); padding:14px 20px; }
header div { max-width:760px; margin:0 auto; display:flex; flex-wrap:wrap; gap:8px 20px; align-items:center; }
h1 { font-size:17px; margin:0; flex:1 0 auto; }
label { color:var(--soft); font-size:14px; }
input { font:inherit; width:min(300px,100%); padding:7px 11px; border:1px solid var(--line); border-radius:8px; background:var(--ground); color:inherit; }
main { max-width:760px; margin:0 auto; padding:20px; display:grid; gap:16px; }
article { background:var(--card); border:1px solid var(--line); border-radius:12px; overflow:hidden; }
.head { display:flex; gap:6px 14px; align-items:center; padding:12px 16px; flex-wrap:wrap; }
.kind { font-size:12px; font-weight:600; color:var(--soft); border:1px solid var(--line); border-radius:99px; padding:1px 9px; }
.to { font-weight:600; overflow-wrap:anywhere; }
time { color:var(--soft); font-size:13px; }
button { margin-left:auto; font:600 15px/1 ui-monospace,monospace; letter-spacing:1px; color:var(--mark); background:none; border:1px solid currentColor; border-radius:8px; padding:9px 13px; cursor:pointer; }
button:focus-visible, input:focus-visible { outline:3px solid var(--mark); outline-offset:2px; }
.subject { padding:0 16px 12px; }
iframe { display:block; width:100%; height:470px; border:0; border-top:1px solid var(--line); }
.bubble { margin:2px 16px 16px; padding:11px 15px; background:var(--bubble); border-radius:18px 18px 18px 5px; width:fit-content; max-width:min(420px,85%); white-space:pre-wrap; overflow-wrap:anywhere; }
.empty { text-align:center; color:var(--soft); padding:60px 0; }
`;

const SCRIPT = `
const list = document.querySelector('main');
const search = document.querySelector('input');
const said = document.querySelector('#said');
const shown = new Map();
search.value = new URLSearchParams(location.search).get('to') || '';

function part(tag, name, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}

function copyButton(code) {
  const button = part('button', '', code);
  button.title = 'Copy the code';
  button.setAttribute('aria-label', 'Copy the code ' + code);
  button.onclick = async () => {
    await navigator.clipboard.writeText(code);
    said.textContent = 'Copied';
    button.textContent = 'copied';
    setTimeout(() => { button.textContent = code; }, 1200);
  };
  return button;
}

function card(message) {
  const article = part('article');
  const head = part('div', 'head');
  const time = part('time', '', new Date(message.sentAt).toLocaleString());
  time.dateTime = message.sentAt;
  head.append(part('span', 'kind', message.channel === 'SMS' ? 'SMS' : 'E-mail'), part('span', 'to', message.to), time);
  const code = /[0-9]{4,10}/.exec(message.text);
  if (code) head.append(copyButton(code[0]));
  article.append(head);
  if (message.channel === 'SMS') {
    article.append(part('div', 'bubble', message.text));
    return article;
  }
  const frame = part('iframe');
  frame.title = 'E-mail to ' + message.to;
  frame.setAttribute('sandbox', '');
  frame.srcdoc = message.html || '';
  article.append(part('div', 'subject', message.subject || ''), frame);
  return article;
}

async function refresh() {
  const to = search.value.trim();
  const answer = await fetch('/inbox/messages' + (to ? '?to=' + encodeURIComponent(to) : ''));
  const messages = answer.ok ? await answer.json() : [];
  const ids = new Set(messages.map((message) => message.id));
  for (const [id, element] of shown) if (!ids.has(id)) { element.remove(); shown.delete(id); }
  let arrived = 0;
  // Oldest first, so that each new one is put on top; what is shown already is not touched.
  for (const message of messages.slice().reverse()) {
    if (shown.has(message.id)) continue;
    const element = card(message);
    shown.set(message.id, element);
    list.prepend(element);
    arrived += 1;
  }
  if (arrived) said.textContent = arrived + ' new';
  document.querySelector('.empty').hidden = messages.length > 0;
}

search.oninput = () => {
  const to = search.value.trim();
  history.replaceState(null, '', to ? '?to=' + encodeURIComponent(to) : location.pathname);
  shown.forEach((element) => element.remove());
  shown.clear();
  refresh();
};
setInterval(() => { if (!document.hidden) refresh().catch(() => {}); }, 2000);
refresh();
`;

/**
 * The development inbox as one page without any outside part. Message texts reach it as text or inside a sandboxed
 * frame that runs no script.
 *
 * @param nonce lets its own script past the content security policy.
 */
export function inboxPage(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Inbox · Injeung</title>
<style>${STYLE}</style>
</head>
<body>
<header><div>
<h1>Injeung inbox</h1>
<label for="to">Recipient</label>
<input id="to" type="search" placeholder="user@example.com or 010-1234-5678" autocomplete="off" spellcheck="false">
<span id="said" role="status" aria-live="polite"></span>
</div></header>
<main><p class="empty" hidden>Nothing here yet. Ask for a code in the <a href="/graphql">Sandbox</a> and it will appear.</p></main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`;
}
