import { type FastifyInstance } from 'fastify';
import { type Config } from '../../config/config';
import { type DevelopmentPages } from './development-pages';
import { pageRoute } from './web-pages';

export interface DemoParts {
  config: Config;
  pages: DevelopmentPages;
  hasInbox: boolean;
}

/** `GET /demo`, a sign-up page made with the element, and `GET /demo/settings`, what it needs to know of the server. */
export function demoRoutes({ config, pages, hasInbox }: DemoParts): (server: FastifyInstance) => void {
  const { emailProviders, smsProviders } = config.channels;
  const channels = [
    ...(emailProviders.length > 0 ? ['email'] : []),
    ...(smsProviders.length > 0 ? ['sms'] : []),
  ];
  const settings = { channels, hasInbox, requiresKey: config.appKeys.length > 0 };
  return (server) => {
    pageRoute('demo', '/demo', pages)(server);
    server.get('/demo/settings', { onRequest: pages.guard }, async () => settings);
  };
}
