/** What `consoleRouter` was told. */
export interface Config {
  readonly api: string;
  readonly signIn: {
    readonly issuer: string;
    readonly clientId: string;
    readonly scope: string;
    readonly resource?: string;
  };
  readonly readOnly: boolean;
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch('./config.json', { credentials: 'omit' });
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  return response.json();
}
