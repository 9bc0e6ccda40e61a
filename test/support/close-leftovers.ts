import { closeLeftovers } from './open-resources';

// Runs at the end of each file. A test that succeeds closes what it started; a test that fails does not reach that
// line.
afterAll(closeLeftovers);
