import { constants, fstatSync, openSync } from 'node:fs';

const { O_NOCTTY, O_NONBLOCK, O_WRONLY } = constants;

/**
 * Returns a descriptor of standard output (1) or standard error (2) whose writes fail with EAGAIN instead of
 * blocking when a pipe is full or a terminal is paused. Writes to a regular file never wait for a reader, so
 * files are left unchanged.
 */
export function openStandardStream(fd: 1 | 2): number {
  const kind = fstatSync(fd);
  if (kind.isFile()) return fd;
  // A new file description, so that O_NONBLOCK does not affect other processes on the same pipe or terminal.
  if (kind.isFIFO() || kind.isCharacterDevice()) {
    try {
      return openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    } catch {
      // This fails on other systems than Linux, for the pipe of another user, and while the pipe has no
      // reader.
    }
  }
  // Node sets O_NONBLOCK on pipes and sockets when it creates their stream.
  void (fd === 1 ? process.stdout : process.stderr);
  return fd;
}
