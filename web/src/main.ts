/** Starts the page: asks the server for the catalog and the style, builds the views, joins them. */
import 'maplibre-gl/dist/maplibre-gl.css';
import './page.css';
import { ServerError, fetchCatalog, fetchStyle } from './api';
import { Header } from './header';
import { LanguageChoice, chooseLanguage, rememberedLanguage } from './language';
import { Notices } from './notices';
import { MapPage } from './page';
import { element } from './dom';
import { parseUrlState } from './url_state';

const STYLE_ID = 'map';

const language = new LanguageChoice(
  chooseLanguage(parseUrlState(location.hash).language, rememberedLanguage(), navigator.languages),
);
const header = new Header(language);
const notices = new Notices(language);
const main = element('main');
document.body.append(header.element, main, notices.element);

function failureText(error: unknown): string {
  if (!(error instanceof ServerError) || error.failure === 'unreadable') return language.text('serverUnreadable');
  if (error.failure === 'away') return language.text('serverAway');
  return language.text('serverRefused', { status: error.status ?? '' });
}

async function start(): Promise<void> {
  const loading = element('p', { class: 'loading', text: language.text('loading'), attributes: { role: 'status' } });
  main.replaceChildren(loading);
  try {
    const [catalog, style] = await Promise.all([fetchCatalog(), fetchStyle(STYLE_ID)]);
    header.setSynthetic(catalog.synthetic);
    new MapPage(main, catalog, style, language, notices);
  } catch (error) {
    console.warn(error);
    loading.remove();
    notices.show('start', { text: () => failureText(error), retry: () => void start() });
  }
}

void start();
