/** Tells operators what no caller gets to know, as a warning of the process (`process.on('warning', …)`). */
export function warn(code: string, sentence: string, error?: unknown): void {
  const reason = error === undefined ? '' : `: ${error instanceof Error ? error.message : String(error)}`;
  process.emitWarning(`${sentence}${reason}.`, { type: 'ScopegateWarning', code });
}
