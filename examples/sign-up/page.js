// The example keeps sessions in memory, so a page that was loaded before a restart has none.
document.querySelector('injeung-verify').addEventListener('failed', ({ detail }) => {
  if (detail.error?.code === 'NO_SESSION') document.querySelector('#session-ended').hidden = false;
});
