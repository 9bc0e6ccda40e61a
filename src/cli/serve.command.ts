import { Command } from 'commander';

export function serveCommand(): Command {
  return new Command('serve')
    .description('start the server; settings come from the environment and .env (docs/reference/settings.md)')
    .action(async () => {
      // Loaded only here, because the server takes a second to load and the other commands do not use it.
      const { serve } = await import('./serve.js');
      await serve();
    });
}
