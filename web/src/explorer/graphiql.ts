import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import './graphiql.css';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import { DOCUMENT, VARIABLES } from './examples';

const options = {
  fetcher: createGraphiQLFetcher({ url: '/graphql' }),
  initialQuery: DOCUMENT,
  initialVariables: JSON.stringify(VARIABLES, null, 2),
  // The history would store the headers of each operation, and with them admin keys, in localStorage.
  plugins: [],
};
const links = createElement('a', { href: '/inbox' }, 'Inbox');
const explorer = createElement(GraphiQL, options, createElement(GraphiQL.Logo, null, links));
createRoot(document.getElementById('graphiql')!).render(explorer);
