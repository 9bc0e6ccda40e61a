import { EN_FORM } from './en.form.js';
import { EN_REASONS } from './en.reasons.js';
import { type Texts } from './texts.types.js';

export const TEXTS: Texts = { reasons: EN_REASONS, form: EN_FORM };
