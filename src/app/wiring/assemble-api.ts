import { type GraphQLSchema } from 'graphql';
import { type HttpServerParts } from '../../api/http/http-server';
import { demoRoutes } from '../../api/pages/demo.routes';
import { DevelopmentPages } from '../../api/pages/development-pages';
import { inboxRoutes } from '../../api/pages/inbox.routes';
import { startPageRoutes } from '../../api/pages/start-page.routes';
import { assetRoutes, elementRoutes } from '../../api/pages/static.routes';
import { requireBuiltPages } from '../../api/pages/web-folder';
import { pageRoute } from '../../api/pages/web-pages';
import { operationsRoutes } from '../../api/http/operations.routes';
import { ProofResolver } from '../../api/graphql/verification/proof.resolver';
import { reportRefusals } from '../../api/graphql/refusal-report';
import { createSchema } from '../../api/graphql/schema';
import { type RefusalCounter } from '../../operations/refusals/refusal-counter';
import { type OverloadGuard } from '../../limits/overload-guard';
import { ConsumeProof } from '../../verification/proof/consume-proof';
import { type Delivery } from './assemble-delivery';
import { type Domain } from './assemble-domain';
import { type Operators } from './assemble-operators';
import { assembleVerifications } from './assemble-verification';
import { assembleWebhooks } from './assemble-webhooks';
import { startCountersAtZero } from './counters-at-zero';
import { type AppContext } from '../app-context';

export interface ApiParts {
  domain: Domain;
  delivery: Delivery;
  overloadGuard: OverloadGuard;
  refusals: RefusalCounter;
  operators: Operators;
  /** Whether the server has begun to stop. */
  draining: () => boolean;
}

/** Creates everything that answers requests: the GraphQL resolvers and the other routes. */
export function assembleApi(context: AppContext, parts: ApiParts): HttpServerParts {
  const { config, logger, metrics } = context;
  const { smsCountries } = config.verification;
  const schema = createSchema(
    [...assembleResolvers(context, parts), ...parts.operators.resolvers],
    reportRefusals(parts.refusals, parts.domain.vault, smsCountries),
  );
  startCountersAtZero(metrics, parts.delivery.providers, schema);
  const pages = new DevelopmentPages(config, config.inboxRemote);
  requireBuiltPages();
  return {
    config,
    schema,
    logger,
    metrics,
    pages,
    routes: [
      assembleOperations(context, parts),
      elementRoutes,
      ...(config.production ? [] : assemblePages(context, parts, { pages, schema })),
      ...assembleWebhooks(context, parts.delivery.receiptRecorder, parts.operators.suppressions),
    ],
  };
}

function assembleResolvers(context: AppContext, { domain, delivery, overloadGuard }: ApiParts) {
  const { dispatcher } = delivery;
  const verifications = assembleVerifications(context, { domain, dispatcher, overloadGuard });
  const consumeProof = new ConsumeProof(context.database, domain.proofs);
  return [verifications, new ProofResolver(consumeProof, verifications)];
}

function assembleOperations({ database, metrics }: AppContext, { domain, delivery, draining }: ApiParts) {
  const dispatcherWorks = () => delivery.dispatcher.working;
  return operationsRoutes({ database, metrics, proofs: domain.proofs, dispatcherWorks, draining });
}

/** The pages for development. */
function assemblePages(
  { config, database }: AppContext,
  { domain: { vault, composer }, delivery: { providers } }: ApiParts,
  { pages, schema }: { pages: DevelopmentPages; schema: GraphQLSchema },
) {
  const { smsCountries } = config.verification;
  const hasInbox = Object.values(providers)
    .flat()
    .some(({ name }) => name === 'inbox');
  return [
    assetRoutes,
    startPageRoutes({ pages, schema, hasInbox }),
    demoRoutes({ config, pages, hasInbox }),
    pageRoute('graphiql', '/graphiql', pages),
    ...(hasInbox ? [inboxRoutes({ database, vault, composer, smsCountries, pages })] : []),
  ];
}
