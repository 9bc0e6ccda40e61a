import '../page/theme.css';
import './sandbox.css';
import { ApolloSandbox } from '@apollo/sandbox';
import { find } from '../page/create';
import { DOCUMENT, VARIABLES } from './examples';

/** How long the page waits for Apollo's servers before it offers GraphiQL, in milliseconds. */
const WAIT_MS = 3_000;

const sandbox = new ApolloSandbox({
  target: '#sandbox',
  initialEndpoint: new URL('/graphql', location.href).href,
  // The policy of the page allows calls to this server only.
  endpointIsEditable: false,
  initialState: { document: DOCUMENT, variables: VARIABLES, includeCookies: false },
  runTelemetry: false,
  allowDynamicStyles: false,
});
const frame = sandbox.embeddedSandboxIFrameElement;
frame.title = 'Apollo Sandbox';

/** Until the Sandbox has arrived, the frame shows at most the browser's page about a failed connection. */
function show(shown: 'loading' | 'offer' | 'sandbox'): void {
  find('#loading').hidden = shown !== 'loading';
  find('#offer').hidden = shown !== 'offer';
  frame.classList.toggle('unreachable', shown !== 'sandbox');
}

show('loading');
const waiting = setTimeout(() => show('offer'), WAIT_MS);
// A frame reports that it has loaded even when its server cannot be reached. The Sandbox itself sends messages.
addEventListener('message', ({ source }) => {
  if (source !== frame.contentWindow) return;
  clearTimeout(waiting);
  show('sandbox');
});
find('#retry').addEventListener('click', () => location.reload());
