/** Signing in with an API key or at a provider of identity, for this tab only, and out again. Either draws the whole page anew. */
import { ServerError, fetchCatalog, fetchProviders } from '../../api';
import { callerKey, canBeSent, cleanKey } from '../../caller_key';
import { button, element, replaceContent } from '../../dom';
import { formatNumber } from '../../format';
import type { Tool, Workbench } from '../tool';
import { formatMoment } from './moment';
import { refusalText } from './refusal';
import { type Provider, type Session, hostOf, readKept } from './sign_in';
import '../form.css';
import './account.css';

export class AccountTool implements Tool {
  readonly id = 'account';
  readonly icon = 'account';
  readonly title = 'account';
  private readonly body = element('div');
  private readonly answer = element('p', { class: 'account-answer', attributes: { role: 'status', id: 'account-answer' } });
  readonly element = element('section', { class: 'account tool-form' }, this.body, this.answer);
  /** What is wrong with the key that was typed, said anew in each language. */
  private wrong: (() => string) | null = null;
  private asking = false;
  private typed = '';
  /** Where one can sign in; null until the server has said so. */
  private providers: readonly Provider[] | null = null;
  /** The provider that the browser is being led to. */
  private going: string | null = null;

  constructor(private readonly page: Workbench) {
    page.language.onChange(() => this.render());
    this.render();
  }

  open(): boolean {
    if (this.providers === null && !callerKey.isThere) void this.askProviders();
    return false;
  }

  close(): void {
    this.typed = '';
    this.say(null);
  }

  private render(): void {
    const { catalog, language } = this.page;
    const { agency } = catalog;
    const count = formatNumber(catalog.layers.length, language.current);
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : null;
    replaceContent(
      this.body,
      element('p', { text: agency === undefined ? language.text('accountNobody') : language.text('accountSomebody', { agency }) }),
      element('p', { class: 'account-layers', text: language.text('accountLayers', { count }) }),
      ...(callerKey.isThere ? this.signedIn() : [...this.ways(), this.form()]),
    );
    const doing = this.going !== null ? language.text('signInGoing', { host: this.going }) : this.asking ? language.text('signingIn') : '';
    this.answer.textContent = this.wrong?.() ?? doing;
    this.answer.classList.toggle('wrong', this.wrong !== null);
    if (focused) document.getElementById(focused)?.focus();
  }

  /** A server without providers, or one that is away, leaves the key: nothing is said of it. */
  private async askProviders(): Promise<void> {
    try {
      this.providers = await fetchProviders();
      this.render();
    } catch (error) {
      console.warn(error);
    }
  }

  private signedIn(): HTMLElement[] {
    const { language } = this.page;
    const session = readKept<Session>(callerKey.session);
    const out = button(language.text('signOut'), () => void this.signOut(session), { class: 'main-action', attributes: { id: 'account-sign-out' } });
    if (!session) return [out];
    const values = { host: hostOf(session.provider.issuer), moment: formatMoment(session.until, language.current) };
    return [
      element('p', { class: 'account-until', text: language.text('signInUntil', values) }),
      element('p', { class: 'account-hint', text: language.text('signInKept') }),
      out,
    ];
  }

  /** A button for each provider. */
  private ways(): HTMLElement[] {
    const { language } = this.page;
    if (!this.providers?.length) return [];
    const buttons = this.providers.map((provider, at) =>
      button(language.text('signInAt', { host: hostOf(provider.issuer) }), () => void this.signInAt(provider), {
        class: 'main-action account-provider', attributes: { id: `account-provider-${at}`, ...(this.going !== null ? { disabled: '' } : {}) },
      }),
    );
    return [...buttons, element('p', { class: 'account-or', text: language.text('signInOr') })];
  }

  private async signInAt(provider: Provider): Promise<void> {
    const { language } = this.page;
    this.going = hostOf(provider.issuer);
    this.wrong = null;
    this.render();
    const { beginSignIn, troubleText } = await import('./sign_in_flow');
    const trouble = await beginSignIn(provider, language.current);
    // Where there is none, the browser is on its way.
    if (!trouble) return;
    this.going = null;
    this.wrong = () => troubleText(trouble, language);
    this.render();
  }

  private form(): HTMLFormElement {
    const { language } = this.page;
    const input = element('input', {
      attributes: {
        type: 'password', id: 'account-key', autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', maxlength: '8000',
        'aria-describedby': 'account-hint account-answer', ...(this.wrong ? { 'aria-invalid': 'true' } : {}),
      },
    });
    input.value = this.typed;
    input.addEventListener('input', () => void (this.typed = input.value));
    const show = element('input', { attributes: { type: 'checkbox', id: 'account-show' } });
    show.addEventListener('change', () => void (input.type = show.checked ? 'text' : 'password'));
    const submit = element('button', {
      class: 'main-action', text: language.text('signIn'), attributes: { type: 'submit', id: 'account-sign-in', ...(this.asking ? { disabled: '' } : {}) },
    });
    const form = element(
      'form', {},
      element('label', { text: language.text('apiKey'), attributes: { for: input.id } }),
      input,
      element('label', { class: 'account-show' }, show, element('span', { text: language.text('showKey') })),
      element('p', { class: 'account-hint', text: language.text('apiKeyHint'), attributes: { id: 'account-hint' } }),
      submit,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.signIn();
    });
    return form;
  }

  private say(wrong: (() => string) | null): void {
    this.wrong = wrong;
    this.render();
    if (wrong) document.getElementById('account-key')?.focus();
  }

  private async signIn(): Promise<void> {
    const { language } = this.page;
    const key = cleanKey(this.typed);
    if (key === '') return this.say(() => language.text('keyEmpty'));
    if (!canBeSent(key)) return this.say(() => language.text('keyLetters'));
    this.asking = true;
    this.say(null);
    try {
      const { agency } = await fetchCatalog(key);
      this.asking = false;
      if (agency === undefined) return this.say(() => language.text('keyOfNobody'));
      if (!callerKey.take(key)) {
        callerKey.forget();
        return this.say(() => language.text('keyNotKept'));
      }
      // Nothing that was drawn with other rights stays; the link brings the view back.
      location.reload();
    } catch (error) {
      this.asking = false;
      this.say(() => this.reason(error));
    }
  }

  private reason(error: unknown): string {
    const { language } = this.page;
    if (!(error instanceof ServerError) || error.failure === 'unreadable') return language.text('serverUnreadable');
    if (error.failure === 'away') return language.text('serverAway');
    if (error.status === 401) return refusalText(error.detail, language.current);
    if (error.status === 503) return language.text('keysAway');
    return language.text('serverRefused', { status: error.status ?? '' });
  }

  private async signOut(session: Session | null): Promise<void> {
    if (session) {
      const { signOut } = await import('./sign_in_flow');
      signOut();
      return;
    }
    callerKey.forget();
    location.reload();
  }
}
