import { KO_FORM } from './ko.form.js';
import { KO_REASONS } from './ko.reasons.js';
import { type Texts } from './texts.types.js';

export const TEXTS: Texts = { reasons: KO_REASONS, form: KO_FORM };
