import { signSens } from '../../src/channels/sens/sens-signature';

const REQUEST = {
  method: 'GET',
  pathAndQuery: '/sms/v2/services/ncp:sms:kr:123456789012:project/messages?requestId=RSSA-1',
  timestampMs: 1_700_000_000_000,
};
const KEY = { accessKey: 'ACCESSKEY', secretKey: 'SECRETKEY' };

const PATH = '/sms/v2/services/ncp:sms:kr:123456789012:project/messages';

it.each([
  ['POST', PATH, 'Pixhv0p27p3QZx/d4Ja6ya8jCfhaY6eAtilpkCbgOWs='],
  ['GET', '/photos/puppy.jpg?query1=&query2', 'PGPOZzl5aOtw5910wcSp+foQRnYfAwa2bbIoxJ73EDk='],
  ['GET', `${PATH}?requestId=RSSA-1`, 'JFm8nyXoyvDBezGjbYD2+DVHDDtbd961oa7JxgB6Oic='],
])(
  'the SENS signature of %s %s is the one that another program computed',
  (method, pathAndQuery, signature) => {
    const request = { method, pathAndQuery, timestampMs: 1_700_000_000_000 };
    expect(signSens(request, KEY)).toBe(signature);
  },
);

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
