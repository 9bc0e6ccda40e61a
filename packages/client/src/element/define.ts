import { type FlowEvents } from './flow.types.js';
import { InjeungVerify } from './injeung-verify.js';

// Registers `<injeung-verify>`. A page that loads the script twice keeps the first registration, and a server that
// renders the page has none.
const { customElements: registry } = globalThis as { customElements?: CustomElementRegistry };
if (registry && !registry.get('injeung-verify')) registry.define('injeung-verify', InjeungVerify);

export { InjeungVerify };
export type { FlowEvents };

declare global {
  interface HTMLElementTagNameMap {
    'injeung-verify': InjeungVerify;
  }
  interface HTMLElementEventMap {
    requested: CustomEvent<FlowEvents['requested']>;
    verified: CustomEvent<FlowEvents['verified']>;
    failed: CustomEvent<FlowEvents['failed']>;
  }
}
