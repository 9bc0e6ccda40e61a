/** The style sheet of the element. Pages change it by custom properties and by `::part`. */
export const STYLES = `
:host {
  display: block;
  box-sizing: border-box;
  max-width: var(--injeung-max-width, 26rem);
  font: inherit;
  line-height: 1.5;
}
/* Not on the host: a page may set --injeung-accent to its own --accent there. */
[part='container'] {
  --accent: var(--injeung-accent, #2257c9);
  --on-accent: var(--injeung-on-accent, #fff);
  --text: var(--injeung-text, #16181d);
  --muted: var(--injeung-muted, #5b6370);
  --surface: var(--injeung-surface, #fff);
  --border: var(--injeung-border, #868e9c);
  --error: var(--injeung-error, #b3261e);
  --success: var(--injeung-success, #14713d);
  --radius: var(--injeung-radius, 10px);
  color: var(--text);
}
@supports (color: light-dark(#000, #fff)) {
  [part='container'] {
    --accent: var(--injeung-accent, light-dark(#2257c9, #9dbdff));
    --on-accent: var(--injeung-on-accent, light-dark(#fff, #0d1a33));
    --text: var(--injeung-text, light-dark(#16181d, #eceef2));
    --muted: var(--injeung-muted, light-dark(#5b6370, #a8b0bd));
    --surface: var(--injeung-surface, light-dark(#fff, #1a1d23));
    --border: var(--injeung-border, light-dark(#868e9c, #747d8c));
    --error: var(--injeung-error, light-dark(#b3261e, #ffb4ab));
    --success: var(--injeung-success, light-dark(#14713d, #86d9a5));
  }
}
:host([hidden]), [hidden] { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }
form { display: grid; gap: 1rem; margin: 0; }
p { margin: 0; overflow-wrap: anywhere; }
[lang='ko'] p { word-break: keep-all; }
[part='error'] { margin-top: -0.5rem; font-size: 0.9375rem; }
.row { font-size: 0.9375rem; }
p:empty { display: none; }
label { font-weight: 600; margin-bottom: -0.625rem; }
input, button { font: inherit; color: inherit; margin: 0; }
input {
  width: 100%;
  min-height: 3rem;
  padding: 0.5rem 0.875rem;
  font-size: max(1rem, 16px);
  background: var(--surface);
  border: 1px solid var(--border);
  border-radius: var(--radius);
}
input[aria-invalid], [aria-invalid] ~ .cells span { border-color: var(--error); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button { cursor: pointer; }
button[type='submit'] {
  position: relative;
  min-height: 3rem;
  padding: 0.5rem 1rem;
  font-weight: 600;
  font-variant-numeric: tabular-nums;
  color: var(--on-accent);
  background: var(--accent);
  border: 1px solid transparent;
  border-radius: var(--radius);
}
button[type='submit']:hover { filter: brightness(1.08); }
button[type='button'] {
  justify-self: start;
  min-height: 1.75rem;
  padding: 0.125rem 0;
  color: var(--accent);
  background: none;
  border: 0;
  border-radius: 4px;
  text-align: start;
  text-decoration: underline;
  text-underline-offset: 0.2em;
  text-decoration-thickness: 1px;
  font-variant-numeric: tabular-nums;
}
button[type='button']:hover { text-decoration-thickness: 2px; }
button[aria-disabled], button:disabled { cursor: default; }
button[type='button'][aria-disabled] { color: var(--muted); text-decoration: none; }
button[type='submit'][aria-disabled]:not([data-busy]), button[type='submit']:disabled {
  color: var(--text);
  background: color-mix(in srgb, var(--border) 25%, var(--surface));
  filter: none;
}
[data-busy]::after {
  content: '';
  position: absolute;
  inset-inline-end: 1rem;
  top: calc(50% - 0.5rem);
  width: 1rem;
  height: 1rem;
  border: 2px solid currentColor;
  border-inline-end-color: transparent;
  border-radius: 50%;
  animation: turn 0.8s linear infinite;
}
@keyframes turn { to { rotate: 1turn; } }
.row { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; justify-content: space-between; }
.state { display: inline-flex; flex-wrap: wrap; gap: 0 0.5rem; color: var(--muted); font-variant-numeric: tabular-nums; }
.state span + span:not([hidden])::before { content: '·'; margin-inline-end: 0.5rem; }
[part='error'], [part='failure'] { color: var(--error); }
[part='verified'] {
  display: flex;
  gap: 0.625rem;
  padding: 0.75rem 1rem;
  color: var(--success);
  font-weight: 600;
  background: color-mix(in srgb, var(--success) 9%, var(--surface));
  border: 1px solid color-mix(in srgb, var(--success) 35%, var(--surface));
  border-radius: var(--radius);
}
[part='verified']:focus { outline: none; }
[part='verified']::before { content: '✓' / ''; }
.code-field { position: relative; }
.cells { display: flex; gap: clamp(0.25rem, 1.5vw, 0.5rem); pointer-events: none; }
.cells span {
  flex: 1 1 0;
  min-width: 0;
  max-width: 4.5rem;
  height: 3.25rem;
  display: grid;
  place-items: center;
  font-size: 1.375rem;
  font-weight: 600;
  font-variant-numeric: tabular-nums;
  background: var(--surface);
  border: 1px solid var(--border);
  border-radius: var(--radius);
}
.cells [data-active] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); outline: 2px solid transparent; }
.code-field input {
  position: absolute;
  inset: 0;
  height: 100%;
  min-height: 0;
  padding: 0;
  color: transparent;
  caret-color: transparent;
  background: transparent;
  border-color: transparent;
  outline: none;
}
.code-field input::selection { background: transparent; color: transparent; }
.code-field:has(input[aria-invalid]) .cells span { border-color: var(--error); }
.code-field:has(input[readonly]) .cells span { opacity: 0.7; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { [data-busy]::after { animation-duration: 4s; } }
@media (forced-colors: active) {
  .cells [data-active] { outline-color: Highlight; }
  button[type='submit'] { border-color: ButtonText; }
}
`;
