import { assertTransition } from '../../src/delivery/dispatcher-mode';

describe('modes of the dispatcher', () => {
  it('allow a claim after the start and again after a wake-up', () => {
    const modes = ['created', 'idle', 'claiming', 'claiming-again', 'claiming', 'full', 'claiming'] as const;
    for (const [index, mode] of modes.slice(1).entries())
      expect(() => assertTransition(modes[index]!, mode)).not.toThrow();
  });

  it('refuse a claim that begins while another one is running', () => {
    expect(() => assertTransition('claiming', 'claiming')).toThrow(
      'the dispatcher cannot go from claiming to claiming',
    );
  });

  it('refuse a claim after the stop has begun', () => {
    for (const mode of ['draining', 'stopped'] as const)
      expect(() => assertTransition(mode, 'claiming')).toThrow();
  });
});
