import { type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';

/** Shows a browser that opens `/graphql` a page. Without one, as in production, Apollo shows none either. */
export function landingPage(html: string | null): ApolloServerPlugin {
  if (html === null) return ApolloServerPluginLandingPageDisabled();
  return { serverWillStart: async () => ({ renderLandingPage: async () => ({ html }) }) };
}
