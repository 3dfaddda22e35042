/**
 * In MapLibre's worker: hands on what the headers of tiles say, which MapLibre itself does not. The page names the
 * channel behind `#` of the worker's address, so that other tabs do not listen.
 */
import type { TileAnswer } from './tile_remarks';

const channel = new BroadcastChannel(self.location.hash);
const ask = self.fetch.bind(self);
/** What was last said of a layer's moment. */
const moments = new Map<string, string | null>();

self.fetch = async (input, init) => {
  const answer = await ask(input, init);
  const [, layers] = /\/tiles\/([^/]+)\/\d+\//.exec(answer.url) ?? [];
  if (layers !== undefined && answer.ok) {
    const said: TileAnswer = {
      url: answer.url, dropped: answer.headers.get('diaban-dropped'), asOf: answer.headers.get('diaban-data-as-of'),
    };
    const isNews = said.dropped !== null || (moments.get(layers) ?? null) !== said.asOf;
    moments.set(layers, said.asOf);
    if (isNews) channel.postMessage(said);
  }
  return answer;
};
