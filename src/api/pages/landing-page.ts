import { type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';

/** Shows a browser that opens `/graphql` a page; null: none, as in production. */
export function landingPage(read: (() => string) | null): ApolloServerPlugin {
  if (read === null) return ApolloServerPluginLandingPageDisabled();
  return { serverWillStart: async () => ({ renderLandingPage: async () => ({ html: async () => read() }) }) };
}
