import { type HumanCheckSettings } from '../../limits/siteverify-client';
import { credential } from '../keys';
import { choice, integer } from '../kinds';
import { endpoint } from '../network';
import { group, type ValuesOf } from '../setting';

const onlyWith = 'HUMAN_CHECK_URL';

export const HUMAN_CHECK = group(
  { title: 'Human check (Turnstile, hCaptcha)' },
  {
    HUMAN_CHECK_URL: endpoint({
      query: true,
      defaultText: 'none: no human check is required',
      description:
        'The `siteverify` URL of the provider, such as `https://challenges.cloudflare.com/turnstile/v0/siteverify`.',
    }),
    HUMAN_CHECK_SECRET: credential({
      default: '',
      secret: true,
      onlyWith,
      requiredBy: ['HUMAN_CHECK_URL'],
      description: 'The secret of your site at the provider.',
    }),
    HUMAN_CHECK_MODE: choice({
      choices: ['always', 'when-limited'],
      default: 'when-limited',
      onlyWith,
      description:
        '`when-limited`: a request that reaches a shared limit requires the check instead of being refused. `always`: every request requires it.',
    }),
    HUMAN_CHECK_EXTRA_PERCENT: integer({
      default: 100,
      min: 1,
      max: 1_000,
      unit: 'percent',
      onlyWith,
      description:
        'With `when-limited`: how far above a shared limit requests with a passed check are accepted.',
    }),
  },
);

export function humanCheckSettings(values: ValuesOf<typeof HUMAN_CHECK>): HumanCheckSettings | null {
  const url = values.HUMAN_CHECK_URL;
  if (url === null) return null;
  return {
    url,
    secret: values.HUMAN_CHECK_SECRET,
    mode: values.HUMAN_CHECK_MODE,
    extraPercent: values.HUMAN_CHECK_EXTRA_PERCENT,
  };
}
