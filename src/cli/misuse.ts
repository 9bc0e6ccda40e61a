/** Arguments, input or settings that cannot be right: exit status 2. */
export class Misuse extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Misuse';
  }
}
