'use strict';
// Loaded into a node before the program: moves its wall clock and collects garbage when its parent says so, and ends it
// with its parent. The monotonic clock and timers go on as they are, as when a machine's clock is set.
const RealDate = Date;
let offsetMs = 0;

class MovedDate extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RealDate.now() + offsetMs] : args));
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
}

globalThis.Date = MovedDate;
process.on('message', ({ collect, offsetMs: moved }) => {
  if (collect) globalThis.gc();
  else offsetMs = moved;
});
process.on('disconnect', () => process.exit(1));
process.channel?.unref();
