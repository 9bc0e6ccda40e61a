/** The style of the inbox: one column, light or dark as the system is set, for widths from 360 pixels. */
export const INBOX_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f4f4f2; --card: #ffffff; --ink: #17191c; --soft: #5a616b; --line: #dfe1e4; --well: #f1f2f4;
  --seal: #bf3a2b; --link: #1f5fae; --bubble: #e8eaed;
  --sans: system-ui, -apple-system, 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans KR', sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111315; --card: #1b1e22; --ink: #eef0f2; --soft: #a2a9b4; --line: #30343a; --well: #25292e;
    --seal: #d2513f; --link: #86b7f5; --bubble: #2e3339;
  }
}
* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 var(--sans); }
a { color: var(--link); }
button { font: inherit; color: inherit; cursor: pointer; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
svg { display: block; width: 18px; height: 18px; fill: none; stroke: currentColor; stroke-width: 1.6;
  stroke-linecap: round; stroke-linejoin: round; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.top { position: sticky; top: 0; z-index: 1; background: var(--card); border-bottom: 1px solid var(--line); }
.bar { max-width: 760px; margin: 0 auto; padding: 12px 20px; display: flex; flex-wrap: wrap; gap: 10px 16px; align-items: center; }
h1 { display: flex; align-items: center; gap: 10px; margin: 0; font-size: 17px; font-weight: 650; }
.seal { display: grid; place-items: center; width: 28px; height: 28px; border-radius: 7px; background: var(--seal);
  color: #fff; font-size: 16px; font-weight: 700; line-height: 1; }
.state { margin-left: auto; display: flex; align-items: center; gap: 7px; color: var(--soft); font-size: 13px; }
.state:empty { display: none; }
.state::before { content: ''; width: 8px; height: 8px; border-radius: 50%; background: #2e9e5b; }
.state.lost::before { background: var(--seal); }
.search { flex: 1 1 260px; display: flex; align-items: center; gap: 10px; margin-left: 12px; }
.search label { color: var(--soft); font-size: 14px; }
.search input { flex: 1; min-width: 0; height: 38px; padding: 0 12px; font: inherit; color: inherit;
  background: var(--well); border: 1px solid var(--line); border-radius: 9px; }
.search input::placeholder { color: var(--soft); opacity: 1; }

main { max-width: 760px; margin: 0 auto; padding: 24px 20px 64px; }
.messages { list-style: none; margin: 0; padding: 0; display: grid; gap: 16px; }
.message { background: var(--card); border: 1px solid var(--line); border-radius: 14px; overflow: hidden; }
.message.fresh { animation: arrive 1.6s ease-out; }
@keyframes arrive { from { border-color: var(--seal); box-shadow: 0 0 0 3px color-mix(in srgb, var(--seal) 25%, transparent); } }
@media (prefers-reduced-motion: reduce) { .message.fresh { animation: none; } }
.head { display: flex; align-items: center; gap: 12px; padding: 14px 16px; }
.kind { flex: none; display: grid; place-items: center; width: 38px; height: 38px; border-radius: 50%;
  background: var(--well); color: var(--soft); }
.who { flex: 1; min-width: 0; line-height: 1.4; }
.to { font-weight: 600; color: inherit; text-decoration: none; overflow-wrap: anywhere; }
.to:hover { text-decoration: underline; text-underline-offset: 3px; }
.meta { color: var(--soft); font-size: 13px; }
.copy { flex: none; display: flex; align-items: center; gap: 10px; height: 40px; padding: 0 12px; background: var(--well);
  border: 1px solid var(--line); border-radius: 10px; font: 600 17px/1 var(--mono); letter-spacing: 1px; }
.copy:hover { border-color: var(--soft); }
.copy svg { width: 16px; height: 16px; color: var(--soft); }
.copy .done { display: none; color: #2e9e5b; }
.copy.copied .done { display: block; }
.copy.copied .todo { display: none; }

.subject { display: flex; align-items: baseline; gap: 12px; padding: 0 16px 14px; }
h2 { flex: 1; min-width: 0; margin: 0; font-size: 17px; line-height: 1.4; font-weight: 650; overflow-wrap: anywhere; }
.plain { flex: none; padding: 4px 2px; background: none; border: 0; color: var(--link); font-size: 14px; }
.plain:hover { text-decoration: underline; text-underline-offset: 3px; }
.frame { display: block; width: 100%; height: 480px; border: 0; border-top: 1px solid var(--line); }
.text { margin: 0; padding: 18px 16px 22px; border-top: 1px solid var(--line); font: 14px/1.65 var(--mono);
  white-space: pre-wrap; overflow-wrap: anywhere; }
.bubble { position: relative; width: fit-content; max-width: min(430px, calc(100% - 82px)); margin: 0 16px 20px 66px; padding: 11px 16px;
  background: var(--bubble); border-radius: 6px 20px 20px 20px; white-space: pre-wrap; overflow-wrap: anywhere; word-break: keep-all; }

.empty { max-width: 600px; margin: 48px auto 0; }
.empty h2 { font-size: 21px; }
.empty p { margin: 8px 0 0; color: var(--soft); }
.command { position: relative; margin-top: 20px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.command pre { margin: 0; padding: 16px 16px 54px; font: 13.5px/1.65 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }
.command .copy { position: absolute; right: 10px; bottom: 10px; height: 34px; font: 500 14px/1 var(--sans); letter-spacing: 0; }
.all { margin-top: 16px; padding: 9px 16px; background: var(--card); border: 1px solid var(--line); border-radius: 9px; font-size: 15px; }

@media (max-width: 560px) {
  .bar, main { padding-left: 14px; padding-right: 14px; }
  .search { order: 1; flex-basis: 100%; margin-left: 0; }
  .head { flex-wrap: wrap; }
  .head .copy { width: 100%; justify-content: center; height: 44px; }
  .bubble { max-width: calc(100% - 44px); margin-left: 16px; }
}
`;
