import { create, find } from '../page/create';
import { checkProof } from './check-proof';
import { type DemoLanguage, TEXTS } from './demo.texts';

/** Shows who signed up, and what the proof says. */
export async function showAccount(
  account: HTMLElement,
  proof: string,
  { expected, language }: { expected: { purpose: string; nonce: string }; language: DemoLanguage },
): Promise<void> {
  const texts = TEXTS[language];
  const signature = find('#signature', account);
  signature.textContent = texts.checking;
  find('#proof', account).textContent = proof;
  const { claims, isValid } = await checkProof(proof, expected);
  signature.textContent = isValid === null ? texts.notChecked : isValid ? texts.valid : texts.invalid;
  signature.classList.toggle('valid', isValid === true);
  find('h2', account).textContent =
    isValid === false ? '' : texts.signedUp.replace('{recipient}', claims.sub ?? '');
  const rows = Object.entries(texts.claims).flatMap(([name, meaning]) => {
    const value = name === 'exp' ? new Date(claims.exp! * 1000).toLocaleString(language) : claims[name];
    return [create('dt', {}, create('code', {}, name), ` ${meaning}`), create('dd', {}, String(value))];
  });
  find('#claims', account).replaceChildren(...rows);
}
