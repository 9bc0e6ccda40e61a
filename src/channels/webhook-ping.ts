import { throwNoAnswer } from './json-answer';
import { type ProviderFinding } from './provider.types';
import { refusedCall } from './refused-call';
import { type WebhookConnection } from './webhook-connection';

/** The statuses with which a program answers a type that it does not know. */
const UNKNOWN_TYPE: readonly number[] = [400, 404, 405, 422, 501];

/** The program of the operator that is pinged, as the findings name it. */
export interface PingedProgram {
  /** `the gateway` */
  name: string;
  urlSetting: string;
  secretSetting: string;
  /** What shows whether the signature is right, if the ping does not: `a sent message`. */
  proof: string;
}

/** Posts a signed `ping`, and decides what the answer says about the set-up. */
export async function pingProgram(
  connection: WebhookConnection,
  program: PingedProgram,
  signal: AbortSignal,
): Promise<ProviderFinding> {
  const { name, urlSetting } = program;
  try {
    const { status } = await connection.ping(signal).catch((error: unknown) => throwNoAnswer(name, error));
    return pingFinding(status, program);
  } catch (error) {
    const advice = `check ${urlSetting}, and whether ${name} runs`;
    return refusedCall(error, { refused: advice, unreachable: advice });
  }
}

function pingFinding(
  status: number,
  { name, urlSetting, secretSetting, proof }: PingedProgram,
): ProviderFinding {
  if (status >= 200 && status <= 299)
    return { status: 'OK', message: `${name} answers ping and accepts the signature`, advice: null };
  if (status === 401 || status === 403)
    return {
      status: 'FAIL',
      message: `${name} refuses the signature (${status})`,
      advice: `set ${secretSetting} and the secret of ${name} to the same value`,
    };
  if (status >= 300 && status <= 399)
    return {
      status: 'FAIL',
      message: `${name} answers with a redirect, which is not followed (${status})`,
      advice: `set ${urlSetting} to the final URL`,
    };
  if (UNKNOWN_TYPE.includes(status))
    return {
      status: 'WARN',
      message: `${name} answers, but does not know ping (${status}), so only ${proof} shows whether it accepts the signature`,
      advice: `check the path in ${urlSetting}, and let ${name} answer a signed ping with 204`,
    };
  return {
    status: 'FAIL',
    message: `${name} cannot process calls now (${status})`,
    advice: `read the log of ${name}`,
  };
}
