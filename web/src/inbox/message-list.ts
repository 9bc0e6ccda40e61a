import { type InboxMessage } from './inbox-message.types';
import { type InboxTexts } from './inbox.texts';
import { type CardContext, messageCard, updateCard } from './message-card';
import { relativeTime } from './relative-time';

interface Shown {
  card: HTMLLIElement;
  /** The content of the message, to recognize a change. */
  content: string;
}

/** The cards of the messages. A card is never moved, because a frame that is moved loads again and flickers. */
export class MessageList {
  private readonly shown = new Map<string, Shown>();
  private isFirst = true;

  constructor(
    private readonly list: HTMLElement,
    private readonly context: CardContext,
  ) {}

  /** The next messages are shown for another filter, so they are not highlighted as new. */
  filterChanged(): void {
    this.isFirst = true;
  }

  /** Shows the cards in another language. */
  speak(texts: InboxTexts): void {
    this.context.texts = texts;
    this.list.replaceChildren();
    this.shown.clear();
    this.isFirst = true;
  }

  /** Shows these messages, newest first. Returns how many arrived since the last call with the same filter. */
  show(messages: InboxMessage[]): number {
    const { isFirst } = this;
    this.isFirst = false;
    this.removeOthers(new Set(messages.map(({ id }) => id)));
    let arrived = 0;
    let next = this.list.firstElementChild;
    for (const message of messages) {
      const known = this.shown.get(message.id);
      if (known) {
        this.update(known, message);
        next = known.card.nextElementSibling;
      } else {
        const card = this.add(message, next);
        card.classList.toggle('fresh', !isFirst);
        if (!isFirst) arrived++;
      }
    }
    this.updateTimes();
    return arrived;
  }

  /** The buttons that copy the codes, newest message first. */
  copyButtons(): HTMLButtonElement[] {
    return [...this.list.querySelectorAll<HTMLButtonElement>('.head .copy')];
  }

  private removeOthers(ids: Set<string>): void {
    for (const [id, { card }] of this.shown) {
      if (ids.has(id)) continue;
      card.remove();
      this.shown.delete(id);
    }
  }

  private add(message: InboxMessage, next: Element | null): HTMLLIElement {
    const card = messageCard(message, this.context);
    this.list.insertBefore(card, next);
    this.shown.set(message.id, { card, content: JSON.stringify(message) });
    return card;
  }

  private update(shown: Shown, message: InboxMessage): void {
    const content = JSON.stringify(message);
    if (content === shown.content) return;
    updateCard(shown.card, message, this.context.texts);
    shown.content = content;
  }

  private updateTimes(): void {
    for (const time of this.list.querySelectorAll<HTMLTimeElement>('.meta time')) {
      const words = relativeTime(time.dateTime, this.context.texts);
      if (time.textContent !== words) time.textContent = words;
    }
  }
}
