import { constants, fstatSync, openSync } from 'node:fs';

const { O_NOCTTY, O_NONBLOCK, O_WRONLY } = constants;

/**
 * Returns a descriptor of standard output (1) or standard error (2) whose writes fail with EAGAIN instead of blocking
 * when a pipe is full or a terminal is paused. Writes to a regular file never wait for a reader, so files stay as they
 * are.
 */
export function openStandardStream(fd: 1 | 2): number {
  const kind = fstatSync(fd);
  if (kind.isFile()) return fd;
  // A file description of our own: O_NONBLOCK is not shared with other processes on the same pipe or terminal.
  if (kind.isFIFO() || kind.isCharacterDevice()) {
    try {
      return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    } catch {
      // Not Linux, another user's pipe, or nobody reads yet.
    }
  }
  // Node sets O_NONBLOCK on pipes and sockets when it makes their stream.
  void (fd === 1 ? process.stdout : process.stderr);
  return fd;
}
