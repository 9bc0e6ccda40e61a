import { type ChannelName } from './flow.types.js';

/** The channels of the attribute `channel`, the one that is shown first in front; `email` without the attribute. */
export function channelsOf(element: Element): [ChannelName, ...ChannelName[]] {
  const names = (element.getAttribute('channel') ?? '').split(/[\s,]+/);
  const [first = 'email', ...others] = names.filter(
    (one): one is ChannelName => one === 'email' || one === 'sms',
  );
  return [first, ...others];
}

/** The language of the attribute `locale`, else of the page around the element, else of the browser. */
export function localeOf(element: Element): string {
  const lang = element.closest('[lang]')?.getAttribute('lang');
  return element.getAttribute('locale') ?? (lang || navigator.language);
}

/**
 * The nonce of the page's session. The browser hides the attribute `nonce` from pages with a Content-Security-Policy, but
 * not the property.
 */
export function nonceOf(element: HTMLElement): string | undefined {
  return element.nonce || element.getAttribute('nonce') || undefined;
}
