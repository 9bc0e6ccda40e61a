import { GetAccountCommand, type SESv2Client } from '@aws-sdk/client-sesv2';

/** Where SES's API is: `origin` with scheme, host and port, `prefix` the beginning of every path, mostly empty. */
export interface SesEndpoint {
  origin: string;
  host: string;
  prefix: string;
}

interface HttpRequest {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
}

const ASKED = '/v2/email/account';

/**
 * Where the SDK's client would send to. Regions, partitions, `AWS_ENDPOINT_URL_SESV2`, profiles: its rules are many,
 * so a call is prepared by them and held back.
 */
export async function sesEndpoint(client: SESv2Client): Promise<SesEndpoint> {
  const command = new GetAccountCommand({});
  let prepared: HttpRequest | null = null;
  command.middlewareStack.add(
    () => async (call) => {
      prepared = call.request as HttpRequest;
      return { output: { $metadata: {} }, response: undefined };
    },
    { step: 'build', priority: 'high' },
  );
  await client.send(command);
  const { protocol, hostname, port, path } = prepared!;
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  return { origin: `${protocol}//${host}`, host, prefix: path.slice(0, -ASKED.length) };
}
