import { TEXTS as ENGLISH } from './en.js';
import { type TextLanguage } from './language.js';
import { type Texts } from './texts.types.js';

export { ENGLISH };

/** Loads the texts of a language. A page loads only its own language, which keeps the element small. */
export async function loadTexts(language: TextLanguage): Promise<Texts> {
  switch (language) {
    case 'en':
      return ENGLISH;
    case 'ko':
      return (await import('./ko.js')).TEXTS;
    case 'ja':
      return (await import('./ja.js')).TEXTS;
    case 'zh':
      return (await import('./zh.js')).TEXTS;
  }
}
