import { create, find } from '../page/create';
import { fill } from '../page/fill';
import { type CheckedProof } from './check-proof';
import { type DemoLanguage, TEXTS } from './demo.texts';

/** Shows who signed up, and what the proof contains. */
export function showAccount(
  account: HTMLElement,
  { proof, claims, isValid }: CheckedProof,
  language: DemoLanguage,
): void {
  const texts = TEXTS[language];
  const signature = find('#signature', account);
  signature.textContent = isValid === null ? texts.notChecked : isValid ? texts.valid : texts.invalid;
  signature.classList.toggle('valid', isValid === true);
  const recipient = nationalForm(claims.sub ?? '');
  find('h2', account).textContent = isValid === false ? texts.refused : fill(texts.signedUp, { recipient });
  find('#proof', account).textContent = proof;
  const rows = Object.entries(texts.claims).flatMap(([name, meaning]) => {
    const value = name === 'exp' ? new Date(claims.exp! * 1000).toLocaleString(language) : claims[name];
    return [create('dt', {}, create('code', {}, name), ` ${meaning}`), create('dd', {}, String(value))];
  });
  find('#claims', account).replaceChildren(...rows);
}

/** `+821012345678` -> `010-1234-5678`; everything else is unchanged. */
function nationalForm(recipient: string): string {
  return recipient.replace(/^\+82(10)(\d{4})(\d{4})$/, '0$1-$2-$3');
}
