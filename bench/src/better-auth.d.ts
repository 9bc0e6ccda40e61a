// The few names that the peer is used by. The library's own types are there only once bench's packages are installed,
// and the compiler and the linter have to be content without them.
declare module 'better-auth' {
  export function betterAuth(options: object): { options: object };
}

declare module 'better-auth/plugins' {
  export interface EmailOtpMessage {
    email: string;
    otp: string;
    type: string;
  }
  export function emailOTP(options: {
    storeOTP: 'plain' | 'hashed' | 'encrypted';
    sendVerificationOTP: (message: EmailOtpMessage) => Promise<void>;
  }): object;
}

declare module 'better-auth/db/migration' {
  export function getMigrations(options: object): Promise<{ runMigrations(): Promise<void> }>;
}

declare module 'better-auth/node' {
  import { type IncomingMessage, type ServerResponse } from 'node:http';
  export function toNodeHandler(
    auth: object,
  ): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}
