import { signSens } from '../../src/channels/sens/sens-signature';

const REQUEST = {
  method: 'GET',
  pathAndQuery: '/sms/v2/services/ncp:sms:kr:123456789012:project/messages?requestId=RSSA-1',
  timestampMs: 1_700_000_000_000,
};
const KEY = { accessKey: 'ACCESSKEY', secretKey: 'SECRETKEY' };

it('the SENS signature matches the published example', () => {
  expect(signSens(REQUEST, KEY)).toBe('JFm8nyXoyvDBezGjbYD2+DVHDDtbd961oa7JxgB6Oic=');
});

it.each([
  ['the method', { ...REQUEST, method: 'POST' }, KEY],
  ['the query', { ...REQUEST, pathAndQuery: REQUEST.pathAndQuery.replace('RSSA-1', 'RSSA-2') }, KEY],
  ["the colons' encoding", { ...REQUEST, pathAndQuery: REQUEST.pathAndQuery.replaceAll(':', '%3A') }, KEY],
  ['the time', { ...REQUEST, timestampMs: REQUEST.timestampMs + 1 }, KEY],
  ['the access key', REQUEST, { ...KEY, accessKey: 'ANOTHER' }],
  ['the secret', REQUEST, { ...KEY, secretKey: 'ANOTHER' }],
])('the SENS signature changes with %s', (_what, request, key) => {
  expect(signSens(request, key)).not.toBe(signSens(REQUEST, KEY));
});
