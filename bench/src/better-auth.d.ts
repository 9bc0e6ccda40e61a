// The types of better-auth that the benchmark uses. The library's own types exist only when bench's packages
// are installed, but the compiler and the linter must work without them.
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
