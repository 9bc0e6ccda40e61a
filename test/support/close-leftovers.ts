import { closeLeftovers } from './open-resources';

// At the end of each file. A test closes what it started when it succeeds; when it fails, it does not reach that line.
afterAll(closeLeftovers);
