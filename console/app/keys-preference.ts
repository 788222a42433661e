const PREFERENCE = 'scopegate-keys';

/** Whether single keys do something: people who use speech input turn them off (WCAG 2.1.4). */
export function areSingleKeysOn(): boolean {
  return sessionStorage.getItem(PREFERENCE) !== 'off';
}

export function turnSingleKeys(isOn: boolean): void {
  if (isOn) sessionStorage.removeItem(PREFERENCE);
  else sessionStorage.setItem(PREFERENCE, 'off');
}
