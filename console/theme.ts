/** Light, dark, or what the system says. */
import { signal } from '@preact/signals';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const item = 'delegation.console.theme';

export const theme = signal<Theme>(readTheme());

/** Shows the page in this theme, now and later. */
export function setTheme(value: Theme): void {
  theme.value = value;
  localStorage.setItem(item, value);
  applyTheme();
}

/** Puts the theme where the style sheet finds it. */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme.peek();
}

function readTheme(): Theme {
  const kept = localStorage.getItem(item);
  return themes.find((one) => one === kept) ?? 'system';
}
