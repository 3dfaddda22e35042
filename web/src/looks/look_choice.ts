/** Day or night: what was chosen, else what the system says, also when that changes. */

export type Light = 'light' | 'dark';

const STORAGE_KEY = 'diaban.look';

/** The one that was chosen, else the system's. */
export function chooseLight(remembered: string | null, systemIsDark: boolean): Light {
  if (remembered === 'light' || remembered === 'dark') return remembered;
  return systemIsDark ? 'dark' : 'light';
}

function remembered(): string | null {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    // The browser keeps nothing; the system's is taken.
    return null;
  }
}

export class LookChoice {
  private readonly listeners: Array<() => void> = [];
  private chosen: Light;

  constructor() {
    const system = matchMedia('(prefers-color-scheme: dark)');
    this.chosen = chooseLight(remembered(), system.matches);
    this.mark();
    system.addEventListener('change', () => this.take(chooseLight(remembered(), system.matches)));
  }

  get dark(): boolean {
    return this.chosen === 'dark';
  }

  set(light: Light): void {
    try {
      localStorage.setItem(STORAGE_KEY, light);
    } catch {
      // It holds as long as the page is open.
    }
    this.take(light);
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  private take(light: Light): void {
    if (light === this.chosen) return;
    this.chosen = light;
    this.mark();
    for (const listener of this.listeners) listener();
  }

  /** `dark.css` goes by it. */
  private mark(): void {
    document.documentElement.dataset['look'] = this.chosen;
  }
}
