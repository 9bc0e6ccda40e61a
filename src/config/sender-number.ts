import { cleanPhoneNumber } from '../recipients/typed-text';
import { Fault } from './setting';

/** A Korean sender number. It is often written with hyphens and spaces, but gateways accept digits only. */
export function readSender(text: string): string | Fault {
  const number = cleanPhoneNumber(text);
  return /^[0-9]{8,11}$/.test(number) ? number : new Fault('must be a sender number of 8 to 11 digits');
}
