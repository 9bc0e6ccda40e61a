/** How a code reaches its recipient. */
export type Channel = 'EMAIL' | 'SMS';
