import { type Clock } from '../../src/shared/clock';

/** A clock that only the test moves. */
export class ManualClock implements Clock {
  constructor(private time = Date.parse('2026-01-15T03:00:00Z')) {}

  now(): number {
    return this.time;
  }

  advance(seconds: number): void {
    this.time += seconds * 1000;
  }
}
