import { INBOX_SCRIPT } from './inbox-page-script';
import { INBOX_STYLE } from './inbox-page-style';

const ICON = {
  email:
    '<svg viewBox="0 0 24 24" aria-hidden="true"><rect x="3" y="5" width="18" height="14" rx="2.5"/><path d="m4 7.5 8 6 8-6"/></svg>',
  sms: '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 4c5 0 9 3.2 9 7.3s-4 7.3-9 7.3c-1 0-2-.1-2.9-.4L4.5 20.5l1-4C4 15.1 3 13.3 3 11.3 3 7.2 7 4 12 4Z"/></svg>',
  copy: '<svg class="todo" viewBox="0 0 24 24" aria-hidden="true"><rect x="8.5" y="8.5" width="12" height="12" rx="2.5"/><path d="M15.5 8.5V6A2.5 2.5 0 0 0 13 3.5H6A2.5 2.5 0 0 0 3.5 6v7A2.5 2.5 0 0 0 6 15.5h2.5"/></svg><svg class="done" viewBox="0 0 24 24" aria-hidden="true"><path d="m5 12.5 4.5 4.5L19 7.5"/></svg>',
};

const FAVICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%23bf3a2b'/%3E%3Cpath d='M8 11h16v11H8zM8 12l8 6 8-6' fill='none' stroke='white' stroke-width='2.4' stroke-linejoin='round'/%3E%3C/svg%3E";

const head = (kind: 'E-mail' | 'SMS', icon: string) => `<div class="head">
<span class="kind">${icon}</span>
<div class="who"><span class="unseen">To</span> <a class="to"></a><div class="meta">${kind} · <time></time></div></div>
<button class="copy" type="button"><span class="code"></span>${ICON.copy}</button>
</div>`;

/**
 * The frame runs no script (there is no allow-scripts, and the policy of the page forbids it too). With
 * allow-same-origin the page can measure the e-mail and set the height of the frame.
 */
const TEMPLATES = `<template id="email"><li class="message">
${head('E-mail', ICON.email)}
<div class="subject"><h2></h2><button class="plain" type="button"></button></div>
<iframe class="frame" sandbox="allow-same-origin"></iframe>
<pre class="text" hidden></pre>
</li></template>
<template id="sms"><li class="message">
${head('SMS', ICON.sms)}
<div class="bubble"></div>
</li></template>`;

const EMPTY = `<section class="empty" id="nothing" hidden>
<h2>No messages yet</h2>
<p>Codes by e-mail and SMS arrive here as their recipients would see them. Request the first one in the
<a href="/graphql">GraphQL Sandbox</a>, or from a terminal:</p>
<div class="command"><pre></pre><button class="copy" type="button">Copy command ${ICON.copy}</button></div>
</section>
<section class="empty" id="nobody" hidden>
<h2>No messages to “<span></span>”</h2>
<p>They appear here as soon as they are sent.</p>
<button class="all" type="button">Show all messages</button>
</section>`;

/**
 * The development inbox as one page that loads nothing from other servers. It contains no message: its script
 * requests `/inbox/messages` every two seconds while the page is visible.
 *
 * @param nonce permits its script and style in the content security policy. The policy must also allow inline
 *   styles (`style-src 'unsafe-inline'`), because the frames with e-mails inherit it.
 */
export function inboxPage(nonce: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Inbox · Injeung</title>
<link rel="icon" href="${FAVICON}">
<style nonce="${nonce}">${INBOX_STYLE}</style>
</head>
<body>
<header class="top"><div class="bar">
<h1><span class="seal" aria-hidden="true" lang="ko">인</span>Inbox</h1>
<form class="search" role="search">
<label for="to">Recipient</label>
<input id="to" name="to" type="search" placeholder="Address or phone number" aria-keyshortcuts="/" autocomplete="off" autocapitalize="off" spellcheck="false">
</form>
<div class="state" role="status"></div>
</div></header>
<main>
<p class="unseen" id="said" role="status" aria-live="polite"></p>
<ul class="messages" aria-label="Messages, newest first"></ul>
${EMPTY}
<noscript><p>The inbox requires JavaScript.</p></noscript>
</main>
${TEMPLATES}
<script nonce="${nonce}">${INBOX_SCRIPT}</script>
</body>
</html>
`;
}
