/** Starts the page: asks the server for the catalog and the style, builds the views, joins them. */
import 'maplibre-gl/dist/maplibre-gl.css';
import './page.css';
import './looks/dark.css';
import { ServerError, ask, fetchCatalog, fetchStyle } from './api';
import { callerKey } from './caller_key';
import { Header } from './header';
import { LanguageChoice, chooseLanguage, isLanguage, rememberedLanguage } from './language';
import { LookChoice } from './looks/look_choice';
import { Notices } from './notices';
import { MapPage } from './page';
import { element } from './dom';
import { refusalText } from './tools/account/refusal';
import { isReturn } from './tools/account/sign_in';
import { parseUrlState } from './url_state';

const STYLE_ID = 'map';

const language = new LanguageChoice(
  chooseLanguage(parseUrlState(location.hash).language, rememberedLanguage(), navigator.languages),
);
const look = new LookChoice();
const header = new Header(language, look);
const notices = new Notices(language);
const main = element('main');
document.body.append(header.element, main, notices.element);

function failureText(error: unknown): string {
  if (!(error instanceof ServerError) || error.failure === 'unreadable') return language.text('serverUnreadable');
  if (error.failure === 'away') return language.text('serverAway');
  return language.text('serverRefused', { status: error.status ?? '' });
}

/** The key is no longer taken, in the middle of the work or at its start: why, and a way on. */
async function tellRefused(detail: string | null): Promise<void> {
  // A tile brings no reason; the same key asks for it once more.
  const why = detail ?? (await ask('/catalog').then(
    () => null,
    (error: unknown) => (error instanceof ServerError ? error.detail : null),
  ));
  if (callerKey.session !== null) {
    const { again, currentSession } = await import('./tools/account/sign_in_flow');
    const session = currentSession();
    if (session) {
      notices.show('session', {
        text: () => `${language.text('signInLost')} ${refusalText(why, language.current)}`,
        retryText: () => language.text('signInAgain'),
        retry: () => void again(session, notices, language),
      });
      return;
    }
  }
  notices.show('session', {
    text: () => `${language.text('sessionLost')} ${refusalText(why, language.current)}`,
    retryText: () => language.text('goOnWithoutKey'),
    retry: () => {
      callerKey.forget();
      location.reload();
    },
  });
}
callerKey.onRefused((detail) => void tellRefused(detail));

/** Somebody comes back from signing in, or is signed in already. */
async function signedIn(): Promise<void> {
  const isBack = isReturn(location.search);
  if (!isBack && callerKey.session === null) return;
  const { finishSignIn, tellTrouble, watchSession } = await import('./tools/account/sign_in_flow');
  const trouble = isBack ? await finishSignIn() : null;
  const { language: linked } = parseUrlState(location.hash);
  if (isLanguage(linked)) language.set(linked);
  if (trouble) tellTrouble(trouble, notices, language);
  watchSession(notices, language);
}

async function start(): Promise<void> {
  const loading = element('p', { class: 'loading', text: language.text('loading'), attributes: { role: 'status' } });
  main.replaceChildren(loading);
  try {
    const [catalog, style] = await Promise.all([fetchCatalog(), fetchStyle(STYLE_ID)]);
    header.setSynthetic(catalog.synthetic);
    header.setAgency(catalog.agency ?? null);
    new MapPage(main, catalog, style, language, notices, look);
  } catch (error) {
    console.warn(error);
    loading.remove();
    // That was told with a way on of its own.
    if (error instanceof ServerError && error.status === 401 && callerKey.isThere) return;
    notices.show('start', { text: () => failureText(error), retry: () => void start() });
  }
}

void signedIn().catch((error: unknown) => console.warn(error)).then(start);
