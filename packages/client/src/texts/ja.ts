import { JA_FORM } from './ja.form.js';
import { JA_REASONS } from './ja.reasons.js';
import { type Texts } from './texts.types.js';

export const TEXTS: Texts = { reasons: JA_REASONS, form: JA_FORM };
