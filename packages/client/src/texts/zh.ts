import { ZH_FORM } from './zh.form.js';
import { ZH_REASONS } from './zh.reasons.js';
import { type Texts } from './texts.types.js';

export const TEXTS: Texts = { reasons: ZH_REASONS, form: ZH_FORM };
