import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './graphiql.css';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { DOCUMENT, VARIABLES } from './examples';

const explorer = createElement(GraphiQL, {
  fetcher: createGraphiQLFetcher({ url: '/graphql' }),
  initialQuery: DOCUMENT,
  initialVariables: JSON.stringify(VARIABLES, null, 2),
});
createRoot(document.getElementById('graphiql')!).render(explorer);
