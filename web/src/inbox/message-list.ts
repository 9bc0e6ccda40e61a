import { type InboxMessage } from './inbox-message.types';
import { messageCard } from './message-card';
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
    private readonly showOnly: (to: string) => void,
  ) {}

  /** Messages that appear because the filter changed are not new, so they are not highlighted. */
  filterChanged(): void {
    this.isFirst = true;
  }

  /** Shows these messages and returns how many of them were not shown before. */
  show(messages: InboxMessage[]): { added: number; areNew: boolean } {
    const contents = new Map(messages.map((message) => [message.id, JSON.stringify(message)]));
    this.remove(contents);
    let added = 0;
    let next = this.list.firstElementChild;
    for (const message of messages) {
      const known = this.shown.get(message.id);
      if (known) next = known.card.nextElementSibling;
      else {
        this.add(message, contents.get(message.id)!, next);
        added++;
      }
    }
    this.updateTimes();
    const areNew = !this.isFirst;
    this.isFirst = false;
    return { added, areNew };
  }

  /** The buttons that copy the codes, newest message first. */
  copyButtons(): HTMLButtonElement[] {
    return [...this.list.querySelectorAll<HTMLButtonElement>('.head .copy')];
  }

  private remove(contents: Map<string, string>): void {
    for (const [id, { card, content }] of this.shown) {
      if (contents.get(id) === content) continue;
      card.remove();
      this.shown.delete(id);
    }
  }

  private add(message: InboxMessage, content: string, next: Element | null): void {
    const card = messageCard(message, this.showOnly);
    if (!this.isFirst) card.classList.add('fresh');
    this.list.insertBefore(card, next);
    this.shown.set(message.id, { card, content });
  }

  private updateTimes(): void {
    for (const time of this.list.querySelectorAll<HTMLTimeElement>('.meta time')) {
      const words = relativeTime(time.dateTime);
      if (time.textContent !== words) time.textContent = words;
    }
  }
}
